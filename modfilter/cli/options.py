"""Options that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Tier(StrEnum):
    """How much is spent on a comment."""

    AUTO = "auto"
    FAST = "fast"
    DEEP = "deep"


def expected(languages: str | None) -> tuple[str, ...]:
    """Cut the value of --languages into tags."""
    return tuple(tag.strip() for tag in (languages or "").split(",") if tag.strip())


Article = Annotated[
    Path | None,
    typer.Option(
        "--article",
        help='The article of all comments: a saved page, or {"title", "body"} as JSON.',
    ),
]
Languages = Annotated[
    str | None,
    typer.Option(
        "--languages", help="Languages that are expected, as sn,en,nd: few words are rather taken for them."
    ),
]
Models = Annotated[
    Path | None, typer.Option("--models", help="Folder of models, instead of those that came with it.")
]
PolicyFile = Annotated[
    Path | None, typer.Option("--policy", help="Rules as TOML, instead of the default policy.")
]
TierOption = Annotated[
    Tier,
    typer.Option(
        "--tier", help="fast or deep; auto reads fast, and deep where that could change the decision."
    ),
]

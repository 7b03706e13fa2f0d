"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Article = Annotated[
    Path | None,
    typer.Option(
        "--article",
        help='The article of all comments: a saved page, or {"title", "body"} as JSON.',
    ),
]
Models = Annotated[
    Path | None, typer.Option("--models", help="Folder of models, instead of those that came with it.")
]
PolicyFile = Annotated[
    Path | None, typer.Option("--policy", help="Rules as TOML, instead of the default policy.")
]

"""Reads labelled comments: JSON Lines in which people (or writers) said what is true of each comment.

This is the format of `fixtures/corpus` and of every evaluation set; docs/annotation.md defines the labels.
"""

from pathlib import Path
from typing import Literal

import msgspec

from modfilter.errors import InputError
from modfilter.records import StanceLabel


class LabelledComment(msgspec.Struct, frozen=True, kw_only=True):
    """A comment with its labels. A label that is None was not given, and is not measured."""

    id: str
    text: str
    article_id: str | None = None
    parent_id: str | None = None
    author: str | None = None
    languages: tuple[str, ...] | None = None
    """BCP 47 codes, the main one first; more than one where the text is mixed."""
    spans: tuple[tuple[int, int, str], ...] | None = None
    """(start, end, language) of each part of a mixed text, in code points."""
    gloss: str | None = None
    on_topic: Literal["article", "thread", "generic", "no"] | None = None
    stance: StanceLabel | None = None
    target: Literal["group", "person", "institution", "object", "none"] | None = None
    identity_attack: Literal[0, 1] | None = None
    insult: Literal[0, 1] | None = None
    obscene: Literal[0, 1] | None = None
    spam: Literal[0, 1] | None = None
    evidence: tuple[tuple[int, int], ...] = ()
    """(start, end) of the words that decide an inciting stance."""
    set_id: str | None = None
    """Shared by the members of a contrast or evasion set."""
    phenomena: tuple[str, ...] = ()
    difficulty: Literal["easy", "medium", "hard"] | None = None

    @property
    def incites(self) -> bool | None:
        """Whether the stance calls for, threatens or justifies violence; None without a stance."""
        return None if self.stance is None else self.stance.incites


def read_labelled(path: Path) -> list[LabelledComment]:
    """Read a file of labelled comments; raise InputError with the line that is wrong."""
    decoder = msgspec.json.Decoder(LabelledComment)
    rows = []
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        if line.strip():
            try:
                rows.append(decoder.decode(line))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise InputError(
                    f"{path}:{number}: not a labelled comment: {error}\n"
                    "docs/annotation.md lists the keys and their values."
                ) from error
    return rows

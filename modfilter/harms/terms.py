"""The regional table of terms and idioms (models/harms/terms.toml): hints that are shown, never verdicts."""

import tomllib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec
import regex
from msgspec import Struct

from modfilter.errors import ModelError
from modfilter.text import Unmasker

_WORD = regex.compile(r"\w+")
_CACHED_WORDS = 50_000
LONGEST = 60
"""Characters before and after a place in which a term that touches it is looked for."""


class Term(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A term, with what a moderator who does not know it should be told."""

    id: str
    pattern: str
    language: str
    kind: Literal["dehumanising", "coded", "inciting", "idiom"]
    meaning: str
    register: str
    benign: Literal["rarely", "sometimes", "often"]
    note: str


class Terms:
    """Finds the terms of the table in a text, in one pass."""

    def __init__(self, terms: Sequence[Term]) -> None:
        # The first that matches wins: a proverb before the snake in it.
        self._terms = sorted(terms, key=lambda term: term.kind != "idiom")
        groups = "|".join(f"(?P<t{number}>{term.pattern})" for number, term in enumerate(self._terms))
        self._pattern = regex.compile(rf"\b(?:{groups})\b", regex.IGNORECASE)
        # Most words begin none of the terms, and are met again: a look at each took a seventeenth of the fast tier.
        self._may_begin = lru_cache(_CACHED_WORDS)(
            lambda word: bool(self._pattern.match(f"{word} ", partial=True))
        )

    def within(self, text: str, start: int, end: int) -> list[tuple[int, int, Term]]:
        """Give (start, end, term) for each term that touches [start, end) of a text, in order."""
        near = (max(0, start - LONGEST), min(len(text), end + LONGEST))
        if not any(map(self._may_begin, _WORD.findall(text, *near))):
            return []
        return [
            (match.start(), match.end(), self._terms[int((match.lastgroup or "t0")[1:])])
            for match in self._pattern.finditer(text, *near)
            if match.start() < end and match.end() > start
        ]


def load_terms(path: Path) -> Terms:
    """Read the table; raise ModelError that names the entry that is wrong."""
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))["term"]
        terms = msgspec.convert(entries, list[Term])
        for term in terms:
            regex.compile(term.pattern)
        return Terms(terms)
    except (OSError, KeyError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ModelError(f"{path} is no table of terms: {error}") from error
    except regex.error as error:
        raise ModelError(f"{path}: the pattern of {term.id!r} cannot be read: {error}") from error


def load_unmasker(path: Path) -> Unmasker:
    """Read the words that a masked one may be, the likeliest first; raise ModelError where there are none."""
    try:
        return Unmasker(msgspec.json.decode(path.read_bytes(), type=dict[str, list[str]])["words"])
    except (msgspec.DecodeError, KeyError) as error:
        raise ModelError(f"{path} is no list of words: {error!r}") from error

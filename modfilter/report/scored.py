"""Reads what `modfilter score` wrote, packed or not: the records, and what lies beside them."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeVar

import msgspec
from msgspec import Struct

from modfilter.errors import InputError
from modfilter.readers.scored import numbered, rows
from modfilter.records import Article

Row = TypeVar("Row")


class _Scores(Struct, frozen=True, kw_only=True):
    relevance: float | None = None


class _Topic(Struct, frozen=True, kw_only=True):
    generic: bool = False


class Brief(Struct, frozen=True, kw_only=True):
    """What the second look at a record needs: a tenth of the work of reading all of it."""

    id: str
    article_id: str | None = None
    parent_id: str | None = None
    author: str | None = None
    created_at: datetime | None = None
    text: str
    action: Literal["publish", "flag", "hold", "reject"]
    scores: _Scores = _Scores()
    topic: _Topic = _Topic()

    @property
    def has_topic(self) -> bool:
        """Whether it counts where a thread's topic is measured."""
        return self.scores.relevance is not None and not self.topic.generic


class Made(Struct, frozen=True, kw_only=True):
    """What OUT.run.json says a run was made of, as far as the report tells it."""

    policy: str = ""
    models: dict[str, str] = {}


class Run(Struct, frozen=True, kw_only=True):
    """The account of a run, as far as the report tells it."""

    made: Made = Made()
    seconds: float = 0.0
    comments_per_second: float = 0.0
    rejects: int = 0
    missing_parents: int = 0


class Reject(Struct, frozen=True, kw_only=True):
    """A row of the dump that could not be read."""

    line: int
    reason: str
    row: str = ""


brief = msgspec.json.Decoder(Brief).decode


def briefs(path: Path) -> Iterator[Brief]:
    """Give every comment of a file again, in the same order."""
    return rows(path, brief)


def articles(path: Path) -> dict[str, Article]:
    """Give the articles that lie beside a file of records, by id."""
    return {article.id: article for article in _beside(path, "articles.jsonl", Article)}


def rejects(path: Path) -> Iterator[Reject]:
    """Give the rows that the run could not read."""
    return _beside(path, "rejects.jsonl", Reject)


def run_of(path: Path) -> Run | None:
    """Give the account of the run, if it is there."""
    beside = Path(f"{path}.run.json")
    if not beside.exists():
        return None
    try:
        return msgspec.json.decode(beside.read_bytes(), type=Run)
    except (ValueError, OSError) as error:
        raise InputError(f"{beside}: not the account of a run: {error}") from error


def _beside(path: Path, kind: str, row: type[Row]) -> Iterator[Row]:
    beside = Path(f"{path}.{kind}")
    if not beside.exists():
        return
    decoder = msgspec.json.Decoder(row)
    for number, text in numbered(beside):
        try:
            yield decoder.decode(text)
        except ValueError as error:
            what = kind.removesuffix(".jsonl")
            raise InputError(
                f"{beside}:{number}: not {what} as `modfilter score` wrote them: {error}"
            ) from error

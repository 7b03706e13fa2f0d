"""Where a report's records come from: files that `modfilter score` wrote, or a store that has them as bytes."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from modfilter.contract import decode
from modfilter.readers.scored import decisions
from modfilter.records import Article, Comment, Decision
from modfilter.report import scored
from modfilter.report.scored import Brief, Reject, Run


class Source(Protocol):
    """Records that are read twice, in the same order, and what is known beside them."""

    @property
    def name(self) -> str:
        """What the report calls it."""

    def decisions(self) -> Iterator[Decision]:
        """Give every decision; raise InputError where a record cannot be read."""

    def briefs(self) -> Iterator[Brief]:
        """Give every comment again."""

    def parent(self, comment: Comment) -> Comment | None:
        """Find what a comment answers where that is not among the records itself."""

    def articles(self) -> Mapping[str, Article]:
        """Give the articles, by id."""

    def rejects(self) -> Iterable[Reject]:
        """Give the rows that could not be read."""

    def run(self) -> Run | None:
        """Give the account of the run, if there is one."""


class ScoredFile(Struct, frozen=True):
    """A file of records, with what lies beside it."""

    path: Path

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    def decisions(self) -> Iterator[Decision]:
        """Give every decision in the order of the file."""
        return decisions(self.path)

    def briefs(self) -> Iterator[Brief]:
        """Give every comment again."""
        return scored.briefs(self.path)

    def parent(self, comment: Comment) -> Comment | None:  # noqa: ARG002
        """Give nothing: what a run read is among its records."""
        return None

    def articles(self) -> Mapping[str, Article]:
        """Give the articles that lie beside it."""
        return scored.articles(self.path)

    def rejects(self) -> Iterable[Reject]:
        """Give the rows that the run could not read."""
        return scored.rejects(self.path)

    def run(self) -> Run | None:
        """Give the account of the run."""
        return scored.run_of(self.path)


class Kept(Struct, frozen=True, kw_only=True):
    """Records out of a store that wrote them itself, so that none of them can be unreadable."""

    name: str
    records: Callable[[], Iterable[tuple[bytes, datetime]]]
    """Gives the records, the same ones each time, and when they were written."""
    known: Callable[[], Mapping[str, Article]]
    answered: Callable[[Comment], Comment | None]
    """Finds what a comment answers."""

    def decisions(self) -> Iterator[Decision]:
        """Give every decision in the order of the store.

        Most comment systems send no time: a comment is then as old as its decision.
        """
        for record, at in self.records():
            decision = decode(record)
            comment = decision.assessment.comment
            dated = replace(comment, created_at=comment.created_at or at)
            yield replace(decision, assessment=replace(decision.assessment, comment=dated))

    def briefs(self) -> Iterator[Brief]:
        """Give every comment again."""
        for record, at in self.records():
            brief = scored.brief(record)
            yield replace(brief, created_at=brief.created_at or at)

    def parent(self, comment: Comment) -> Comment | None:
        """Give what a comment answers, as it came with it."""
        return self.answered(comment)

    def articles(self) -> Mapping[str, Article]:
        """Give the articles that the store knows."""
        return self.known()

    def rejects(self) -> Iterable[Reject]:
        """Give nothing: what could not be read was never decided on."""
        return ()

    def run(self) -> Run | None:
        """Give nothing: a store has no run."""
        return None

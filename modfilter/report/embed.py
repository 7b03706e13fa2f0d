"""A report as compact JSON for the page: a row for each comment, what repeats in tables, and never more than fits.

Names of fields stand once; strings that repeat are numbers into `words`; a neighbour that is itself listed is a
number into the rows (below 0), any other into `near`.
"""

from collections.abc import Sequence
from typing import Generic, TypeVar

import msgspec
from msgspec import Struct

from modfilter.records import SCORES, Action
from modfilter.report.context import Near
from modfilter.report.entries import Entry, Why
from modfilter.report.gather import Report
from modfilter.report.strings import by_language

ROOM = 20_000_000
"""Bytes of comments that a page holds; 50,000 of ordinary length take 16 million."""
ROOM_NEAR = 7_000_000
"""Bytes of neighbours that a page holds; the least urgent comments go without when it is used up."""

FIELDS = (
    "id", "author", "text", "leftOut", "action", "when", "age", "languages", "spans", "marks", "whys", "stance",
    "scores", "article", "url", "nearest", "better", "via", "place", "tier", "failure", "parent", "before", "after",
    "answers", "replies", "reach", "copies",
)  # fmt: skip

Row = list[object]
Value = TypeVar("Value")
_PARENT = FIELDS.index("parent")
_QUOTES = 12
"""Bytes of brackets, quotes and commas around a neighbour."""
_ACTIONS = {action.value: action.strictness for action in Action}


class Data(Struct, kw_only=True):
    """What the page's script reads."""

    key: str
    title: str
    to_review: int
    fields: tuple[str, ...] = FIELDS
    scores: tuple[str, ...] = SCORES
    rules: list[tuple[str, str, str, str | None, float | None]]
    """Rule, action, sentence, score, threshold."""
    words: list[str]
    near: list[tuple[str, str | None, str]]
    rows: list[Row]
    strings: dict[str, dict[str, str]]


def embedded(report: Report, *, room: int = ROOM, room_near: int = ROOM_NEAR) -> Data:
    """Lay a report out for the page; comments that do not fit are left out, the least urgent first."""
    words: _Numbers[str] = _Numbers()
    rules: _Numbers[tuple[str, str, str, str | None, float | None]] = _Numbers()
    rows: list[Row] = []
    used = 0
    for entry in report.entries:
        row = _row(entry, words, rules)
        used += len(msgspec.json.encode(row))
        if used > room and rows:
            break
        rows.append(row)
    near = _Nearby(report.entries[: len(rows)], room_near)
    for entry, row in zip(report.entries, rows, strict=False):
        row[_PARENT : _PARENT + 4] = near.of(entry)
    return Data(
        key=report.key,
        title=report.title,
        to_review=report.to_review,
        rules=rules.values(),
        words=words.values(),
        near=near.table,
        rows=rows,
        strings=by_language(),
    )


class _Numbers(Generic[Value]):
    """Numbers for what repeats."""

    def __init__(self) -> None:
        self._numbers: dict[Value, int] = {}

    def of(self, value: Value | None) -> int | None:
        """Give the number of a value; None for none."""
        return None if value is None else self._numbers.setdefault(value, len(self._numbers))

    def values(self) -> list[Value]:
        """Give the values in the order of their numbers."""
        return list(self._numbers)


class _Nearby:
    """Numbers for the neighbours of the comments that are listed, until there is no more room."""

    def __init__(self, entries: Sequence[Entry], room: int) -> None:
        self._listed = {entry.id: -1 - place for place, entry in enumerate(entries)}
        self._numbers: dict[str, int] = {}
        self._room = room
        self.table: list[tuple[str, str | None, str]] = []

    def of(self, entry: Entry) -> Row:
        """Give what it answers, what stands before and after it, and its answers."""
        around = entry.around
        return [
            self._number(around.parent),
            self._number(around.before),
            self._number(around.after),
            [number for near in around.answers if (number := self._number(near)) is not None],
        ]

    def _number(self, near: Near | None) -> int | None:
        if near is None:
            return None
        if near.id in self._listed:
            return self._listed[near.id]
        if near.id not in self._numbers:
            self._room -= len(near.text.encode()) + len(near.id) + len(near.author or "") + _QUOTES
            if self._room < 0:
                return None
            self._numbers[near.id] = len(self.table)
            self.table.append((near.id, near.author, near.text))
        return self._numbers[near.id]


def _row(
    entry: Entry, words: _Numbers[str], rules: _Numbers[tuple[str, str, str, str | None, float | None]]
) -> Row:
    place = " · ".join(part for part in (entry.site, entry.section) if part)
    return [
        entry.id,
        entry.author,
        entry.text,
        entry.left_out,
        _ACTIONS[entry.action],
        int(entry.when.timestamp()) if entry.when else None,
        entry.age,
        [part for tag, share in entry.languages for part in (tag, round(share * 100))],
        [part for span in entry.spans for part in (span.start, span.end, span.language)],
        [
            part
            for mark in entry.marks
            for part in (mark.start, mark.end, SCORES.index(mark.score), words.of(mark.cue))
        ],
        [part for why in entry.whys for part in (rules.of(_rule(why)), why.value)],
        words.of(entry.stance),
        [_thousandths(entry.scores.get(name)) for name in SCORES],
        words.of(entry.article),
        words.of(entry.url),
        words.of(entry.nearest),
        words.of(entry.better),
        entry.via,
        words.of(place or None),
        entry.tier,
        entry.failure,
        None,
        None,
        None,
        [],
        entry.around.replies,
        entry.reach,
        entry.copies,
    ]


def _rule(why: Why) -> tuple[str, str, str, str | None, float | None]:
    return why.rule, why.action, why.because, why.score, why.threshold


def _thousandths(value: float | None) -> int | None:
    return None if value is None else round(value * 1000)

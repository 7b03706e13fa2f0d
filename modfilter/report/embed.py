"""A report as compact JSON for the page: what filters and order go by in columns, the rest of each comment a line.

50,000 comments as one JSON value took a browser half a second to read, and as much again to collect its garbage;
the page reads the columns at once and a line when its comment is shown. What repeats stands in tables; a neighbour
that is itself listed is a number into the comments (below 0), any other into `near`.
"""

from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar

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

CHUNK = 1_000
"""Lines that stand in one element of the page."""

FIELDS = (
    "author", "text", "leftOut", "age", "languages", "spans", "marks", "whys", "stance", "url", "nearest", "better",
    "via", "place", "tier", "failure", "reach", "parent", "before", "after", "answers",
)  # fmt: skip
"""What stands in the line of a comment, in this order."""

Row = list[object]
Value = TypeVar("Value")
_COLUMNS = 60
"""Bytes of a comment's values in the columns, its id aside."""
_QUOTES = 12
"""Bytes of brackets, quotes and commas around a neighbour."""
_ACTIONS = {action.value: action.strictness for action in Action}


Rule = tuple[str, str, str, str | None, float | None]
"""Rule, action, sentence, score, threshold."""


class Columns(Struct, kw_only=True):
    """What filters and order go by: a value for each comment that is listed."""

    id: list[str] = []
    action: list[int] = []
    when: list[int | None] = []
    """Seconds since 1970, UTC."""
    article: list[int | None] = []
    """Numbers into `words`."""
    scores: list[list[int | None]] = []
    """A list for each score, in ten-thousandths, as records round them."""
    rules: list[int] = []
    """Numbers into `rule_sets`."""
    tags: list[int] = []
    """Numbers into `tag_sets`."""
    replies: list[int] = []
    copies: list[int] = []
    sampled: list[int] = []
    """1 where an audit drew the comment; empty where it drew none."""


class Live(Struct, frozen=True, kw_only=True):
    """Where a page stands that a server gives out."""

    site: str
    seen: int
    """The number of the newest decision that it knows of."""
    after: int
    """The number of the last verdict that is of no interest to it: all later ones are asked for."""


class Data(Struct, kw_only=True):
    """What the page's script reads at once."""

    key: str
    title: str
    to_review: int
    chunk: int = CHUNK
    fields: tuple[str, ...] = FIELDS
    scores: tuple[str, ...] = SCORES
    columns: Columns
    rules: list[Rule]
    rule_sets: list[tuple[int, ...]]
    tag_sets: list[tuple[str, ...]]
    words: list[str]
    strings: dict[str, dict[str, str]]
    live: Live | None = None


class Embedded(NamedTuple):
    """The data, and the lines that the script reads when they are needed."""

    data: Data
    rows: list[Row]
    near: list[tuple[str, str | None, str]]


def embedded(
    report: Report, *, room: int = ROOM, room_near: int = ROOM_NEAR, live: Live | None = None
) -> Embedded:
    """Lay a report out for the page; comments that do not fit are left out, the least urgent first."""
    words: _Numbers[str] = _Numbers()
    rules: _Numbers[Rule] = _Numbers()
    rows: list[Row] = []
    used = 0
    for entry in report.entries:
        row = _row(entry, words, rules)
        used += len(msgspec.json.encode(row)) + len(entry.id.encode()) + _COLUMNS
        if used > room and rows:
            break
        rows.append(row)
    listed = report.entries[: len(rows)]
    near = _Nearby(listed, room_near)
    for entry, row in zip(listed, rows, strict=True):
        row.extend(near.of(entry))
    rule_sets: _Numbers[tuple[int, ...]] = _Numbers()
    tag_sets: _Numbers[tuple[str, ...]] = _Numbers()
    columns = Columns(
        id=[entry.id for entry in listed],
        action=[_ACTIONS[entry.action] for entry in listed],
        when=[int(entry.when.timestamp()) if entry.when else None for entry in listed],
        article=[words.of(entry.article) for entry in listed],
        scores=[[_ten_thousandths(entry.scores.get(name)) for entry in listed] for name in SCORES],
        rules=[rule_sets.number(tuple(rules.number(_rule(why)) for why in entry.whys)) for entry in listed],
        tags=[tag_sets.number(tuple(tag for tag, _ in entry.languages)) for entry in listed],
        replies=[entry.around.replies for entry in listed],
        copies=[entry.copies for entry in listed],
        sampled=[int(entry.sampled) for entry in listed] if any(e.sampled for e in listed) else [],
    )
    data = Data(
        key=report.key,
        title=report.title,
        to_review=report.to_review,
        columns=columns,
        rules=rules.values(),
        rule_sets=rule_sets.values(),
        tag_sets=tag_sets.values(),
        words=words.values(),
        strings=by_language(),
        live=live,
    )
    return Embedded(data, rows, near.table)


class _Numbers(Generic[Value]):
    """Numbers for what repeats."""

    def __init__(self) -> None:
        self._numbers: dict[Value, int] = {}

    def of(self, value: Value | None) -> int | None:
        """Give the number of a value; None for none."""
        return None if value is None else self.number(value)

    def number(self, value: Value) -> int:
        """Give the number of a value."""
        return self._numbers.setdefault(value, len(self._numbers))

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


def _row(entry: Entry, words: _Numbers[str], rules: _Numbers[Rule]) -> Row:
    """Give what `FIELDS` names, but for the neighbours, which come last."""
    place = " · ".join(part for part in (entry.site, entry.section) if part)
    return [
        entry.author,
        entry.text,
        entry.left_out,
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
        words.of(entry.url),
        words.of(entry.nearest),
        words.of(entry.better),
        entry.via,
        words.of(place or None),
        entry.tier,
        entry.failure,
        entry.reach,
    ]


def _rule(why: Why) -> Rule:
    return why.rule, why.action, why.because, why.score, why.threshold


def _ten_thousandths(value: float | None) -> int | None:
    return None if value is None else round(value * 10_000)

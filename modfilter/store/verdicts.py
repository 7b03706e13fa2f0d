"""What moderators said of comments: a table that only grows. Taking a verdict back is a row, too."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from modfilter.verdicts import Cause, Outcome, Verdict

VERDICTS = """
CREATE TABLE verdict (
    number INTEGER PRIMARY KEY, at TEXT NOT NULL, site TEXT NOT NULL, comment_id TEXT NOT NULL,
    decision INTEGER NOT NULL, moderator TEXT NOT NULL, verdict TEXT, reason TEXT
);
CREATE INDEX verdict_comment ON verdict (site, comment_id);
CREATE INDEX verdict_at ON verdict (at);
CREATE TRIGGER verdict_stays BEFORE DELETE ON verdict BEGIN SELECT RAISE(ABORT, 'verdicts stay'); END;
CREATE TRIGGER verdict_as_it_was BEFORE UPDATE ON verdict BEGIN SELECT RAISE(ABORT, 'verdicts stay'); END;
CREATE INDEX decision_to_review ON decision (site, number) WHERE action != 'publish'
"""

# The last word of each moderator on some comments. What was said of an earlier decision than the one that is shown was
# said of another text. The plus in what asks for the new rows keeps SQLite from going through all of a site's.
_LAST = """
SELECT * FROM (
    SELECT max(number) AS number, comment_id, moderator, verdict, reason, at, decision FROM verdict
    WHERE site = :site
    AND comment_id IN ({about})
    GROUP BY comment_id, moderator
) AS last
WHERE decision >= (
    SELECT max(number) FROM decision
    WHERE site = :site AND comment_id = last.comment_id AND number <= :seen
)
ORDER BY number
"""


class Said(Struct, frozen=True, kw_only=True):
    """A verdict of a moderator, as it is stored."""

    site: str
    comment_id: str
    decision: int
    """The number of the decision that the moderator saw."""
    moderator: str
    verdict: Outcome | None
    """None takes back what this moderator said before."""
    reason: Cause | None = None
    at: datetime


class Standing(Struct, frozen=True, kw_only=True):
    """What holds for a comment: the latest verdict that was not taken back."""

    number: int
    """Of the last row about the comment: it grows with each."""
    id: str
    verdict: Outcome | None
    reason: Cause | None
    moderator: str
    at: str


class Verdicts:
    """Reads verdicts, by whatever asks the database."""

    def __init__(self, ask: Callable[[str, Any], list[Any]]) -> None:
        self._ask = ask

    def standing(self, site: str, after: int, seen: int) -> list[Standing]:
        """Give what holds for each comment of which something was said after row `after`.

        `seen`: the number of the newest decision that the moderator's page knows of.
        """
        about = "SELECT comment_id FROM verdict WHERE number > :after AND +site = :site"
        return self._last(about, {"site": site, "after": after, "seen": seen})

    def holds(self, site: str, comment_id: str, seen: int) -> Standing | None:
        """Give what holds for one comment; None where nothing was said of it as it is shown."""
        found = self._last("SELECT :id", {"site": site, "id": comment_id, "seen": seen})
        return found[0] if found else None

    def _last(self, about: str, values: dict[str, Any]) -> list[Standing]:
        found: dict[str, Standing] = {}
        for number, id, moderator, verdict, reason, at, _ in self._ask(_LAST.format(about=about), values):
            before = found.get(id)
            if verdict is None and before is not None:
                found[id] = msgspec.structs.replace(before, number=number)
            else:
                found[id] = Standing(
                    number=number, id=id, verdict=verdict, reason=reason, moderator=moderator, at=at
                )
        return [*found.values()]

    def given(self, site: str | None = None, since: str = "") -> Iterator[Verdict]:
        """Give every verdict, oldest first, in the words of a verdict file: one that was taken back ends as `skip`."""
        for id, verdict, reason, moderator, at in self._ask(
            "SELECT comment_id, verdict, reason, moderator, at FROM verdict"
            " WHERE (? IS NULL OR site = ?) AND at >= ? ORDER BY number",
            (site, site, since),
        ):
            yield Verdict(
                id=id,
                verdict=verdict or "skip",
                reason=reason,
                moderator=moderator,
                at=datetime.fromisoformat(at),
            )

    def last_before(self, at: datetime) -> int:
        """Give the number of the last verdict before a time, 0 where there is none."""
        ((number,),) = self._ask(
            "SELECT coalesce(max(number), 0) FROM verdict WHERE at < ?", (at.isoformat(),)
        )
        return int(number)

    def decision(self, site: str, comment_id: str, seen: int) -> int | None:
        """Find the decision on a comment that a page shows which knows of decisions up to `seen`."""
        ((number,),) = self._ask(
            "SELECT max(number) FROM decision WHERE site = ? AND comment_id = ? AND number <= ?",
            (site, comment_id, seen),
        )
        return number if number is None else int(number)

    def waiting(self, site: str, seen: int, most: int = 1_000) -> int:
        """Count the decisions to be reviewed that came after `seen`, up to so many."""
        ((count,),) = self._ask(
            "SELECT count(*) FROM"
            " (SELECT 1 FROM decision WHERE site = ? AND number > ? AND action != 'publish' LIMIT ?)",
            (site, seen, most),
        )
        return int(count)


def insert(database: sqlite3.Connection, said: Said) -> None:
    """Insert a verdict, as part of a transaction."""
    row: Sequence[object] = (
        said.at.isoformat(),
        said.site,
        said.comment_id,
        said.decision,
        said.moderator,
        said.verdict,
        said.reason,
    )
    database.execute(
        "INSERT INTO verdict (at, site, comment_id, decision, moderator, verdict, reason)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        row,
    )

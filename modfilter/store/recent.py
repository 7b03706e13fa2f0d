"""The recent decisions of a site, as they are at one moment: readable several times, while others go on writing."""

from collections.abc import Iterator
from datetime import datetime
from types import TracebackType
from typing import Any

import msgspec

from modfilter.records import Article, Comment
from modfilter.store.database import connect
from modfilter.store.decisions import LAYOUT, DecisionLog

MOST = 100_000
"""Decisions of all sites that are looked at, the newest."""

# A comment that was decided on again, because its text was changed, counts as it is now.
_RECORDS = """
SELECT record, at FROM decision JOIN text USING (number)
WHERE number >= ? AND +site = ? AND NOT EXISTS (
    SELECT 1 FROM decision AS later
    WHERE later.site = decision.site AND later.comment_id = decision.comment_id AND later.number > decision.number
)
ORDER BY number
"""
_ARTICLES = """
SELECT content FROM (
    SELECT article, max(number) FROM decision
    WHERE number >= ? AND +site = ? AND article IS NOT NULL GROUP BY article_id
) JOIN ground ON hash = article
"""


class Recent:
    """A view of the decision log that does not move, by a connection of its own: nobody waits for a long reading.

    To be used in one thread, in a `with`; raises StoreError or sqlite3.Error where the file cannot be read.
    """

    def __init__(self, log: DecisionLog, site: str, since: datetime) -> None:
        self._database = connect(log.path, LAYOUT)
        self._database.execute("BEGIN")  # from the first reading on all others see the same
        self.site = site
        (newest,) = self._one("SELECT coalesce(max(number), 0) FROM decision")
        self.newest: int = newest
        """The number of the newest decision, of whatever site."""
        found = self._one(
            "SELECT number FROM decision WHERE at >= ? ORDER BY at, number LIMIT 1", since.isoformat()
        )
        first: int = found[0] if found else newest + 1
        self._first = max(first, newest - MOST)
        cut = (
            self._one("SELECT at FROM decision WHERE number = ?", self._first)
            if self._first > first
            else None
        )
        self.since = datetime.fromisoformat(cut[0]) if cut else since
        """From when on decisions are looked at: later than was asked for where there are too many."""

    def records(self) -> Iterator[tuple[bytes, datetime]]:
        """Give the records whose texts are still there, oldest first, the last one of each comment, and their times."""
        for record, at in self._database.execute(_RECORDS, (self._first, self.site)):
            yield record, datetime.fromisoformat(at)

    def parent(self, comment: Comment) -> Comment | None:
        """Give what a comment answers, as it was read with it."""
        found = self._one(
            "SELECT above FROM decision JOIN text USING (number) WHERE site = ? AND comment_id = ?"
            " ORDER BY number DESC LIMIT 1",
            self.site,
            comment.id,
        )
        above = msgspec.json.decode(found[0], type=tuple[Comment, ...]) if found else ()
        return next((each for each in above if each.id == comment.parent_id), None)

    def articles(self) -> dict[str, Article]:
        """Give the articles that they came under, as they were known last."""
        found = (
            msgspec.json.decode(content, type=Article)
            for (content,) in self._database.execute(_ARTICLES, (self._first, self.site))
        )
        return {article.id: article for article in found}

    def __enter__(self) -> "Recent":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def _one(self, query: str, *values: object) -> Any:
        return self._database.execute(query, values).fetchone()

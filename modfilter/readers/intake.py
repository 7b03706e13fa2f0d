"""Collects what a reader finds: comments into threads, bad rows into rejects, loose ends into counts."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from modfilter.records import Article, Comment, Thread

THREAD_ROWS = 1_000
"""A thread is handed on at this size, so that memory stays flat under an article of a million comments."""


class Reject(Struct, frozen=True, kw_only=True):
    """A row that could not be read. It is written out beside the results, so that nothing is lost."""

    line: int
    reason: str
    row: str


class Intake:
    """What one run takes in. Readers hand it rows; it knows which ids it has seen."""

    def __init__(
        self, articles: Mapping[str, Article], reject: Callable[[Reject], None] | None = None
    ) -> None:
        self.articles = dict(articles)
        self.rejected = 0
        self.first_reject: Reject | None = None
        self._on_reject = reject
        self._lines: dict[str, int] = {}
        self._parents: set[str] = set()

    def reject(self, line: int, reason: str, row: str) -> None:
        """Set a bad row aside."""
        rejected = Reject(line=line, reason=reason, row=row)
        self.rejected += 1
        self.first_reject = self.first_reject or rejected
        if self._on_reject:
            self._on_reject(rejected)

    def threads(
        self, rows: Iterable[tuple[int, Comment, str]], article: Article | None = None
    ) -> Iterator[Thread]:
        """Group (line, comment, raw row) into threads: neighbours that share an article.

        With `article`, every comment stands under it, whatever its own row says.
        """
        group: list[Comment] = []
        for line, comment, raw in rows:
            if comment.id in self._lines:
                first = self._lines[comment.id]
                self.reject(line, f"id {comment.id!r} was already read at line {first}", raw)
                continue
            self._lines[comment.id] = line
            if comment.parent_id is not None:
                self._parents.add(comment.parent_id)
            if group and (group[-1].article_id != comment.article_id or len(group) >= THREAD_ROWS):
                yield self._thread(group, article)
                group = []
            group.append(comment)
        if group:
            yield self._thread(group, article)

    def _thread(self, group: list[Comment], article: Article | None) -> Thread:
        if article is None:
            article = self.articles.get(group[0].article_id or "")
        else:
            self.articles.setdefault(article.id, article)
            group = [replace(comment, article_id=article.id) for comment in group]
        return Thread(article=article, comments=tuple(group))

    @property
    def missing_parents(self) -> int:
        """How many comments that others answer were never read."""
        return len(self._parents - self._lines.keys())

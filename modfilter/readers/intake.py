"""Collects what a reader finds: comments into windows of threads, bad rows into rejects, loose ends into counts."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from modfilter.readers.index import Index
from modfilter.readers.rows import Read
from modfilter.records import Article, Comment, Thread

WINDOW = 2_000
"""Comments that are handed on at once, so that memory stays flat; what they answer comes with them from anywhere."""
WINDOW_LENGTH = 16 * 2**20
"""Characters of them and of their rows: people do post a megabyte, and two thousand of those took four gigabytes."""

LEVELS = 2
"""What stands above a comment and is read with it: what it answers, and what that answers."""


class Reject(Struct, frozen=True, kw_only=True):
    """A row that could not be read. It is written out beside the results, so that nothing is lost."""

    line: int
    reason: str
    row: str


class Window(Struct, frozen=True, kw_only=True):
    """Neighbouring comments of a dump, by the articles that they stand under."""

    number: int
    threads: tuple[Thread, ...]
    ids: tuple[str, ...]
    """In the order of the dump."""


class Intake:
    """What one run takes in. Readers hand it rows; it knows which ids it has seen."""

    def __init__(
        self,
        articles: Mapping[str, Article],
        reject: Callable[[Reject], None] | None = None,
        keep: Callable[[Article], None] | None = None,
    ) -> None:
        self._articles = articles
        self._on_article = keep
        self.article_count = 0
        self.comment_count = 0
        """Comments of the dump; known once it was looked through."""
        self.rejected = 0
        self.first_reject: Reject | None = None
        self.missing_parents = 0
        """How many comments that others answer are nowhere in the dump."""
        self._on_reject = reject

    def reject(self, line: int, reason: str, row: str) -> None:
        """Set a bad row aside."""
        rejected = Reject(line=line, reason=reason, row=row)
        self.rejected += 1
        self.first_reject = self.first_reject or rejected
        if self._on_reject:
            self._on_reject(rejected)

    def given(self, article: Article | None) -> Iterator[Article]:
        """Give the articles that came with the dump; of one that it holds, too, these count."""
        yield from self._articles.values()
        if article is not None:
            yield article

    def take(self, index: Index) -> None:
        """Count the comments of a dump, and hand on every article that is known."""
        self.comment_count = index.comments
        for article in index.every_article():
            self.article_count += 1
            if self._on_article:
                self._on_article(article)

    def windows(self, read: Iterable[Read], index: Index, article: Article | None = None) -> Iterator[Window]:
        """Gather the comments of a dump that `index` knows; with `article`, they all stand under it."""
        gathered: list[tuple[int, Read]] = []
        number = length = 0
        for place, found in enumerate(read):
            if isinstance(found.item, Comment):
                gathered.append((place, found))
                length += len(found.item.text) + len(found.raw)
                if len(gathered) == WINDOW or length >= WINDOW_LENGTH:
                    yield self._window(number, self._first(gathered, index), index, article)
                    gathered, length = [], 0
                    number += 1
        if gathered:
            yield self._window(number, self._first(gathered, index), index, article)
        self.missing_parents = index.missing_parents()

    def _first(self, gathered: list[tuple[int, Read]], index: Index) -> list[Comment]:
        """Give the comments whose id was not read before; set the others aside."""
        comments = [found.item for _, found in gathered if isinstance(found.item, Comment)]
        places = index.places(comment.id for comment in comments)
        kept = []
        for comment, (place, found) in zip(comments, gathered, strict=True):
            first, line = places[comment.id]
            if first == place:
                kept.append(comment)
            else:
                self.reject(found.line, f"id {comment.id!r} was already read at line {line}", found.raw)
        return kept

    def _window(self, number: int, comments: list[Comment], index: Index, article: Article | None) -> Window:
        if article is not None:
            comments = [replace(comment, article_id=article.id) for comment in comments]
        known = {comment.id: comment for comment in comments}
        for _ in range(LEVELS):
            known |= index.beginnings(_parents(known.values()) - known.keys())
        named = {comment.article_id for comment in comments if comment.article_id is not None}
        articles = {article.id: article} if article is not None else index.known(named)
        return window(comments, known, articles, number)


def window(
    comments: Sequence[Comment],
    known: Mapping[str, Comment],
    articles: Mapping[str, Article],
    number: int = 0,
) -> Window:
    """Gather comments by their articles, each with what stands above it among `known`."""
    groups: dict[str | None, list[Comment]] = {}
    for comment in comments:
        groups.setdefault(comment.article_id, []).append(comment)
    threads = []
    for key, members in groups.items():
        here = {comment.id: comment for comment in members}
        for _ in range(LEVELS):
            wanted = _parents(here.values()) - here.keys()
            here |= {parent: known[parent] for parent in wanted if parent in known}
        above = sorted(here.keys() - {comment.id for comment in members})
        threads.append(
            Thread(
                article=articles.get(key or ""),
                comments=tuple(members),
                above=tuple(replace(here[parent], article_id=key) for parent in above),
            )
        )
    return Window(number=number, threads=tuple(threads), ids=tuple(comment.id for comment in comments))


def _parents(comments: Iterable[Comment]) -> set[str]:
    return {comment.parent_id for comment in comments if comment.parent_id}

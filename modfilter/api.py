"""The filter as a function, for programs: over any comments, or over a table of pandas, Polars or Arrow."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import msgspec

from modfilter.errors import InputError

if TYPE_CHECKING:
    from modfilter.pipeline import Judges
    from modfilter.records import Article, Comment, Decision

CommentLike: TypeAlias = str | Mapping[str, Any]
"""A text, or a row with "id" and "text" and what else a dump says (docs/architecture.md)."""
ArticleLike: TypeAlias = str | Mapping[str, Any]
"""A title, or {"id", "title", "body", "url"}."""
_AT_ONCE = 2_000


def score(
    comments: Any,
    *,
    article: ArticleLike | None = None,
    articles: Iterable[ArticleLike] = (),
    policy: str | Path | None = None,
    tier: str = "auto",
    languages: Sequence[str] = (),
    models: str | Path | None = None,
) -> Any:
    """Score comments and decide on them; give the record of each (docs/record.schema.json), in order.

    `comments` are texts or rows with "id" and "text" (any iterable), or a table of pandas, Polars or Arrow; of a table
    a table of the same kind comes back, with the columns of a Parquet output and its own others (needs pyarrow).
    What a comment answers is found by "parent_id" among the comments, its article by "article_id" among `articles`;
    `article` is that of all of them. Raises InputError for a comment that cannot be read.

    >>> record, = score(["Mvura yadzoka here?"], tier="fast")
    >>> record["languages"]["main"], record["action"]
    ('sn', 'publish')
    """
    given = _Given(article, tuple(articles), policy, tier, tuple(languages), models)
    if hasattr(comments, "__arrow_c_stream__"):
        return _score_table(comments, given)
    return [_record(decision) for decision in _decided(comments, given)]


def score_iter(
    comments: Iterable[CommentLike],
    *,
    article: ArticleLike | None = None,
    articles: Iterable[ArticleLike] = (),
    policy: str | Path | None = None,
    tier: str = "auto",
    languages: Sequence[str] = (),
    models: str | Path | None = None,
) -> Iterator[dict[str, Any]]:
    """Do as `score`, a record at a time: 2,000 comments are read ahead, and parents are found among those."""
    given = _Given(article, tuple(articles), policy, tier, tuple(languages), models)
    yield from map(_record, _decided(comments, given))


class _Given(NamedTuple):
    """What a caller asked for beside the comments."""

    article: ArticleLike | None
    articles: tuple[ArticleLike, ...]
    policy: str | Path | None
    tier: str
    languages: tuple[str, ...]
    models: str | Path | None


def _record(decision: "Decision") -> dict[str, Any]:
    from modfilter.contract import to_record

    record: dict[str, Any] = msgspec.to_builtins(to_record(decision), builtin_types=(datetime,))
    return record


def _score_table(table: Any, given: _Given) -> Any:
    import pyarrow as pa

    from modfilter.sinks.parquet import row_of, schema

    rows = pa.table(table)
    found = pa.Table.from_pylist([row_of(d) for d in _decided(rows.to_pylist(), given)], schema=schema())
    for name in rows.column_names:
        if name not in found.column_names:
            found = found.append_column(name, rows.column(name))
    kind = type(table).__module__.partition(".")[0]
    if kind == "pandas":
        return found.to_pandas()
    if kind == "polars":
        import polars

        return polars.from_arrow(found)
    return found


def _decided(comments: Iterable[CommentLike], given: _Given) -> "Iterator[Decision]":
    from modfilter.batch import Work, in_order
    from modfilter.policy import load
    from modfilter.readers import window

    rules = load(Path(given.policy) if given.policy else None)
    shelf = tuple(_article(each, f"article-{number}") for number, each in enumerate(given.articles, start=1))
    own = None if given.article is None else _article(given.article, "article")
    known = {each.id: each for each in (*shelf, *((own,) if own else ()))}
    work = Work(
        _judges(str(given.models) if given.models else None, given.tier, given.languages or rules.languages),
        rules,
        shelf,
    )
    rows = iter(enumerate(comments, start=1))
    while part := [*islice(rows, _AT_ONCE)]:
        read = [_comment(row, number) for number, row in part]
        if own is not None:
            read = [msgspec.structs.replace(comment, article_id=own.id) for comment in read]
        yield from in_order(window(read, {comment.id: comment for comment in read}, known), work)


@lru_cache(maxsize=2)
def _judges(models: str | None, tier: str, languages: tuple[str, ...]) -> "Judges":
    from modfilter.pipeline import load_judges

    return load_judges(Path(models) if models else None, tier, languages)  # type: ignore[arg-type]


def _comment(row: CommentLike, number: int) -> "Comment":
    from modfilter.readers import comment_from

    try:
        return comment_from({"id": str(number), "text": row} if isinstance(row, str) else row)
    except ValueError as error:
        raise InputError(
            f'comment {number}: {error}\nGive a text, or a mapping with "id" and "text".'
        ) from error


def _article(given: ArticleLike, name: str) -> "Article":
    from modfilter.readers import article_from

    try:
        return article_from({"id": name, "title": given} if isinstance(given, str) else {"id": name, **given})
    except ValueError as error:
        raise InputError(f'{name}: {error}\nGive a title, or a mapping with "title" and "body".') from error

"""Dumps of comments into threads. One module a format; `read` picks it by suffix or first bytes."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path, PurePath
from typing import BinaryIO

import msgspec

from modfilter.errors import InputError, UsageError
from modfilter.readers import html, jsonl, page, table
from modfilter.readers.files import STDIN, opened, whole_text
from modfilter.readers.intake import Intake, Reject
from modfilter.readers.jsonl import read_articles
from modfilter.readers.rows import article_from, comment_from
from modfilter.records import Article, Comment, Thread

__all__ = [
    "FORMATS",
    "STDIN",
    "Intake",
    "Reject",
    "article_from",
    "comment_from",
    "read",
    "read_article",
    "read_articles",
]

FORMATS = {
    "jsonl": (".jsonl", ".ndjson", ".json"),
    "csv": (".csv",),
    "tsv": (".tsv", ".tab"),
    "page": (".txt", ".html", ".htm", ".xhtml"),
}


def read(
    source: str,
    intake: Intake,
    *,
    format: str | None = None,
    article: Article | None = None,
    saved_at: date | None = None,
) -> Iterator[Thread]:
    """Read a dump ("-" is standard input) thread by thread, in the order of its comments.

    `article` puts every comment under that article. `saved_at` turns a page's relative ages into
    times. Raises InputError for a file that cannot be read at all; bad rows go to the intake.
    """
    with opened(source) as (stream, head):
        chosen = format or _format(source, head)
        if chosen not in FORMATS:
            raise UsageError(f"no format is called {chosen!r}\nThe formats are {', '.join(FORMATS)}.")
        if chosen == "page":
            found, comments = _page(stream, head, source)
            shown = article or found
            if saved_at:
                comments = [page.dated(comment, saved_at) for comment in comments]
            if shown is not None:
                intake.articles.setdefault(shown.id, shown)
            yield from intake.threads(
                ((n, comment, comment.text) for n, comment in enumerate(comments, start=1)), shown
            )
        elif chosen == "jsonl":
            yield from intake.threads(jsonl.read(stream, head, intake), article)
        else:
            delimiter = "," if chosen == "csv" else "\t"
            rows = table.read(stream, head, intake, name=source, delimiter=delimiter)
            yield from intake.threads(rows, article)


def read_article(path: Path) -> Article:
    """Read one article: a saved page, or {"title", "body"} as JSON; raise InputError where there is none."""
    with opened(str(path)) as (stream, head):
        if _begins(head, b"{"):
            try:
                row = msgspec.json.decode(stream.read())
                return article_from({"id": path.stem, **row})
            except (ValueError, TypeError) as error:
                raise InputError(
                    f'{path}: {error}\nAn article is {{"title": ..., "body": ...}}, or a saved page.'
                ) from error
        found, _ = _page(stream, head, str(path))
    if found is None:
        raise InputError(f"{path} holds no article\nGive a page with a title and a body.")
    return found


def _format(source: str, head: bytes) -> str:
    suffix = PurePath(source).suffix.casefold()
    for name, suffixes in FORMATS.items():
        if suffix in suffixes:
            return name
    if _begins(head, b"{"):
        return "jsonl"
    if _begins(head, b"<"):
        return "page"
    name = "standard input" if source == STDIN else source
    raise InputError(f"{name}: cannot tell what format this is\nSay it with --format: {', '.join(FORMATS)}.")


def _page(stream: BinaryIO, head: bytes, source: str) -> tuple[Article | None, list[Comment]]:
    article_id = "page" if source == STDIN else PurePath(source).stem
    if _begins(head, b"<"):
        return html.parse(stream.read(), article_id, source)
    return page.parse(whole_text(stream, head, source), article_id)


def _begins(head: bytes, mark: bytes) -> bool:
    """Whether a file's first bytes, after a byte order mark and space, are `mark`."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(mark)

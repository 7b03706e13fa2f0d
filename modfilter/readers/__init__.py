"""Dumps of comments into windows of threads. One module a format; `read` picks it by suffix or first bytes."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path, PurePath
from typing import BinaryIO, NamedTuple

import msgspec

from modfilter.errors import InputError, UsageError
from modfilter.readers import disqus, html, jsonl, markup, page, parquet, table, wordpress
from modfilter.readers.files import STDIN, opened, spooled, whole, whole_text
from modfilter.readers.index import Index
from modfilter.readers.intake import Intake, Reject, Window, window
from modfilter.readers.jsonl import read_articles
from modfilter.readers.packed import damage
from modfilter.readers.rows import Read, article_from, comment_from
from modfilter.records import Article, Comment

__all__ = [
    "FORMATS",
    "STDIN",
    "Intake",
    "Reject",
    "Window",
    "article_from",
    "comment_from",
    "read",
    "read_article",
    "read_articles",
    "spooled",
    "window",
]

FORMATS = {
    "jsonl": (".jsonl", ".ndjson", ".json"),
    "csv": (".csv",),
    "tsv": (".tsv", ".tab"),
    "parquet": (".parquet", ".pq"),
    "page": (".txt", ".html", ".htm", ".xhtml"),
    "wordpress": (".wxr",),
    "disqus": (),
}
"""The formats and the suffixes that tell them. Reddit's archives and Coral's exports are JSON Lines with other keys."""
_PACKED = (".gz", ".zst", ".zstd")


def read(
    path: str,
    intake: Intake,
    *,
    name: str | None = None,
    format: str | None = None,
    article: Article | None = None,
    saved_at: date | None = None,
) -> Iterator[Window]:
    """Read a dump window by window, in the order of its comments; `name` is what its user calls it.

    `article` puts every comment under that article. `saved_at` turns a page's relative ages into times. A folder is
    read file by file, as saved pages or exports. The dump is read twice: a reply may come before what it answers.
    Raises InputError for a file that cannot be read at all; bad rows go to the intake.
    """
    if format is not None and format not in FORMATS:
        raise UsageError(f"no format is called {format!r}\nThe formats are {', '.join(FORMATS)}.")
    index = Index()
    try:
        known = Dump(path, name or path, format, saved_at)
        for given in intake.given(article):
            index.add(given)
        index.fill(known.read(Intake({})))
        intake.take(index)
        yield from intake.windows(known.read(intake), index, article)
    finally:
        index.close()


class Dump(NamedTuple):
    """A file, or a folder of files, that can be read more than once."""

    path: str
    name: str
    """What its user calls it."""
    format: str | None
    saved_at: date | None

    def read(self, intake: Intake) -> Iterator[Read]:
        """Give every comment and article, in order."""
        if not Path(self.path).is_dir():
            yield from self._file(self.path, self.name, intake)
            return
        files = [path for path in sorted(Path(self.path).rglob("*")) if path.is_file() and _may_be_read(path)]
        if not files:
            raise InputError(
                f"{self.name} is a folder without a file that can be read\nGive saved pages or exports."
            )
        for path in files:
            yield from self._file(str(path), str(path), intake)

    def _file(self, path: str, name: str, intake: Intake) -> Iterator[Read]:
        with opened(path) as (stream, head):
            chosen = self.format or _format(name, head)
            if chosen == "page":
                yield from self._page(stream, head, name)
            elif chosen == "jsonl":
                yield from jsonl.read(stream, head, intake)
            elif chosen == "parquet":
                yield from parquet.read(stream, intake, name=name)
            elif chosen in ("wordpress", "disqus"):
                yield from (wordpress if chosen == "wordpress" else disqus).read(stream, intake)
                if broken := damage(stream):
                    intake.reject(0, broken, "")
            else:
                delimiter = "," if chosen == "csv" else "\t"
                yield from table.read(stream, head, intake, name=name, delimiter=delimiter)

    def _page(self, stream: BinaryIO, head: bytes, name: str) -> Iterator[Read]:
        found, comments = _page(stream, head, name)
        if found is not None:
            yield Read(0, found, "")
        for number, comment in enumerate(comments, start=1):
            dated = page.dated(comment, self.saved_at) if self.saved_at else comment
            yield Read(number, dated, comment.text)


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


def _may_be_read(path: Path) -> bool:
    return _told(path.name) is not None or path.suffix.casefold() in (*_PACKED, ".xml")


def _told(name: str) -> str | None:
    """Give the format that a file's suffix tells, that of a packing left aside."""
    path = PurePath(name)
    suffix = PurePath(path.stem).suffix if path.suffix.casefold() in _PACKED else path.suffix
    return next((name for name, suffixes in FORMATS.items() if suffix.casefold() in suffixes), None)


def _format(source: str, head: bytes) -> str:
    # RC_2019-04.zst has no suffix of its own, and an export may be called anything.xml.
    told = _told(source)
    if (told is None or _begins(head, b"<")) and (found := markup.begins_like_xml(head)):
        return found
    if told:
        return told
    if head.startswith(parquet.MAGIC):
        return "parquet"
    if _begins(head, b"{"):
        return "jsonl"
    if _begins(head, b"<"):
        return "page"
    name = "standard input" if source == STDIN else source
    raise InputError(f"{name}: cannot tell what format this is\nSay it with --format: {', '.join(FORMATS)}.")


def _page(stream: BinaryIO, head: bytes, source: str) -> tuple[Article | None, list[Comment]]:
    article_id = "page" if source == STDIN else PurePath(source).stem or "page"
    if _begins(head, b"<"):
        return html.parse(whole(stream, source), article_id, source)
    text = whole_text(stream, head, source)
    if text.lstrip().startswith("<"):  # UTF-16
        return html.parse(text.encode("utf-8", "replace"), article_id, source)
    return page.parse(text, article_id)


def _begins(head: bytes, mark: bytes) -> bool:
    """Whether a file's first bytes, after a byte order mark and space, are `mark`."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(mark)

"""What a dump holds, in a temporary SQLite file: a reply may come before its parent, an article after its comments.

Memory stays flat whatever the size of the dump; the file takes about as much as the dump (short comments more).
"""

import os
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from modfilter.errors import InputError
from modfilter.readers.rows import Read
from modfilter.records import Article, Comment

BEGINNING = 2_000
"""Characters of a comment that those that answer it may see."""
_AT_ONCE = 5_000
_CACHE_TO_FILL, _CACHE_TO_READ = -65_536, -8_192
"""SQLite's own memory in KB, below 0 as SQLite has it."""
_ASKED = 500
"""Ids in one question: SQLite takes 999 at least."""


class Index:
    """The ids of a dump: where each was first read, and what is needed of a comment by those that answer it."""

    def __init__(self) -> None:
        handle, path = tempfile.mkstemp(prefix="modfilter-", suffix=".sqlite")
        os.close(handle)
        self._path = Path(path)
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for setting in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = {_CACHE_TO_FILL}"):
            self._db.execute(f"PRAGMA {setting}")
        self._db.execute(
            "CREATE TABLE comment (id TEXT PRIMARY KEY, place INTEGER, line INTEGER, article TEXT, parent TEXT,"
            " beginning TEXT) WITHOUT ROWID"
        )
        self._db.execute("CREATE TABLE article (id TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID")
        if os.name == "posix":
            self._path.unlink()  # the open file is all we need, and goes with us even when we are killed
        self.comments = 0

    def close(self) -> None:
        """Remove the file."""
        self._db.close()
        self._path.unlink(missing_ok=True)

    def fill(self, read: Iterable[Read]) -> None:
        """Take in a whole dump; of what comes twice the first counts."""
        rows: list[tuple[object, ...]] = []
        for place, (line, item, _) in enumerate(read):
            if isinstance(item, Article):
                self.add(item)
                continue
            beginning = item.text[:BEGINNING]
            rows.append((item.id, place, line, item.article_id, item.parent_id, beginning))
            if len(rows) == _AT_ONCE:
                self._insert(rows)
                rows = []
        self._insert(rows)
        self._db.execute(f"PRAGMA cache_size = {_CACHE_TO_READ}")
        self._db.execute("PRAGMA shrink_memory")

    def _insert(self, rows: list[tuple[object, ...]]) -> None:
        try:
            self._write(rows)
        except sqlite3.OperationalError as error:
            raise InputError(
                f"{self._path}, which indexes the dump, cannot be written: {error}\n"
                "It takes about as much as the dump: make room, or set TMPDIR to a folder that has it."
            ) from error

    def _write(self, rows: list[tuple[object, ...]]) -> None:
        self._db.execute("BEGIN")
        found = self._db.executemany("INSERT OR IGNORE INTO comment VALUES (?, ?, ?, ?, ?, ?)", rows)
        self.comments += found.rowcount
        self._db.execute("COMMIT")

    def add(self, article: Article) -> None:
        """Keep an article, unless one of its id is known."""
        value = msgspec.msgpack.encode(article)
        self._db.execute("INSERT OR IGNORE INTO article VALUES (?, ?)", (article.id, value))

    def places(self, ids: Iterable[str]) -> Mapping[str, tuple[int, int]]:
        """Give the place and the line at which each id was first read."""
        return {key: (place, line) for key, place, line in self._ask("id, place, line", "comment", ids)}

    def beginnings(self, ids: Iterable[str]) -> Mapping[str, Comment]:
        """Give comments as those that answer them need them: the beginning of the text is enough."""
        columns = "id, article, parent, beginning"
        return {
            key: Comment(id=key, text=text, article_id=article, parent_id=parent)
            for key, article, parent, text in self._ask(columns, "comment", ids)
        }

    def known(self, ids: Iterable[str]) -> Mapping[str, Article]:
        """Give the articles of some ids."""
        found = self._ask("id, value", "article", ids)
        return {key: msgspec.msgpack.decode(value, type=Article) for key, value in found}

    def every_article(self) -> Iterator[Article]:
        """Give every article of the dump, by id."""
        for (value,) in self._db.execute("SELECT value FROM article ORDER BY id"):
            yield msgspec.msgpack.decode(value, type=Article)

    def missing_parents(self) -> int:
        """Count the comments that others answer and that are nowhere in the dump."""
        (count,) = self._db.execute(
            "SELECT count(DISTINCT parent) FROM comment WHERE parent IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM comment AS other WHERE other.id = comment.parent)"
        ).fetchone()
        return int(count)

    def _ask(self, columns: str, table: str, ids: Iterable[str]) -> Iterator[Any]:
        wanted = [*dict.fromkeys(ids)]
        for first in range(0, len(wanted), _ASKED):
            part = wanted[first : first + _ASKED]
            marks = ",".join("?" * len(part))
            yield from self._db.execute(f"SELECT {columns} FROM {table} WHERE id IN ({marks})", part)  # noqa: S608

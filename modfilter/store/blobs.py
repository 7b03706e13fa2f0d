"""A file of things that can be worked out again: what cannot be read or written is worked out, and nothing fails."""

import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from modfilter.store.database import connect

_SCHEMA = "CREATE TABLE blob (number INTEGER PRIMARY KEY, key BLOB UNIQUE NOT NULL, content BLOB NOT NULL)"


class Blobs:
    """Contents by key; of more than `most` the oldest go. Processes may share the file, and a fork may use it on."""

    def __init__(self, path: Path, most: int) -> None:
        self._path, self._most = path, most
        self._pid = os.getpid()
        self._database = connect(path, (_SCHEMA,))

    def get(self, key: bytes) -> bytes | None:
        """Give the content of a key, if it is there."""
        try:
            row = self._here().execute("SELECT content FROM blob WHERE key = ?", (key,)).fetchone()
        except sqlite3.Error:
            return None
        return row[0] if row else None

    def put(self, new: Mapping[bytes, bytes]) -> None:
        """Keep some contents."""
        database = self._here()
        try:
            with database:
                last = 0
                for row in new.items():
                    last = (
                        database.execute(
                            "INSERT OR IGNORE INTO blob (key, content) VALUES (?, ?)", row
                        ).lastrowid
                        or 0
                    )
                database.execute("DELETE FROM blob WHERE number <= ?", (last - self._most,))
        except sqlite3.Error:
            return

    def _here(self) -> sqlite3.Connection:
        """Give this process's own connection: SQLite's must not be carried over a fork."""
        if self._pid != os.getpid():
            self._pid = os.getpid()
            self._database = connect(self._path, (_SCHEMA,))
        return self._database

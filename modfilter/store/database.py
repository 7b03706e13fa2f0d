"""Opens a SQLite file in the way that all of the store does."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from modfilter.errors import StoreError

WAIT = 2.0
"""Seconds for which a write waits for another process that holds the file (a backup, `modfilter log`)."""


def connect(path: Path, layout: Sequence[str]) -> sqlite3.Connection:
    """Open a file, made if need be; raise StoreError where it cannot be, or is of a later version.

    `layout`: what each version added, the first one first; an older file gets what it lacks, and keeps what it has.
    Write-ahead logging: readers never wait for the writer. `synchronous = NORMAL` keeps every commit when the process
    is killed; a power cut may lose the last ones (https://sqlite.org/pragma.html#pragma_synchronous).
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(path, timeout=WAIT, isolation_level=None, check_same_thread=False)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        (found,) = database.execute("PRAGMA user_version").fetchone()
        if found > len(layout):
            raise StoreError(
                f"{path} was written by another version of modfilter (its layout is {found}, not {len(layout)})\n"
                "Give another --data folder, or use the version that wrote it."
            )
        if found < len(layout):
            added = ";".join(layout[found:])
            database.executescript(f"BEGIN; {added}; PRAGMA user_version = {len(layout)}; COMMIT;")
        return database
    except (sqlite3.Error, OSError) as error:
        raise StoreError(
            f"{path} cannot be opened: {error}\nIs the folder there, and may it be written?"
        ) from error

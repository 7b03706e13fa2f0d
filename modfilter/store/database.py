"""Opens a SQLite file in the way that all of the store does."""

import sqlite3
from pathlib import Path

from modfilter.errors import StoreError

WAIT = 2.0
"""Seconds for which a write waits for another process that holds the file (a backup, `modfilter log`)."""


def connect(path: Path, schema: str, version: int) -> sqlite3.Connection:
    """Open a file, made if need be; raise StoreError where it cannot be, or is of another version.

    Write-ahead logging: readers never wait for the writer. `synchronous = NORMAL` keeps every commit when the process
    is killed; a power cut may lose the last ones (https://sqlite.org/pragma.html#pragma_synchronous).
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(path, timeout=WAIT, isolation_level=None, check_same_thread=False)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        (found,) = database.execute("PRAGMA user_version").fetchone()
        if found not in (0, version):
            raise StoreError(
                f"{path} was written by another version of modfilter (its layout is {found}, not {version})\n"
                "Give another --data folder, or use the version that wrote it."
            )
        if found == 0:
            database.executescript(f"BEGIN; {schema}; PRAGMA user_version = {version}; COMMIT;")
        return database
    except (sqlite3.Error, OSError) as error:
        raise StoreError(
            f"{path} cannot be opened: {error}\nIs the folder there, and may it be written?"
        ) from error

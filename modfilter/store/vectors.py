"""Vectors of the sentences of articles, on disk: for 40 of them the deep encoder needs a quarter of a second."""

import sqlite3
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from modfilter.encoder import Encode, Encoded, Shares
from modfilter.reading import Side
from modfilter.store.database import connect

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

MOST = 500_000
"""Sentences whose vectors are kept, 1.6 KB each; the oldest go first."""
_SCHEMA = (
    "CREATE TABLE vectors (number INTEGER PRIMARY KEY, hash BLOB UNIQUE NOT NULL, content BLOB NOT NULL)"
)


class Vectors:
    """An encoder of articles that remembers. What it cannot read or write it works out again."""

    def __init__(self, path: Path, encode: Encode, version: str) -> None:
        self._database = connect(path, _SCHEMA, version=1)
        self._encode, self._version = encode, version

    def __call__(self, sides: Sequence[Side]) -> Encoded:
        """Give the vectors of sentences, (n, width); of all else that an encoder says, nothing."""
        import numpy as np

        keys = [sha256(f"{self._version}\0{side.text}".encode()).digest() for side in sides]
        known = {key: content for key in keys if (content := self._get(key)) is not None}
        missing = {key: side for key, side in zip(keys, sides, strict=True) if key not in known}
        if missing:
            vectors = self._encode([*missing.values()]).vectors.astype(np.float32)
            new = {key: vector.tobytes() for key, vector in zip(missing, vectors, strict=True)}
            self._put(new)
            known |= new
        return _only(np.stack([np.frombuffer(known[key], dtype=np.float32) for key in keys]))

    def _get(self, key: bytes) -> bytes | None:
        try:
            row = self._database.execute("SELECT content FROM vectors WHERE hash = ?", (key,)).fetchone()
        except sqlite3.Error:
            return None
        return row[0] if row else None

    def _put(self, new: dict[bytes, bytes]) -> None:
        try:
            with self._database:
                for row in new.items():
                    number = self._database.execute(
                        "INSERT OR IGNORE INTO vectors (hash, content) VALUES (?, ?)", row
                    ).lastrowid
                self._database.execute("DELETE FROM vectors WHERE number <= ?", ((number or 0) - MOST,))
        except sqlite3.Error:  # a full disk: it is worked out again the next time
            return


def _only(vectors: "NDArray[float32]") -> Encoded:
    nothing = vectors[:, :0]
    return Encoded(vectors, nothing, nothing, nothing, lambda _row: Shares([], nothing))

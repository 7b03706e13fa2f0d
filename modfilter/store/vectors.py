"""Vectors of the sentences of articles, on disk: for 40 of them the deep encoder needs a quarter of a second."""

from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

from modfilter.encoder import Encode, Encoded, Shares
from modfilter.reading import Side
from modfilter.store.blobs import Blobs

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

MOST = 500_000
"""Sentences whose vectors are kept, 1.6 KB each."""


class Vectors:
    """An encoder of articles that remembers."""

    def __init__(self, kept: Blobs, encode: Encode, version: str) -> None:
        self._kept, self._encode, self._version = kept, encode, version

    def __call__(self, sides: Sequence[Side]) -> Encoded:
        """Give the vectors of sentences, (n, width); of all else that an encoder says, nothing."""
        import numpy as np

        keys = [sha256(f"{self._version}\0{side.text}".encode()).digest() for side in sides]
        known = {key: content for key in keys if (content := self._kept.get(key)) is not None}
        missing = {key: side for key, side in zip(keys, sides, strict=True) if key not in known}
        if missing:
            vectors = self._encode([*missing.values()]).vectors.astype(np.float32)
            new = {key: vector.tobytes() for key, vector in zip(missing, vectors, strict=True)}
            self._kept.put(new)
            known |= new
        return _only(np.stack([np.frombuffer(known[key], dtype=np.float32) for key in keys]))


def _only(vectors: "NDArray[float32]") -> Encoded:
    nothing = vectors[:, :0]
    return Encoded(vectors, nothing, nothing, nothing, lambda _row: Shares([], nothing))

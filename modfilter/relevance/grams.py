"""Hashed character n-grams of texts, weighed by how uncommon they are; a word's are computed once.

TF-IDF over the n-grams (3-5) inside words, as scikit-learn's `char_wb` analyser forms them, one row a hash.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

if TYPE_CHECKING:
    from numpy import float32, intp
    from numpy.typing import NDArray

WIDTH = 2**16
_SIZES = (3, 4, 5)
_CACHED_WORDS = 200_000


class Row(NamedTuple):
    """A sparse vector of length 1: columns in order, and their values."""

    columns: "NDArray[intp]"
    values: "NDArray[float32]"


class Table(NamedTuple):
    """Several vectors, ready to be multiplied with one: the columns that any of them has, and all values there."""

    columns: "NDArray[intp]"
    values: "NDArray[float32]"
    """(columns, vectors)"""

    def cosines(self, row: Row) -> "NDArray[float32]":
        """Give the cosine of a vector with each of the table's: (vectors,)."""
        import numpy as np

        places = np.searchsorted(self.columns, row.columns)
        places[places == len(self.columns)] = 0
        met = self.columns[places] == row.columns
        return np.asarray(row.values[met] @ self.values[places[met]])


class Grams:
    """Turns texts into vectors, given the inverse document frequency of each n-gram."""

    def __init__(self, idf: "NDArray[float32]") -> None:
        self._idf = idf
        self._words: dict[str, list[int]] = {}

    def columns(self, text: str) -> list[int]:
        """Give the column of every n-gram of a text, again where it comes again."""
        return [column for word in text.lower().split() for column in self._of(word)]

    def row(self, text: str) -> Row:
        """Give the vector of a text: (1 + ln count) times IDF, of length 1."""
        import numpy as np

        columns, counts = np.unique(np.array(self.columns(text), dtype=np.intp), return_counts=True)
        values = (1 + np.log(counts)) * self._idf[columns]
        length = np.sqrt((values * values).sum()) or 1.0
        return Row(columns, (values / length).astype(np.float32))

    def table(self, texts: Sequence[str]) -> Table:
        """Give the vectors of several texts as a table."""
        import numpy as np

        rows = [self.row(text) for text in texts]
        columns = np.unique(np.concatenate([row.columns for row in rows]))
        values = np.zeros((max(1, len(columns)), len(rows)), dtype=np.float32)
        for place, row in enumerate(rows):
            values[np.searchsorted(columns, row.columns), place] = row.values
        return Table(columns if len(columns) else np.array([-1]), values)

    def _of(self, word: str) -> list[int]:
        known = self._words.get(word)
        if known is None:
            if len(self._words) > _CACHED_WORDS:
                self._words.clear()
            framed = f" {word} "
            known = self._words[word] = [
                crc32(framed[i : i + size].encode()) % WIDTH
                for size in _SIZES
                for i in range(max(1, len(framed) - size + 1))
            ]
        return known

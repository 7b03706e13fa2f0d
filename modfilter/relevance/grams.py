"""Hashed character n-grams of texts, weighed by how uncommon they are; a word's are computed once.

TF-IDF over the n-grams (3-5) inside words, as scikit-learn's `char_wb` analyser forms them, one row a hash.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

if TYPE_CHECKING:
    from numpy import float32, float64, int32, int64, intp
    from numpy.typing import NDArray

WIDTH = 2**16
_SIZES = (3, 4, 5)
_CACHED_WORDS = 200_000


class Rows(NamedTuple):
    """Sparse vectors of n texts, each of length 1: their entries, one text after the other, columns in order."""

    n: int
    owners: "NDArray[intp]"
    """The text of each entry."""
    columns: "NDArray[intp]"
    values: "NDArray[float64]"

    def part(self, part: slice) -> "Rows":
        """Give the vectors of some neighbouring texts."""
        import numpy as np

        start, stop, _ = part.indices(self.n)
        if (start, stop) == (0, self.n):
            return self
        first, last = np.searchsorted(self.owners, (start, stop))
        return Rows(
            stop - start, self.owners[first:last] - start, self.columns[first:last], self.values[first:last]
        )


class Table(NamedTuple):
    """Several vectors, ready to be multiplied with many: the columns that any of them has, and what stands there.

    Most of it is 0: written out, an article of 13 sentences took 220 KB instead of 40.
    """

    columns: "NDArray[int64]"
    """In order, each once."""
    entries: "NDArray[int32]"
    """Row and vector of each value, as row * width + vector."""
    values: "NDArray[float32]"
    width: int
    """Vectors."""

    def cosines(self, rows: Rows) -> "NDArray[float32]":
        """Give the cosine of each vector with each of the table's: (n, vectors)."""
        import numpy as np

        table = np.zeros(len(self.columns) * self.width, dtype=np.float32)
        table[self.entries] = self.values
        found = np.zeros((rows.n, self.width), dtype=np.float32)
        places = np.searchsorted(self.columns, rows.columns)
        places[places == len(self.columns)] = 0
        met = self.columns[places] == rows.columns
        owners, first = np.unique(rows.owners[met], return_index=True)
        if len(owners):
            products = rows.values[met][:, None] * table.reshape(-1, self.width)[places[met]]
            found[owners] = np.add.reduceat(products, first)
        return found


class Grams:
    """Turns texts into vectors, given the inverse document frequency of each n-gram."""

    def __init__(self, idf: "NDArray[float32]") -> None:
        self._idf = idf
        self._words: dict[str, list[int]] = {}

    def columns(self, text: str) -> list[int]:
        """Give the column of every n-gram of a text, again where it comes again."""
        return [column for word in text.lower().split() for column in self._of(word)]

    def rows(self, texts: Sequence[str]) -> Rows:
        """Give the vectors of texts: (1 + ln count) times IDF, of length 1."""
        import numpy as np

        columns = [self.columns(text) for text in texts]
        owners = np.repeat(np.arange(len(texts)), [len(each) for each in columns])
        flat = np.array([column for each in columns for column in each], dtype=np.intp)
        # All texts at once: a sort for each took a tenth of the fast tier's time.
        entries, counts = np.unique(owners * WIDTH + flat, return_counts=True)
        owners, flat = entries // WIDTH, entries % WIDTH
        values = (1 + np.log(counts)) * self._idf[flat]
        lengths = np.sqrt(np.bincount(owners, values * values, minlength=len(texts)))
        return Rows(len(texts), owners, flat, values / lengths[owners])

    def table(self, texts: Sequence[str]) -> Table:
        """Give the vectors of several texts as a table."""
        import numpy as np

        rows = self.rows(texts)
        columns = np.unique(rows.columns)
        entries = np.searchsorted(columns, rows.columns) * len(texts) + rows.owners
        return Table(
            (columns if len(columns) else np.array([-1])).astype(np.int64),
            entries.astype(np.int32),
            rows.values.astype(np.float32),
            len(texts),
        )

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

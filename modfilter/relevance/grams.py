"""Hashed character n-grams of texts, weighed by how uncommon they are; a word's are computed once.

TF-IDF over the n-grams (3-5) inside words, as scikit-learn's `char_wb` analyser forms them, one row a hash.
"""

from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

if TYPE_CHECKING:
    from numpy import float32, float64, int32, intp, uint16
    from numpy.typing import NDArray

WIDTH = 2**16
_SIZES = (3, 4, 5)
_CACHED_WORDS = 65_536


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
    """Several vectors, ready to be multiplied with many: what stands in each column that any of them has.

    Most of it is 0: written out, an article of 13 sentences takes 110 KB instead of 50.
    """

    columns: "NDArray[int32]"
    """In order, each once; after them one that no text has, so that every other one has a place before the end."""
    starts: "NDArray[int32]"
    """Where the entries of each column begin, and where the last ones end: (columns + 1,)."""
    vectors: "NDArray[int32]"
    """The vector of each entry."""
    values: "NDArray[float32]"
    width: int
    """Vectors."""

    def cosines(self, rows: Rows) -> "NDArray[float64]":
        """Give the cosine of each vector with each of the table's: (n, vectors)."""
        import numpy as np

        places = self.columns.searchsorted(rows.columns)
        met = (self.columns[places] == rows.columns).nonzero()[0]
        places = places[met]
        begin = self.starts[places]
        counts = self.starts[places + 1] - begin
        # The entries of every column that was met, one column after the other.
        ends = counts.cumsum()
        entries = np.arange(ends[-1] if len(ends) else 0) + (begin - ends + counts).repeat(counts)
        products = self.values[entries] * rows.values[met].repeat(counts)
        cells = (rows.owners[met] * self.width).repeat(counts) + self.vectors[entries]
        sums = np.bincount(cells, products, rows.n * self.width)
        return sums.astype(np.float64, copy=False).reshape(rows.n, self.width)


class Grams:
    """Turns texts into vectors, given the inverse document frequency of each n-gram."""

    def __init__(self, idf: "NDArray[float32]") -> None:
        self._idf = idf
        self._words: dict[str, bytes] = {}

    def columns(self, text: str) -> "NDArray[uint16]":
        """Give the column of every n-gram of a text, again where it comes again."""
        import numpy as np

        return np.frombuffer(self._packed(text), dtype=np.uint16)

    def rows(self, texts: Sequence[str]) -> Rows:
        """Give the vectors of texts: (1 + ln count) times IDF, of length 1."""
        import numpy as np

        packed = [self._packed(text) for text in texts]
        owners = np.repeat(np.arange(len(texts)), [len(each) // 2 for each in packed])
        flat = np.frombuffer(b"".join(packed), dtype=np.uint16)
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
        columns, counts = np.unique(rows.columns, return_counts=True)
        order = np.argsort(rows.columns, kind="stable")
        return Table(
            np.append(columns, WIDTH).astype(np.int32),
            np.append(0, counts.cumsum()).astype(np.int32),
            rows.owners[order].astype(np.int32),
            rows.values[order].astype(np.float32),
            len(texts),
        )

    def _packed(self, text: str) -> bytes:
        return b"".join(map(self._of, text.lower().split()))

    def _of(self, word: str) -> bytes:
        """Give the columns of a word's n-grams, two bytes each; in a list of numbers took 36."""
        known = self._words.get(word)
        if known is None:
            if len(self._words) > _CACHED_WORDS:
                self._words.clear()
            framed = f" {word} "
            columns = [
                crc32(framed[i : i + size].encode()) % WIDTH
                for size in _SIZES
                for i in range(max(1, len(framed) - size + 1))
            ]
            known = self._words[word] = array("H", columns).tobytes()
        return known

"""The words met so far, a row each, so that numpy reads those of a whole batch at once."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy import bool_, float32, float64, int64
    from numpy.typing import NDArray

CAPACITY = 65_536
"""Words that are remembered (25 MB); then all are forgotten, and the commonest are soon known again."""


class Words:
    """What is known of each word."""

    def __init__(self, width: int) -> None:
        import numpy as np

        self.place_of: dict[str, int] = {}
        """The row of a word as it was typed; -1 where it has no language."""
        self.size = self.voted = 0
        """Rows that are filled, and those whose likeliest language is known, too."""
        # Pages that nothing was written to take no memory, so there is room for all of them from the start.
        self.sums: NDArray[float32] = np.zeros((CAPACITY, width), dtype=np.float32)
        """The sum of the vectors of its n-grams."""
        self.counts: NDArray[float64] = np.zeros(CAPACITY)
        """The number of them."""
        self.likeliest: NDArray[int64] = np.zeros(CAPACITY, dtype=np.int64)
        self.chances: NDArray[float64] = np.zeros(CAPACITY)
        """The likeliest language, and its probability."""
        self.entries: NDArray[int64] = np.zeros(CAPACITY, dtype=np.int64)
        """The row of the lexicon."""
        self.bare: NDArray[bool_] = np.zeros(CAPACITY, dtype=bool)
        """Whether it is a name or a sigh, which names no language where it stands alone."""

    def make_room(self, rows: int) -> None:
        """Double the arrays until they hold so many; who reads an old one still reads what he asked for."""
        import numpy as np

        while rows > len(self.counts):
            for name in ("sums", "counts", "likeliest", "chances", "entries", "bare"):
                array = getattr(self, name)
                setattr(self, name, np.concatenate([array, np.zeros_like(array)]))

"""In which languages a word stood in labelled comments, and which words are names."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy import float32, int64
    from numpy.typing import NDArray


class Lexicon:
    """Counts of words by language, as rows of one matrix; row 0 is that of a word that never stood anywhere."""

    def __init__(self, words: Path, names: Path) -> None:
        """Read lines of a word, then language and count again and again; and lines of a name in small letters."""
        import numpy as np

        self.names = frozenset(names.read_text(encoding="utf-8").split())
        lines = words.read_text(encoding="utf-8").splitlines()
        self._tags: dict[str, int] = {}
        self.entry_of: dict[str, int] = {}
        told: list[tuple[int, int, float]] = []
        for entry, line in enumerate(lines, start=1):
            word, *counts = line.split("\t")
            self.entry_of[word] = entry
            for tag, count in zip(counts[::2], counts[1::2], strict=True):
                told.append((entry, self._tags.setdefault(tag, len(self._tags) + 1), float(count)))
        self.counts: NDArray[float32] = np.zeros((len(lines) + 1, len(self._tags) + 1), dtype=np.float32)
        """(words + 1, languages + 1): column 0 stands for all languages that are not told of."""
        entries, columns, values = zip(*told, strict=True) if told else ((), (), ())
        self.counts[list(entries), list(columns)] = values

    def columns(self, tags: Sequence[str]) -> "NDArray[int64]":
        """Give the column of each language."""
        import numpy as np

        return np.array([self._tags.get(tag, 0) for tag in tags], dtype=np.int64)

"""The fastText file behind one adapter: vectors of words, and what a text of such words sounds like.

A fastText classifier reads the mean of the vectors of a text's character n-grams. Sums are additive over words, so a
word is looked up once and remembered, and a text costs an addition a word: from 9,000 to 40,000 comments a second.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from modfilter.language.words import prepare

if TYPE_CHECKING:
    from numpy import float64, int64
    from numpy.typing import NDArray

_LABEL = len("__label__")
_GRAMS = range(2, 6)
_END = "</s>"
"""fastText reads the end of a line as a word of its own."""
_CACHED_WORDS = 150_000
"""Words remembered (60 MB); then all are forgotten, and the commonest soon known again."""


class Words:
    """The words met so far: the sum of each one's n-grams' vectors, their number, its likeliest language, its entry."""

    def __init__(self, width: int) -> None:
        import numpy as np

        self.place_of: dict[str, int] = {}
        self.size = 0
        self.sums: NDArray[float64] = np.zeros((1024, width))
        self.counts: NDArray[float64] = np.zeros(1024)
        self.likeliest: NDArray[int64] = np.zeros(1024, dtype=np.int64)
        self.chances: NDArray[float64] = np.zeros(1024)
        self.entries: NDArray[int64] = np.zeros(1024, dtype=np.int64)

    def make_room(self, places: int) -> None:
        """Double the arrays until they hold `places`; who reads an old one still reads what he asked for."""
        import numpy as np

        while places > len(self.counts):
            for name in ("sums", "counts", "likeliest", "chances", "entries"):
                array = getattr(self, name)
                setattr(self, name, np.concatenate([array, np.zeros_like(array)]))


class LanguageModel:
    """A quantised fastText classifier, its last matrix (languages, width) beside it; safe to call from threads.

    The `lexicon` counts in which languages a word stood in labelled comments.
    """

    def __init__(
        self,
        path: Path,
        output: "NDArray[float64]",
        lexicon: Mapping[str, Mapping[str, float]],
        bonuses: Mapping[str, float],
    ) -> None:
        import fasttext
        import numpy as np

        # fasttext.load_model prints a warning on standard error; its own class does not.
        self._model = fasttext.FastText._FastText(str(path))
        self.tags: list[str] = [label[_LABEL:] for label in self._model.get_labels()]
        self.output = output.astype(np.float64)
        self.bonus = np.array([bonuses.get(tag, 0.0) for tag in self.tags])
        """Nats by which each language is likelier here than in the training."""
        self._entry_of = {word: place for place, word in enumerate(lexicon, start=1)}
        told = sorted({tag for counts in lexicon.values() for tag in counts} & {*self.tags})
        self._column = np.array([told.index(tag) + 1 if tag in told else 0 for tag in self.tags])
        column_of = {tag: column for column, tag in enumerate(told, start=1)}
        self._counts = np.zeros((len(lexicon) + 1, len(told) + 1))
        for entry, counts in enumerate(lexicon.values(), start=1):
            for tag, count in counts.items():
                self._counts[entry, column_of.get(tag, 0)] = count
        self._counts[:, 0] = 0
        self._end = self._model.get_word_vector(_END).astype(np.float64)
        self._words = Words(len(self._end))
        self._lock = Lock()

    def look_up(self, words: Sequence[str]) -> tuple[Words, "NDArray[int64]"]:
        """Give the table of words, and the place of each of these in it; -1 for laughter and the like."""
        import numpy as np

        table = self._words
        place_of = table.place_of
        if new := [word for word in dict.fromkeys(words) if word not in place_of]:
            with self._lock:
                if len(self._words.place_of) > _CACHED_WORDS:
                    self._words = Words(len(self._end))
                table, place_of = self._words, self._words.place_of
                self._learn(table, [word for word in new if word not in place_of])
            if any(word not in place_of for word in words):  # another thread's table, or a new one
                return self.look_up(words)
        return table, np.fromiter((place_of[word] for word in words), dtype=np.int64, count=len(words))

    def _learn(self, table: Words, words: Sequence[str]) -> None:
        import numpy as np

        if not words:
            return
        first = table.size
        spoken = [(word, tokens) for word in words if (tokens := prepare(word).split())]
        table.size += len(spoken)
        table.make_room(table.size)
        for place, (_, tokens) in enumerate(spoken, start=first):
            table.entries[place] = self._entry_of.get(" ".join(tokens), 0)
            for token in tokens:
                count = self._features(token)
                table.sums[place] += self._model.get_word_vector(token).astype(np.float64) * count
                table.counts[place] += count
        here = slice(first, table.size)
        if spoken:
            chances = self.chances(table.sums[here], table.counts[here])
            table.likeliest[here] = chances.argmax(axis=1)
            table.chances[here] = chances.max(axis=1)
        place_of = {word: place for place, (word, _) in enumerate(spoken, start=first)}
        # Last of all: another thread may read as soon as a word stands in the table.
        table.place_of.update({word: place_of.get(word, -1) for word in words})

    def _features(self, word: str) -> int:
        """Count the n-grams of a word with its brackets, and the word itself where it has a vector."""
        length = len(word) + 2
        grams = sum(max(0, length - size + 1) for size in _GRAMS)
        return grams + int(self._model.get_word_id(word) >= 0)

    def met(self, entries: "NDArray[int64]", languages: "NDArray[int64]") -> "NDArray[float64]":
        """Give how often words of the lexicon (n,) stood in languages (n, k), as (n, k); entry 0 never did."""
        return self._counts[entries[:, None], self._column[languages]]  # type: ignore[no-any-return]

    def home(self, chances: "NDArray[float64]") -> "NDArray[float64]":
        """Give the probability (n,) of the languages of the lexicon together, from those of all (n, languages)."""
        return chances[:, self._column > 0].sum(axis=1)  # type: ignore[no-any-return]

    def chances(self, sums: "NDArray[float64]", counts: "NDArray[float64]") -> "NDArray[float64]":
        """Give the probability of each language (n, languages) of texts whose words' vectors were added up."""
        import numpy as np

        logits = (sums + self._end) / (counts + 1)[:, None] @ self.output.T + self.bonus
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        return shares / shares.sum(axis=1, keepdims=True)  # type: ignore[no-any-return]

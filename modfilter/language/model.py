"""The fastText file behind one adapter: vectors of words, and what a text of such words sounds like.

A fastText classifier reads the mean of the vectors of a text's character n-grams. Sums are additive over words, so a
word is looked up once and remembered, and a text costs an addition a word.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from modfilter.language.lexicon import Lexicon
from modfilter.language.memory import CAPACITY, Words
from modfilter.language.words import is_sigh, prepare

if TYPE_CHECKING:
    from numpy import float32, float64, floating, int64
    from numpy.typing import NDArray

_LABEL = len("__label__")
_END = "</s>"
"""fastText reads the end of a line as a word of its own."""
NAME_WEIGHT = 0.3
"""What the letters of a name count in a text, beside those of other words."""


class LanguageModel:
    """A quantised fastText classifier, its last matrix (languages, width) beside it; safe to call from threads.

    `bonuses` are nats by which a language is likelier here than in the training, `corrections` those in texts of
    many words.
    """

    def __init__(
        self,
        path: Path,
        output: "NDArray[float64]",
        lexicon: Lexicon,
        corrections: Mapping[str, float],
        bonuses: Mapping[str, float],
    ) -> None:
        import fasttext
        import numpy as np

        # fasttext.load_model prints a warning on standard error; its own class does not.
        model = fasttext.FastText._FastText(str(path))
        self.tags: list[str] = [label[_LABEL:] for label in model.get_labels()]
        self.output = output.astype(np.float64)
        self.bonus = np.array([bonuses.get(tag, 0.0) for tag in self.tags])
        self._correction = np.array([corrections.get(tag, 0.0) for tag in self.tags])
        self._lexicon = lexicon
        self._column = lexicon.columns(self.tags)
        self._end = model.get_word_vector(_END).astype(np.float64)
        # fastText fills the buffer and numpy reads it in place: half the cost of a new array for each word.
        self._fasttext = model.f
        self._buffer = fasttext.FastText.fasttext.Vector(len(self._end))
        self._words = Words(len(self._end))
        self._lock = Lock()

    def look_up(self, words: Sequence[str]) -> tuple[Words, "NDArray[int64]"]:
        """Give the table of words, and the place of each of these in it; -1 for laughter and the like."""
        import numpy as np

        table = self._words
        try:
            places = np.fromiter(map(table.place_of.__getitem__, words), dtype=np.int64, count=len(words))
        except KeyError:
            with self._lock:
                table = self._words
                new = [word for word in dict.fromkeys(words) if word not in table.place_of]
                if table.size and len(table.place_of) + len(new) > CAPACITY:
                    table = self._words = Words(len(self._end))
                    new = [*dict.fromkeys(words)]
                self._learn(table, new)
            places = np.fromiter(map(table.place_of.__getitem__, words), dtype=np.int64, count=len(words))
        return table, places

    def _learn(self, table: Words, words: Sequence[str]) -> None:
        """Put words into the table, those that read alike ("Taura", "taura") in one place."""
        learnt: dict[str, int] = {}
        forms: list[str] = []
        for word in words:
            key = form = prepare(word)
            if not form:
                learnt[word] = -1
                continue
            if form != word:
                if form in self._lexicon.names and word[0].isupper():
                    key = form = form.capitalize()
                elif prepare(form) != form:  # as a word, the form would read otherwise
                    key = word
            place = learnt.get(key, table.place_of.get(key, -1))
            if place < 0:
                place = learnt[key] = table.size + len(forms)
                forms.append(form)
            learnt[word] = place
        if forms:
            first = table.size
            table.size += len(forms)
            table.make_room(table.size)
            self._read(table, slice(first, table.size), forms)
        # Last of all: another thread may read as soon as a word stands in the table.
        table.place_of.update(learnt)

    def _read(self, table: Words, here: slice, forms: Sequence[str]) -> None:
        """Fill the places of new forms; those with a capital letter are names."""
        import numpy as np

        sums, vector = table.sums[here], np.asarray(self._buffer)
        vector_of, is_known = self._fasttext.getWordVector, self._fasttext.getWordId
        counts = []
        for place, form in enumerate(map(str.lower, forms)):
            if " " not in form:
                vector_of(self._buffer, form)
                counts.append(count := _grams(form) + (is_known(form) >= 0))
                sums[place] = vector
                continue
            # Several tokens only in scripts without spaces, where each character is one.
            total = 0
            for token in form.split():
                vector_of(self._buffer, token)
                total += (count := _grams(token) + (is_known(token) >= 0))
                sums[place] += vector * count
            sums[place] /= total
            counts.append(total)
        names = np.array([form[0].isupper() for form in forms])
        weights = np.array(counts) * np.where(names, NAME_WEIGHT, 1.0)
        sums *= weights[:, None]
        table.counts[here] = weights
        table.bare[here] = names | [is_sigh(form) for form in forms]
        table.entries[here] = [self._lexicon.entry_of.get(form.lower(), 0) for form in forms]

    def vote(self, table: Words) -> None:
        """Name the likeliest language of new words, which only spans need."""
        import numpy as np

        with self._lock:
            here = slice(table.voted, table.size)
            if here.start < here.stop:
                chances = self.chances(table.sums[here], table.counts[here], np.zeros(here.stop - here.start))
                table.likeliest[here] = chances.argmax(axis=1)
                table.chances[here] = chances.max(axis=1)
                table.voted = here.stop

    def met(self, entries: "NDArray[int64]", languages: "NDArray[int64]") -> "NDArray[float32]":
        """Give how often words of the lexicon (n,) stood in languages (n, k), as (n, k); entry 0 never did."""
        return self._lexicon.counts[entries[:, None], self._column[languages]]

    def home(self, chances: "NDArray[float64]") -> "NDArray[float64]":
        """Give the probability (n,) of the languages of the lexicon together, from those of all (n, languages)."""
        return chances[:, self._column > 0].sum(axis=1)  # type: ignore[no-any-return]

    def chances(
        self, sums: "NDArray[floating]", counts: "NDArray[float64]", doubt: "NDArray[float64]"
    ) -> "NDArray[float64]":
        """Give the probability of each language (n, languages) of texts whose words' vectors were added up.

        `doubt` (n,): how far the corrections hold, from 0 to 1.
        """
        import numpy as np

        logits = (sums + self._end) / (counts + 1)[:, None] @ self.output.T + self.bonus
        if self._correction.any():
            logits += doubt[:, None] * self._correction
        logits -= logits.max(axis=1, keepdims=True)
        np.exp(logits, out=logits)
        logits /= logits.sum(axis=1, keepdims=True)
        return logits  # type: ignore[no-any-return]


def _grams(token: str) -> int:
    """Count the n-grams of 2-5 characters in a word with its two brackets."""
    return 4 * len(token) - 2 if len(token) > 1 else 3

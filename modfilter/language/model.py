"""The fastText file behind one adapter: always lists in, never a line break, cached words."""

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from modfilter.language.words import prepare

Guess = dict[str, float]
"""Probabilities of the likeliest languages of a text, as BCP 47 codes."""

_LABEL = len("__label__")
_TOP = 8
"""Guesses kept of each text: at 8 the model names 78,000 words a second, at all 131 20,000."""
_CACHED_WORDS = 200_000
"""Words remembered; comments repeat their words, and a cached one costs a dictionary look-up."""


class LanguageModel:
    """A fastText classifier over prepared text (see `modfilter.language.words`)."""

    def __init__(self, path: Path) -> None:
        import fasttext

        # fasttext.load_model prints a warning on standard error; its own class does not.
        self._model = fasttext.FastText._FastText(str(path))
        self._words: OrderedDict[str, Guess] = OrderedDict()

    def texts(self, prepared: Sequence[str]) -> list[Guess]:
        """Guess the language of each prepared text; an empty text has no guess."""
        asked = [text for text in prepared if text]
        # fasttext's predict of one string fails under numpy 2; of a list it works.
        labels, values = self._model.predict(asked, k=_TOP) if asked else ([], [])
        guesses = iter(
            {label[_LABEL:]: min(1.0, float(p)) for label, p in zip(names, row, strict=True)}
            for names, row in zip(labels, values, strict=True)
        )
        return [next(guesses) if text else {} for text in prepared]

    def words(self, words: Sequence[str]) -> list[Guess]:
        """Guess the language of each word by itself; laughter and the like have no guess."""
        new = [word for word in dict.fromkeys(words) if word not in self._words]
        if new:
            self._words.update(zip(new, self.texts([prepare(word) for word in new]), strict=True))
        guesses = [self._words[word] for word in words]
        while len(self._words) > _CACHED_WORDS:
            self._words.popitem(last=False)
        return guesses

"""Finds the words that decide a score: the run of neighbours whose removal would lower it most.

A text's features are the sum of its words' (and word pairs', which are left out here), scaled to
length 1. So the score without some words follows from sums over the others, without judging the
text again: occlusion (Zeiler & Fergus 2014) in closed form.
"""

from collections import OrderedDict
from typing import NamedTuple

from modfilter import text as texts
from modfilter.harms.features import CHARACTER_FEATURES, Features
from modfilter.harms.heads import HEADS, Heads
from modfilter.records import Evidence

LONGEST_RUN = 6
"""Words in a piece of evidence: longer ones quote the comment instead of pointing at it."""
_CUE = "without these words the score would fall most"
_CACHED_WORDS = 50_000


class Weight(NamedTuple):
    """What a word adds to its text: to each head by characters and by words, and to the squared lengths."""

    characters: list[float]
    words: list[float]
    characters_squared: float
    words_squared: float


class Deciding:
    """Points at the deciding words of a comment."""

    def __init__(self, heads: Heads) -> None:
        self._weights = heads.weights
        self._features = Features(scaled=False)
        self._words: OrderedDict[str, Weight] = OrderedDict()

    def words(self, comment: str, start: int, end: int, score: str) -> tuple[Evidence, ...]:
        """Give the deciding run of words in [start, end) of a comment; all of it if it has no words."""
        found = texts.words(comment[start:end])
        if not found:
            # Emoji and punctuation only: all of it is the evidence.
            return (Evidence(score=score, start=start, end=end, cue=_CUE),) if end > start else ()
        weights = self._weighed([word.text.lower() for word in found])
        first, last = _deciding_run(weights, HEADS.index(score))
        return (
            Evidence(score=score, start=start + found[first].start, end=start + found[last].end, cue=_CUE),
        )

    def _weighed(self, words: list[str]) -> list[Weight]:
        """Weigh each word by itself under every head."""
        new = [word for word in dict.fromkeys(words) if word not in self._words]
        if new:
            features = self._features(new)
            halves = [features[:, :CHARACTER_FEATURES], features[:, CHARACTER_FEATURES:]]
            of_heads = [self._weights[:CHARACTER_FEATURES], self._weights[CHARACTER_FEATURES:]]
            sums = [(half @ weights).tolist() for half, weights in zip(halves, of_heads, strict=True)]
            squares = [half.multiply(half).sum(axis=1).A1.tolist() for half in halves]
            self._words.update(zip(new, map(Weight, *sums, *squares), strict=True))
        answer = [self._words[word] for word in words]
        while len(self._words) > _CACHED_WORDS:
            self._words.popitem(last=False)
        return answer


def _deciding_run(weights: list[Weight], head: int) -> tuple[int, int]:
    """Give first and last place of the run of at most LONGEST_RUN words without which the score is lowest.

    >>> light, heavy = Weight([0.1], [0.1], 1, 1), Weight([3.0], [3.0], 1, 1)
    >>> _deciding_run([light, heavy, heavy, light, light, light, light, light, light], 0)
    (1, 2)
    """
    whole = _Sum(
        sum(w.characters[head] for w in weights),
        sum(w.words[head] for w in weights),
        sum(w.characters_squared for w in weights),
        sum(w.words_squared for w in weights),
    )
    best, lowest = (0, 0), float("inf")
    for first in range(len(weights)):
        left = whole
        for last in range(first, min(first + LONGEST_RUN, len(weights))):
            left = left.without(weights[last], head)
            # A longer run must earn its place, or every run would have LONGEST_RUN words.
            score = left.score() + _COST_OF_A_WORD * (last - first)
            if score < lowest:
                best, lowest = (first, last), score
    return best


_COST_OF_A_WORD = 0.05
"""Nats of score that one more word of evidence must take away."""


class _Sum(NamedTuple):
    """What is left of a text: its weighted features, and their squared lengths."""

    characters: float
    words: float
    characters_squared: float
    words_squared: float

    def without(self, word: Weight, head: int) -> "_Sum":
        return _Sum(
            self.characters - word.characters[head],
            self.words - word.words[head],
            self.characters_squared - word.characters_squared,
            self.words_squared - word.words_squared,
        )

    def score(self) -> float:
        lengths = max(self.characters_squared, 1.0) ** 0.5, max(self.words_squared, 1.0) ** 0.5
        return self.characters / lengths[0] + self.words / lengths[1]

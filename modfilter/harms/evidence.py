"""Finds the words that decide a score: the run of neighbours that weighs most in the linear model.

The features of a text are the sum of those of its words (and word pairs, left out here), so a
word's part in the score is exact up to one factor: its own features times the head's weights.
"""

from collections import OrderedDict

from modfilter import text as texts
from modfilter.harms.features import Features
from modfilter.harms.heads import HEADS, Heads
from modfilter.records import Evidence

LONGEST_RUN = 8
"""Words in a piece of evidence: longer ones quote the comment instead of pointing at it."""
_CUE = "the words that weigh most in this score"
_CACHED_WORDS = 50_000


class Deciding:
    """Points at the deciding words of a comment."""

    def __init__(self, heads: Heads) -> None:
        self._weights = heads.weights
        self._features = Features()
        self._words: OrderedDict[str, list[float]] = OrderedDict()

    def words(self, comment: str, start: int, end: int, score: str) -> tuple[Evidence, ...]:
        """Give the heaviest run of words in [start, end) of a comment; its whole text if it has none."""
        found = texts.words(comment[start:end])
        if not found:
            # Emoji and punctuation only: all of it is the evidence.
            return (Evidence(score=score, start=start, end=end, cue=_CUE),) if end > start else ()
        head = HEADS.index(score)
        weights = [row[head] for row in self._weighed([word.text.lower() for word in found])]
        first, last = _heaviest_run(weights)
        return (
            Evidence(score=score, start=start + found[first].start, end=start + found[last].end, cue=_CUE),
        )

    def _weighed(self, words: list[str]) -> list[list[float]]:
        """Weigh each word by itself under every head."""
        new = [word for word in dict.fromkeys(words) if word not in self._words]
        if new:
            # A word by itself is scaled to length 1, but its share of a text grows with its n-grams:
            # the square root of its length undoes the scaling.
            for word, row in zip(new, self._features(new) @ self._weights, strict=True):
                self._words[word] = [float(value) * len(word) ** 0.5 for value in row]
        answer = [self._words[word] for word in words]
        while len(self._words) > _CACHED_WORDS:
            self._words.popitem(last=False)
        return answer


def _heaviest_run(weights: list[float]) -> tuple[int, int]:
    """Give first and last place of the run of at most LONGEST_RUN words that weighs most.

    >>> _heaviest_run([0.1, 2.0, 1.5, -3.0, 1.0])
    (1, 2)
    """
    return max(
        ((i, j) for i in range(len(weights)) for j in range(i, min(i + LONGEST_RUN, len(weights)))),
        key=lambda run: sum(weights[run[0] : run[1] + 1]),
    )

"""Finds the words that decide a score: the run of neighbours whose removal would lower it most.

A text's features are the sum of its words' (and word pairs', which are left out here), scaled to
length 1. So the score without some words follows from sums over the others, without judging the
text again: occlusion (Zeiler & Fergus 2014) in closed form.
"""

from collections import OrderedDict
from typing import TYPE_CHECKING

from modfilter import text as texts
from modfilter.harms.features import CHARACTER_FEATURES, Features
from modfilter.harms.heads import HEADS, Heads
from modfilter.harms.terms import Terms
from modfilter.records import Evidence

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

LONGEST_RUN = 6
"""Words in a piece of evidence: longer ones quote the comment instead of pointing at it."""
COST_OF_A_WORD = 0.05
"""Nats of score that one more word of evidence must take away, or every run would be the longest."""
_CUE = "without these words the score would fall most"
_CACHED_WORDS = 50_000


class Deciding:
    """Points at the deciding words of a comment."""

    def __init__(self, heads: Heads, terms: Terms) -> None:
        self._weights = heads.weights
        self._terms = terms
        self._features = Features(scaled=False)
        self._words: OrderedDict[str, NDArray[float64]] = OrderedDict()

    def words(self, comment: str, start: int, end: int, score: str) -> tuple[Evidence, ...]:
        """Give the deciding run of words in [start, end) of a comment; all of it if it has no words."""
        import numpy as np

        found = texts.words(comment[start:end])
        if not found:
            # Emoji and punctuation only: all of it is the evidence.
            whole = (
                Evidence(score=score, start=start, end=end, cue=_CUE) if comment[start:end].strip() else None
            )
            return () if whole is None else (whole,)
        head = HEADS.index(score)
        columns = [head, len(HEADS) + head, -2, -1]
        weighed = np.stack(self._weighed([word.text.lower() for word in found]))[:, columns]
        first, last = _deciding_run(weighed[:, :2], weighed[:, 2:])
        place = (start + found[first].start, start + found[last].end)
        return (Evidence(score=score, start=place[0], end=place[1], cue=self._cue(comment, *place)),)

    def _cue(self, comment: str, start: int, end: int) -> str:
        """Say why these words, with what the regional table knows of them."""
        known = {term.id: term for *_, term in self._terms.within(comment, start, end)}
        told = [f"{term.id}: {term.meaning} ({term.register})" for term in known.values()]
        return "; ".join([_CUE, *told])

    def _weighed(self, words: list[str]) -> "list[NDArray[float64]]":
        """Weigh each word by itself: under every head by characters, by words; and both squared lengths."""
        import numpy as np

        new = [word for word in dict.fromkeys(words) if word not in self._words]
        if new:
            features = self._features(new)
            halves = [features[:, :CHARACTER_FEATURES], features[:, CHARACTER_FEATURES:]]
            of_heads = [self._weights[:CHARACTER_FEATURES], self._weights[CHARACTER_FEATURES:]]
            sums = [half @ weights for half, weights in zip(halves, of_heads, strict=True)]
            squares = [half.multiply(half).sum(axis=1) for half in halves]
            rows = np.hstack([np.asarray(part) for part in (*sums, *squares)])
            self._words.update(zip(new, rows, strict=True))
        answer = [self._words[word] for word in words]
        while len(self._words) > _CACHED_WORDS:
            self._words.popitem(last=False)
        return answer


def _deciding_run(sums: "NDArray[float64]", squares: "NDArray[float64]") -> tuple[int, int]:
    """Give first and last place of the run of at most LONGEST_RUN words without which the score is lowest.

    `sums` and `squares` are (words, 2): what each word adds to the score by its characters and as a
    word, and to the squared lengths that these are divided by.

    >>> import numpy as np
    >>> _deciding_run(np.array([[-0.1, 0], [3, 3], [3, 3], [-0.1, 0], [-0.1, 0]]), np.ones((5, 2)))
    (1, 2)
    """
    import numpy as np

    count = len(sums)
    up_to = np.vstack([np.zeros(4), np.cumsum(np.hstack([sums, squares]), axis=0)])
    best, lowest = (0, count - 1), np.inf
    for length in range(1, min(LONGEST_RUN, count) + 1):
        left = up_to[-1] - (up_to[length:] - up_to[:-length])
        scores = (left[:, :2] / np.sqrt(np.maximum(left[:, 2:], 1.0))).sum(axis=1)
        first = int(scores.argmin())
        score = float(scores[first]) + COST_OF_A_WORD * (length - 1)
        if score < lowest:
            best, lowest = (first, first + length - 1), score
    return best

"""Finds the words that decide a score.

Each word's share in a score is its vector times the score's gradient (gradient x input, Shrikumar et al. 2016) in the
student, and in the deep tier also the encoder's own guess at deciding words. Reading the comment again without
each run of words, as an earlier release did, took longer than the judgement itself.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from modfilter.encoder import Encoded, Shares
from modfilter.harms.calibration import HEADS, incitement_logit
from modfilter.harms.terms import Terms
from modfilter.reading import Reading
from modfilter.records import Evidence

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

LONGEST_RUN = 7
"""Words in a piece of evidence: longer ones quote the comment instead of pointing at it."""
COST_OF_A_WORD = 0.4
"""Nats of score that one more word of evidence must add: at 0.1 runs were longer, and no likelier to overlap the words
that writers marked."""
CUE = "these words raise the score most"


class Window(NamedTuple):
    """A window of a comment."""

    reading: Reading
    start: int
    end: int
    shares: Callable[[], Shares]
    """Gives what its words add to each of HEADS."""

    @property
    def text(self) -> str:
        """The folded text of the window."""
        return self.reading.folded.text[self.start : self.end]


def head_logits(encoded: Encoded) -> "NDArray[float32]":
    """Give (n, 5) logits, one for each of HEADS."""
    import numpy as np

    return np.column_stack([incitement_logit(encoded.stances), encoded.harms])


class Deciding:
    """Points at the deciding words of comments."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms

    def __call__(self, window: Window, scores: Sequence[str]) -> list[Evidence]:
        """Give the evidence of each of the scores."""
        shares = window.shares()
        return [self._evidence(window, shares, score) for score in scores]

    def _evidence(self, window: Window, shares: Shares, score: str) -> Evidence:
        first, last = _heaviest(shares.values[:, HEADS.index(score)].tolist())
        # A comment that no word of which was read decides as a whole.
        run = (shares.places[first][0], shares.places[last][1]) if shares.places else (0, len(window.text))
        start, end = window.reading.original(window.start + run[0], window.start + run[1])
        comment = window.reading.comment.text
        known = {term.id: term for *_, term in self._terms.within(comment, start, end)}
        told = [f"{term.id}: {term.meaning} ({term.register})" for term in known.values()]
        return Evidence(score=score, start=start, end=end, cue="; ".join([CUE, *told]))


def _heaviest(values: Sequence[float]) -> tuple[int, int]:
    """Give the first and the last word of the run, of LONGEST_RUN words at most, that adds most after its cost.

    >>> _heaviest([0.0, 1.0, 0.9, -0.5, 0.2])
    (1, 2)
    """
    best, chosen = float("-inf"), (0, 0)
    for first in range(len(values)):
        total = 0.0
        for last in range(first, min(first + LONGEST_RUN, len(values))):
            total += values[last] - COST_OF_A_WORD
            if total > best:
                best, chosen = total, (first, last)
    return chosen

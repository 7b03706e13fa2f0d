"""Finds the words that decide a score: those whose removal lowers it most.

The encoder's own guess at the deciding words, and runs of words besides, are taken out in turn and the rest
is read again: occlusion (Zeiler & Fergus 2014). The student reads it in both tiers: with the encoder, evidence
cost as much again as the judgement (43 comments a second instead of 90).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from modfilter import text as texts
from modfilter.encoder import Encode, Encoded, Side
from modfilter.harms.calibration import HEADS, incitement_logit
from modfilter.harms.terms import Terms
from modfilter.reading import Reading
from modfilter.records import Evidence

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

LONGEST_RUN = 7
"""Words in a piece of evidence: longer ones quote the comment instead of pointing at it."""
MOST_RUNS = 8
"""Runs that are tried of one comment."""
COST_OF_A_WORD = 0.15
"""Nats of score that one more word of evidence must take away, or every run would be the longest."""
CUE = "without these words the score would fall most"


class Window(NamedTuple):
    """A window of a comment."""

    reading: Reading
    start: int
    end: int
    words: Sequence[tuple[int, int, float]]
    """What the encoder said of its pieces."""

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

    def __call__(
        self,
        encode: Encode,
        asked: Sequence[tuple[Window, Sequence[str]]],
    ) -> list[dict[str, Evidence]]:
        """For each window and the scores asked of it, give the evidence of each score."""
        tried = [_runs(window) for window, _ in asked]
        sides = [
            Side(text, window.reading.answers)
            for (window, _), runs in zip(asked, tried, strict=True)
            for text in (window.text, *(_without(window, run) for run in runs))
        ]
        said = iter(head_logits(encode(sides)))
        found = []
        for (window, scores), runs in zip(asked, tried, strict=True):
            whole = next(said)
            drops = [whole - next(said) for _ in runs]
            found.append({score: self._evidence(window, runs, drops, score) for score in scores})
        return found

    def _evidence(
        self,
        window: Window,
        runs: Sequence[tuple[int, int]],
        drops: "Sequence[NDArray[float32]]",
        score: str,
    ) -> Evidence:
        head = HEADS.index(score)
        words = [len(window.reading.folded.text[a:b].split()) for a, b in runs]
        gains = [float(drop[head]) - COST_OF_A_WORD * n for drop, n in zip(drops, words, strict=True)]
        # A comment of a word or two, or of emoji only, decides as a whole.
        run = runs[max(range(len(runs)), key=gains.__getitem__)] if runs else (window.start, window.end)
        start, end = window.reading.original(*run)
        comment = window.reading.comment.text
        known = {term.id: term for *_, term in self._terms.within(comment, start, end)}
        told = [f"{term.id}: {term.meaning} ({term.register})" for term in known.values()]
        return Evidence(score=score, start=start, end=end, cue="; ".join([CUE, *told]))


def _without(window: Window, run: tuple[int, int]) -> str:
    text = window.reading.folded.text
    return (text[window.start : run[0]] + text[run[1] : window.end]).strip()


def _runs(window: Window) -> list[tuple[int, int]]:
    """Choose runs of words to try: (start, end) in the folded text, the likeliest first."""
    text = window.text
    words = [(m.start(), m.end()) for m in _TOKEN.finditer(text)]
    if len(words) < 3:
        return []
    weights = [
        max((value for start, end, value in window.words if start < b and a < end), default=-9.0)
        for a, b in words
    ]
    chosen: list[tuple[int, int]] = []
    for length in (2, 4, LONGEST_RUN):
        if length < len(words):
            sums = [sum(weights[i : i + length]) for i in range(len(words) - length + 1)]
            first = max(range(len(sums)), key=sums.__getitem__)
            chosen.append((first, first + length - 1))
    # Insults and swear words need not be where the violence is: the rest is tried in even parts.
    step = max(2, -(-len(words) // 5))
    chosen += [(i, min(i + min(step, LONGEST_RUN), len(words)) - 1) for i in range(0, len(words), step)]
    places = [(window.start + words[a][0], window.start + words[b][1]) for a, b in dict.fromkeys(chosen)]
    return [place for place in places[:MOST_RUNS] if _without(window, place)]


_TOKEN = texts.TOKEN

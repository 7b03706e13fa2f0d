"""Which word is in which language: Viterbi decoding over the languages that a text may hold.

Each word votes by its own spelling and a switch of language costs, so that a short word that is spelt alike in two
languages follows those around it (Viterbi 1967; for code-switching King & Abney 2013,
"Labeling the languages of words in mixed-language documents"). All texts of a batch are decoded at once.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy import float64, int64
    from numpy.typing import NDArray

SWITCH_COST = 0.7
"""Nats lost at a change of language."""
UNSEEN = 0.01
"""The probability given to a language that a word does not sound like at all."""


def decode(
    chances: "NDArray[float64]", begin: "NDArray[float64]", sizes: "NDArray[int64]"
) -> "NDArray[int64]":
    """Name the likeliest candidate for each word.

    `chances` (words, candidates) of all texts one after the other, `begin` (texts, candidates) of each text as a
    whole, `sizes` (texts,) in words, none of them 0. Returns (words,) places among the candidates.
    """
    import numpy as np

    votes = np.log(chances + UNSEEN) - np.log((chances + UNSEEN).sum(axis=1, keepdims=True))
    starts = np.cumsum(sizes) - sizes
    # Longest first: at each step the texts that still have a word stand in front.
    order = np.argsort(-sizes, kind="stable")
    sizes, starts = sizes[order], starts[order]
    score = np.log(begin[order] + UNSEEN)
    came_from = np.zeros((len(votes), votes.shape[1]), dtype=np.int8)
    for step in range(int(sizes[0])):
        here = int((sizes > step).sum())
        best = score[:here].argmax(axis=1)
        switched = score[np.arange(here), best] - SWITCH_COST
        stays = score[:here] >= switched[:, None]
        words = starts[:here] + step
        came_from[words] = np.where(stays, np.arange(votes.shape[1]), best[:, None])
        score[:here] = np.where(stays, score[:here], switched[:, None]) + votes[words]
    path = np.zeros(len(votes), dtype=np.int64)
    state = score.argmax(axis=1)
    for step in range(int(sizes[0]) - 1, -1, -1):
        here = int((sizes > step).sum())
        words = starts[:here] + step
        path[words] = state[:here]
        state[:here] = came_from[words, state[:here]]
    return path

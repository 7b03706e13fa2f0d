"""Finds the word behind a masked one: "k*ll", "hu****"."""

from collections.abc import Sequence

import regex

_SIGNS = regex.compile(r"([^\p{L}]+)")


class Unmasker:
    """Knows which words a disguised one may be: "k*ll", "hu****", "ki11"."""

    def __init__(self, words: Sequence[str]) -> None:
        """`words`: lower-case, the likeliest first."""
        self._ranks = {word: rank for rank, word in enumerate(dict.fromkeys(words))}
        self._alike: dict[tuple[str, int], list[str]] = {}
        for word in self._ranks:
            self._alike.setdefault((word[0], len(word)), []).append(word)

    def __contains__(self, word: str) -> bool:
        return word.lower() in self._ranks

    def __call__(self, masked: str) -> str | None:
        """Give the likeliest word; None if no word fits.

        >>> Unmasker(["kill", "kull"])("K*ll")
        'kill'
        """
        low = masked.lower()
        runs = _SIGNS.split(low)
        head, tail = runs[0], runs[-1]
        spans = [_span(signs) for signs in runs[1::2]]
        letters = sum(map(len, runs[::2]))
        fitting = []  # the likeliest of each length: of 16,000 words some hundred are looked at
        for length in range(letters + sum(map(min, spans)), letters + sum(map(max, spans)) + 1):
            for word in self._alike.get((low[0], length), ()):
                if word.startswith(head) and word.endswith(tail) and _fits(word, runs):
                    fitting.append(word)
                    break
        return min(fitting, key=self._ranks.__getitem__, default=None)


def _span(signs: str) -> range:
    """A mask of n signs stands for as many letters; a long one is not counted by those who type it."""
    return range(max(1, len(signs) - 1), len(signs) + 2)


def _fits(word: str, runs: Sequence[str]) -> bool:
    """Whether a word has these letters, and others for the signs between: runs of letters and of signs in turn."""
    if len(runs) == 1:
        return word == runs[0]
    if not word.startswith(runs[0]):
        return False
    rest = word[len(runs[0]) :]
    return any(
        _fits(rest[n:], runs[2:]) and not _SIGNS.search(rest[:n]) for n in _span(runs[1]) if n <= len(rest)
    )

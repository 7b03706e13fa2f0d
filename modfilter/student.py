"""The fast tier's encoder: a vector for each word, and a small network over their sum and their peaks.

A word's vector is made of its own, of those of its character n-grams, and of the pairs with its neighbours. It was
trained to say what `modfilter.encoder` says, and answers in the same shape, some twenty times as fast.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

import regex

from modfilter.bundle import Bundle
from modfilter.encoder import Encode, Encoded, Shares
from modfilter.reading import Side
from modfilter.records import INCITING

if TYPE_CHECKING:
    from numpy import float32, float64
    from numpy.typing import NDArray

ROWS = 2**16
"""Rows of the table of words and character n-grams, and of the table of word pairs."""
WIDTH = 128
OUTPUTS = (8, 4, 4)
"""Stances, harms and topics."""
_GRAMS = (3, 4, 5)
_LONGEST = 24
"""Letters of a word whose n-grams count; what is longer is a link or a keyboard mash."""
_CACHED_WORDS = 65_536
"""Words whose vectors are kept (34 MB); then all are forgotten, and the commonest soon known again."""
_TOKEN = regex.compile(r"[\p{L}\p{M}\p{N}'’*#@]+|[^\s\p{L}\p{N}]")
"""Words, and signs and emoji one by one."""
_ASCII_TOKEN = re.compile(r"[a-z0-9'*#@]+|[^\sa-z0-9]")
"""The same, for lower-case ASCII: nine comments in ten, in a third of the time."""


def tokens(text: str) -> list[tuple[str, int, int]]:
    """Cut a text into lower-case (token, start, end).

    >>> [token for token, *_ in tokens("Vauraye! 🔥🔥")]
    ['vauraye', '!', '🔥', '🔥']
    """
    if text.isascii():
        return [(match.group(), *match.span()) for match in _ASCII_TOKEN.finditer(text.lower())]
    return [(match.group().lower(), *match.span()) for match in _TOKEN.finditer(text)]


def word_rows(word: str) -> list[int]:
    """Give the rows of a word: its own, and those of its character n-grams."""
    framed = f"<{word[:_LONGEST]}>"
    return [crc32(framed.encode()) % ROWS] + [
        crc32(framed[i : i + size].encode()) % ROWS
        for size in _GRAMS
        for i in range(len(framed) - size + 1)
        if size < len(framed)
    ]


def pair_row(left: str, right: str) -> int:
    """Give the row of two neighbouring words."""
    return crc32(f"{left} {right}".encode()) % ROWS


class Student:
    """Encodes texts. The answer for one is the same whatever else is in the batch."""

    def __init__(self, tensors: "dict[str, NDArray[Any]]") -> None:
        import numpy as np

        self._words, self._word_scales = tensors["words"], tensors["words.scales"]
        self._pairs, self._pair_scales = tensors["pairs"], tensors["pairs.scales"]
        # In double precision a product of matrices does not show the size of its batch in the fourth decimal.
        self._turn, self._hidden, self._hidden_bias, self._out, self._out_bias = (
            tensors[name].astype(np.float64) for name in ("turn", "hidden", "hidden.bias", "out", "out.bias")
        )
        self._place: dict[str, int] = {}
        self._known = np.zeros((1024, WIDTH), dtype=np.float32)

    def __call__(self, sides: Sequence[Side]) -> Encoded:
        """Encode a batch of texts, each with what it answers."""
        import numpy as np

        if len(self._place) > _CACHED_WORDS:
            self._place.clear()
        found = [tokens(side.text) for side in sides]
        own, peaks, words = self._sums([[token for token, *_ in each] for each in found])
        answered = [i for i, side in enumerate(sides) if side.answers]
        other = np.zeros_like(own)
        if answered:
            parents = [[token for token, *_ in tokens(sides[i].answers or "")] for i in answered]
            other[answered], *_ = self._sums(parents)
        states = np.hstack([own, other, own * other, peaks])
        hidden = np.maximum(states @ self._hidden + self._hidden_bias, 0)
        logits = (hidden @ self._out + self._out_bias).astype(np.float32)
        turned = own @ self._turn
        lengths = np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-9)
        first, second = OUTPUTS[0], OUTPUTS[0] + OUTPUTS[1]
        return Encoded(
            (turned / lengths).astype(np.float32),
            logits[:, :first],
            logits[:, first:second],
            logits[:, second:],
            lambda row: self._shares(found[row], words[row], other[row], hidden[row], logits[row]),
        )

    def _sums(
        self, texts: Sequence[Sequence[str]]
    ) -> tuple["NDArray[float64]", "NDArray[float64]", "list[NDArray[float64]]"]:
        """Give the sum of each text's word vectors, the highest of them in each dimension, and the vectors.

        The first two are (len(texts), WIDTH), the vectors of each text (its words, WIDTH).
        """
        import numpy as np

        sums, peaks = np.zeros((len(texts), WIDTH)), np.zeros((len(texts), WIDTH))
        words = [sums[:0]] * len(texts)
        spoken = [place for place, words in enumerate(texts) if words]
        if spoken:
            vectors = self._vectors([texts[place] for place in spoken])
            sizes = np.array([len(texts[place]) for place in spoken])
            starts = np.cumsum(sizes) - sizes
            sums[spoken] = np.add.reduceat(vectors, starts) / np.sqrt(sizes)[:, None]
            peaks[spoken] = np.maximum.reduceat(vectors, starts)
            for place, part in zip(spoken, np.split(vectors, starts[1:]), strict=True):
                words[place] = part
        return sums, peaks, words

    def _vectors(self, texts: Sequence[Sequence[str]]) -> "NDArray[float64]":
        """Give the vectors of the words of texts, one after the other: each its own with half of each pair it is in."""
        import numpy as np

        rows = [self._row(word) for words in texts for word in words]
        vectors = self._known[rows].astype(np.float64)
        pairs: list[int] = []
        places: list[int] = []
        place = 0
        for words in texts:
            pairs += [pair_row(left, right) for left, right in pairwise(words)]
            places += range(place, place + len(words) - 1)
            place += len(words)
        if pairs:
            halves = self._pairs[pairs] * (self._pair_scales[pairs] / 2)
            vectors[places] += halves
            vectors[np.array(places) + 1] += halves
        return vectors

    def _row(self, word: str) -> int:
        """Give the row of a word's vector among those known; a new one is summed first."""
        place = self._place.get(word)
        if place is None:
            import numpy as np

            place = self._place[word] = len(self._place)
            if place == len(self._known):
                self._known = np.concatenate([self._known, np.zeros_like(self._known)])
            rows = word_rows(word)
            self._known[place] = (self._words[rows] * self._word_scales[rows]).sum(axis=0) / len(rows) ** 0.5
        return place

    def _shares(
        self,
        found: Sequence[tuple[str, int, int]],
        vectors: "NDArray[float64]",
        other: "NDArray[float64]",
        hidden: "NDArray[float64]",
        logits: "NDArray[float32]",
    ) -> Shares:
        """Give each word's vector times the scores' gradient at this text."""
        import numpy as np

        if not found:
            return Shares([], np.zeros((0, 5), dtype=np.float32))
        stances = OUTPUTS[0]
        outputs = np.zeros((sum(OUTPUTS), 5))
        for part, sign in ((slice(0, INCITING), 1.0), (slice(INCITING, stances), -1.0)):
            shares = np.exp(logits[part] - logits[part].max())
            outputs[part, 0] = sign * shares / shares.sum()
        outputs[stances : stances + 4, 1:] = np.eye(4)
        slopes = self._hidden @ ((self._out @ outputs) * (hidden > 0)[:, None])
        own, _, product, peak = np.split(slopes, 4)
        values = vectors @ (own + other[:, None] * product) / len(found) ** 0.5
        highest = vectors.argmax(axis=0)
        np.add.at(values, highest, vectors.max(axis=0)[:, None] * peak)
        return Shares([(start, end) for _, start, end in found], values.astype(np.float32))


def features(words: Sequence[str]) -> Iterator[list[tuple[int, float]]]:
    """Give the (row, weight) of each word's features, pairs after words, for training; see `Student._vectors`."""
    pairs = [ROWS + pair_row(left, right) for left, right in pairwise(words)]
    for place, word in enumerate(words):
        rows = word_rows(word)
        beside = pairs[max(0, place - 1) : place + 1]
        yield [(row, len(rows) ** -0.5) for row in rows] + [(row, 0.5) for row in beside]


SECOND_VOICE = 0.5
"""Weight of the student's logits beside the encoder's in the deep tier. It knows words that the encoder's pieces cut
up: on dev incitement rose from AUPRC 0.778 to 0.788, insult from 0.725 to 0.754 (scripts/weigh_voices.py)."""


class Seconded:
    """The deep tier: the encoder, whose logits the student's are added to."""

    def __init__(self, encoder: Encode, student: Encode) -> None:
        self._encoder, self._student = encoder, student

    def __call__(self, sides: Sequence[Side]) -> Encoded:
        """Encode a batch of texts, each with what it answers."""
        first, second = self._encoder(sides), self._student(sides)
        return Encoded(
            first.vectors,
            first.stances + SECOND_VOICE * second.stances,
            first.harms + SECOND_VOICE * second.harms,
            first.topics + SECOND_VOICE * second.topics,
            lambda row: _joined(first.shares(row), second.shares(row)),
        )


DECIDING = 1.0
"""What a word that the encoder takes for a deciding one adds to its share by the student. At 0 the words shown overlap
those that writers marked in 83 % of dev's held comments, at 1 in 93 %."""


def _joined(pieces: Shares, words: Shares) -> Shares:
    """Add to the shares of words those of the likeliest piece within each."""
    values = words.values.copy()
    for place, (start, end) in enumerate(words.places):
        within = [
            value
            for (a, b), value in zip(pieces.places, pieces.values[:, 0], strict=True)
            if a < end and start < b
        ]
        values[place, 0] += DECIDING * max(within, default=0.0)
    return Shares(words.places, values)


def load(folder: Path) -> Student:
    """Load the student in `folder`; raise ModelError where it is not what was tested."""
    from safetensors.numpy import load_file

    return Student(load_file(Bundle(folder).path("student.safetensors")))

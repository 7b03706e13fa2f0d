"""The fast tier's encoder: words and their character n-grams, each with a vector, and a small network over their sum.

It was trained to say what `modfilter.encoder` says, and answers in the same shape, some twenty times as fast.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

import regex

from modfilter.bundle import Bundle
from modfilter.encoder import Encode, Encoded, Side

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

ROWS = 2**16
"""Rows of the table of words and character n-grams, and of the table of word pairs."""
WIDTH = 128
OUTPUTS = (8, 4, 4)
"""Stances, harms and topics."""
_GRAMS = (3, 4, 5)
_LONGEST = 24
"""Letters of a word whose n-grams count; what is longer is a link or a keyboard mash."""
_CACHED_WORDS = 200_000
"""Words whose vectors are kept (100 MB); then all are forgotten, and the commonest soon known again."""
_TOKEN = regex.compile(r"[\p{L}\p{M}\p{N}'’*#@]+|[^\s\p{L}\p{N}]")
"""Words, and signs and emoji one by one."""


def tokens(text: str) -> list[tuple[str, int, int]]:
    """Cut a text into lower-case (token, start, end).

    >>> [token for token, *_ in tokens("Vauraye! 🔥🔥")]
    ['vauraye', '!', '🔥', '🔥']
    """
    return [(match.group().lower(), match.start(), match.end()) for match in _TOKEN.finditer(text)]


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
        own = self._sums([[token for token, *_ in each] for each in found])
        answered = [i for i, side in enumerate(sides) if side.answers]
        other = np.zeros_like(own)
        if answered:
            parents = [[token for token, *_ in tokens(sides[i].answers or "")] for i in answered]
            other[answered] = self._sums(parents)
        states = np.hstack([own, other, own * other])
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
            lambda row: self._values(found[row], hidden[row]),
        )

    def _sums(self, texts: Sequence[Sequence[str]]) -> "NDArray[float64]":
        """Give the sum of the vectors of each text's words and pairs: (len(texts), WIDTH)."""
        import numpy as np

        sums = np.zeros((len(texts), WIDTH))
        spoken = [place for place, words in enumerate(texts) if words]
        if not spoken:
            return sums
        rows = [self._row(word) for place in spoken for word in texts[place]]
        sizes = np.array([len(texts[place]) for place in spoken])
        starts = np.cumsum(sizes) - sizes
        sums[spoken] = np.add.reduceat(self._known[rows].astype(np.float64), starts)
        several = [place for place in spoken if len(texts[place]) > 1]
        if several:
            pairs = [pair_row(a, b) for place in several for a, b in pairwise(texts[place])]
            counts = np.array([len(texts[place]) - 1 for place in several])
            vectors = self._pairs[pairs].astype(np.float64) * self._pair_scales[pairs]
            sums[several] += np.add.reduceat(vectors, np.cumsum(counts) - counts)
        sums[spoken] /= np.sqrt(sizes)[:, None]
        return sums

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

    def _values(
        self, found: Sequence[tuple[str, int, int]], hidden: "NDArray[float64]"
    ) -> list[tuple[int, int, float]]:
        """Give each word's share of the incitement logit: the gradient's, at this text."""
        inciting = self._out[:, :3].mean(axis=1) - self._out[:, 3:8].mean(axis=1)
        slope = self._hidden[:WIDTH] @ (inciting * (hidden > 0))
        return [(start, end, float(self._known[self._row(token)] @ slope)) for token, start, end in found]


def features(words: Sequence[str]) -> Iterator[tuple[int, float]]:
    """Give (row, weight) of each feature of a text, pairs after words, for training; see `Student._sums`."""
    scale = len(words) ** -0.5
    for word in words:
        rows = word_rows(word)
        for row in rows:
            yield row, scale * len(rows) ** -0.5
    for left, right in pairwise(words):
        yield ROWS + pair_row(left, right), scale


SECOND_VOICE = 0.5
"""Weight of the student's logits beside the encoder's in the deep tier. It knows words that the encoder's pieces cut
up: on dev incitement rose from AUPRC 0.735 to 0.749, identity attack from 0.749 to 0.777 (scripts/weigh_voices.py)."""


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
            first.words,
        )


def load(folder: Path) -> Student:
    """Load the student in `folder`; raise ModelError where it is not what was tested."""
    from safetensors.numpy import load_file

    return Student(load_file(Bundle(folder).path("student.safetensors")))

"""The sentence encoder: an ONNX file and its tokenizer behind one adapter.

It reads a comment together with what it answers, and knows nothing of thresholds, policies or threads.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from modfilter.bundle import Bundle
from modfilter.reading import Side

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

OWN_TOKENS = 116
"""Pieces of a comment that are read at once; `windows` of a longer one are read one by one."""
OTHER_TOKENS = 48
"""Pieces of what it answers: the beginning says what is agreed to."""
_CACHED_PARENTS = 1_000
_START, _PAD, _END, _UNKNOWN = range(4)


class Shares(NamedTuple):
    """What each of n words of a text adds to the scores."""

    places: list[tuple[int, int]]
    """(start, end) of each word, or piece of a word."""
    values: "NDArray[float32]"
    """(n, 5): to the log odds of incitement and of the four other harms, about."""


@dataclass(frozen=True)
class Encoded:
    """What the encoder says of n texts."""

    vectors: "NDArray[float32]"
    """(n, 384), each of length 1."""
    stances: "NDArray[float32]"
    """(n, 8) logits, in the order of `StanceLabel`."""
    harms: "NDArray[float32]"
    """(n, 4) logits."""
    topics: "NDArray[float32]"
    """(n, 4) logits: of the article, of the thread, generic, off topic."""
    shares: Callable[[int], Shares]
    """Gives what the words of a row's text add to its scores."""

    def rows(self, part: slice) -> "Encoded":
        """Give what was said of some neighbouring texts."""
        return Encoded(
            self.vectors[part],
            self.stances[part],
            self.harms[part],
            self.topics[part],
            lambda row: self.shares(row + part.start),
        )


Encode = Callable[[Sequence[Side]], Encoded]
"""What an encoder does: the answer for one text is the same whatever else is in the batch."""


class Encoder:
    """Encodes texts. The answer for one is the same whatever else is in the batch."""

    def __init__(self, session: Any, tokenizer: Any) -> None:
        self._session = session
        self._tokenizer = tokenizer
        # A parent comes with each of its replies.
        self._parent_ids = lru_cache(_CACHED_PARENTS)(
            lambda text: tokenizer.encode(text, add_special_tokens=False).ids
        )

    def __call__(self, sides: Sequence[Side]) -> Encoded:
        """Encode a batch of texts, each with what it answers."""
        import numpy as np

        lines = [self._line(side) for side in sides]
        rows: list[Any] = [None] * len(lines)
        for places in _by_length([len(tokens) for tokens, _, _ in lines]):
            fed = {
                "tokens": np.array([lines[place][0] for place in places], dtype=np.int64),
                "sides": np.array([lines[place][1] for place in places], dtype=np.int64),
            }
            for place, *answers in zip(places, *self._session.run(None, fed), strict=True):
                rows[place] = answers
        vectors, stances, harms, topics, words = zip(*rows, strict=True)
        return Encoded(
            vectors=np.array(vectors, dtype=np.float32),
            stances=np.array(stances, dtype=np.float32),
            harms=np.array(harms, dtype=np.float32),
            topics=np.array(topics, dtype=np.float32),
            shares=lambda row: _shares(lines[row][2], words[row]),
        )

    def _line(self, side: Side) -> tuple[list[int], list[int], list[tuple[int, int]]]:
        """Give the tokens of a text with what it answers, their sides, and the own tokens' offsets."""
        own = self._tokenizer.encode(side.text, add_special_tokens=False)
        tokens = [_START, *(own.ids[:OWN_TOKENS] or [_UNKNOWN]), _END]
        sides = [0] * len(tokens)
        if side.answers:
            other = self._parent_ids(side.answers)[:OTHER_TOKENS]
            tokens += [*other, _END]
            sides += [1] * (len(other) + 1)
        return tokens, sides, own.offsets[:OWN_TOKENS]


def _shares(places: list[tuple[int, int]], words: "NDArray[float32]") -> Shares:
    """Give the probability that each piece decides: the encoder knows it for incitement only."""
    import numpy as np

    values = np.zeros((len(places), 5), dtype=np.float32)
    # The first token stands before the text.
    values[:, 0] = 1 / (1 + np.exp(-words[1 : len(places) + 1]))
    return Shares(places, values)


def _by_length(lengths: Sequence[int]) -> list[list[int]]:
    """Gather the places of texts of equal length: no padding, so a text's answer cannot depend on others."""
    groups: dict[int, list[int]] = {}
    for place, length in enumerate(lengths):
        groups.setdefault(length, []).append(place)
    return [
        places[start : start + _AT_ONCE]
        for places in groups.values()
        for start in range(0, len(places), _AT_ONCE)
    ]


_AT_ONCE = 1


def load(folder: Path, threads: int = 1) -> Encoder:
    """Load the encoder in `folder`; raise ModelError where it is not what was tested."""
    import onnxruntime
    from tokenizers import Tokenizer

    bundle = Bundle(folder)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Processors with AVX2 and without VNNI add pairs of int8 products in 16 bits, which overflow: a score moved by up
    # to 0.08. This way they take longer, and every processor gives the same.
    options.add_session_config_entry("session.x64quantprecision", "1")
    session = onnxruntime.InferenceSession(
        str(bundle.path("encoder.onnx")), options, providers=["CPUExecutionProvider"]
    )
    return Encoder(session, Tokenizer.from_file(str(bundle.path("tokenizer.json"))))

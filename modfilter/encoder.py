"""The sentence encoder: an ONNX file and its tokenizer behind one adapter.

It reads a comment together with what it answers, and knows nothing of thresholds, policies or threads.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from modfilter.bundle import Bundle

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

OWN_TOKENS = 128
"""Pieces of a comment that are read at once; `windows` of a longer one are read one by one."""
OTHER_TOKENS = 48
"""Pieces of what it answers: the beginning says what is agreed to."""
_START, _PAD, _END, _UNKNOWN = range(4)


class Side(NamedTuple):
    """A text to be encoded, and the text that it answers, if any."""

    text: str
    answers: str | None = None


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
    words: Callable[[int], list[tuple[int, int, float]]]
    """Gives (start, end, value) of the pieces of the text of a row: the higher, the likelier do they decide."""

    def rows(self, part: slice) -> "Encoded":
        """Give what was said of some neighbouring texts."""
        return Encoded(
            self.vectors[part],
            self.stances[part],
            self.harms[part],
            self.topics[part],
            lambda row: self.words(row + part.start),
        )


Encode = Callable[[Sequence[Side]], Encoded]
"""What an encoder does: the answer for one text is the same whatever else is in the batch."""


class Encoder:
    """Encodes texts. The answer for one is the same whatever else is in the batch."""

    def __init__(self, session: Any, tokenizer: Any) -> None:
        self._session = session
        self._tokenizer = tokenizer

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
            words=lambda row: [
                (start, end, float(value))
                for (start, end), value in zip(lines[row][2], words[row][1:], strict=False)
            ],
        )

    def _line(self, side: Side) -> tuple[list[int], list[int], list[tuple[int, int]]]:
        """Give the tokens of a text with what it answers, their sides, and the own tokens' offsets."""
        own = self._tokenizer.encode(side.text, add_special_tokens=False)
        tokens = [_START, *(own.ids[:OWN_TOKENS] or [_UNKNOWN]), _END]
        sides = [0] * len(tokens)
        if side.answers:
            other = self._tokenizer.encode(side.answers, add_special_tokens=False).ids[:OTHER_TOKENS]
            tokens += [*other, _END]
            sides += [1] * (len(other) + 1)
        return tokens, sides, own.offsets[:OWN_TOKENS]


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
    session = onnxruntime.InferenceSession(
        str(bundle.path("encoder.onnx")), options, providers=["CPUExecutionProvider"]
    )
    return Encoder(session, Tokenizer.from_file(str(bundle.path("tokenizer.json"))))

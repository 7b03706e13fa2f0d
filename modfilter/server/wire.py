"""What the server and its judges say to each other over a Unix socket: a length, then a message in msgpack."""

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from modfilter.records import Article, Assessment, Thread

ARTICLES = 2_000
"""Articles that a judge is told of before the oldest are told anew; it remembers twice as many."""
_LENGTH = 4


class Hello(Struct, frozen=True, tag=True):
    """A judge is there."""

    pid: int
    models: bytes
    """Name, version and file hashes of each model, as JSON."""
    measured: frozenset[str]
    """Languages in which the harm scores were measured."""


class Job(Struct, frozen=True, tag=True):
    """Comments to be judged, under an article that the judge has been told of."""

    number: int
    thread: Thread
    """Without its article."""
    article: int | None
    """The number of the article."""
    deadline: float
    """On this machine's monotonic clock, in seconds; later nobody waits for the answer."""


class About(Struct, frozen=True, tag=True):
    """An article that comments come under: read it when there is time."""

    number: int
    article: Article


class Judged(Struct, frozen=True, tag=True):
    """What a judge says of a job, in the order of its comments."""

    number: int
    assessments: tuple[Assessment, ...]
    final: bool
    """Whether this is the last word; if not, the deep tier is still to speak."""


Message = Hello | Job | About | Judged
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Message)


def frame(message: Message) -> bytes:
    """Pack a message."""
    body = _encoder.encode(message)
    return len(body).to_bytes(_LENGTH, "big") + body


class Frames:
    """Cuts a stream of bytes into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Message]:
        """Take some bytes; give the messages that are whole."""
        self._buffer += data
        start = 0
        while len(self._buffer) >= start + _LENGTH:
            end = start + _LENGTH + int.from_bytes(self._buffer[start : start + _LENGTH], "big")
            if len(self._buffer) < end:
                break
            yield _decoder.decode(memoryview(self._buffer)[start + _LENGTH : end].tobytes())
            start = end
        del self._buffer[:start]

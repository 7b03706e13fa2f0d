"""Unpacks gzip and zstd as a dump is read: never more than what a real dump holds, and a cut end is told."""

import io
import zlib
from typing import Any, BinaryIO, cast

from modfilter.errors import InputError

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
WINDOW = 2**31
"""Bytes that zstd may look back: Reddit's archives need all of it."""
RATIO = 200
"""How many times its packed size a dump may unpack to; text packs to a tenth, the same comment again to a hundredth."""
FREE = 256 * 2**20
"""Bytes that may always come out."""
_BITE = 4096
"""Packed bytes taken at once: a bomb's bite is then 128 MB at most, a dump's 40 KB."""


class Unpacked(io.RawIOBase):
    """What comes out of a packed stream."""

    def __init__(self, stream: BinaryIO, kind: bytes, name: str) -> None:
        self._stream, self._kind, self._name = stream, kind, name
        self._inner = self._new()
        self._ready = memoryview(b"")
        self._in = self._out = 0
        self.broken: str | None = None
        """Why the stream ended before its end, if it did."""

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]
        """Read into a buffer; end early where the file does, and refuse a bomb."""
        while not self._ready and not self.broken:
            if not self._bite():
                return 0
        taken = self._ready[: len(buffer)]
        buffer[: len(taken)] = taken
        self._ready = self._ready[len(taken) :]
        return len(taken)

    def _bite(self) -> bool:
        """Unpack the next bytes; False at the end."""
        import zstandard

        packed = self._stream.read(_BITE)
        if not packed:
            if not self._inner.eof:
                self.broken = "the packed file ends in the middle"
            return False
        self._in += len(packed)
        pieces = []
        try:
            while packed:
                if self._inner.eof:  # another file was packed and put behind the first
                    self._inner = self._new()
                pieces.append(self._inner.decompress(packed))
                packed = self._inner.unused_data if self._inner.eof else b""
        except (zlib.error, zstandard.ZstdError) as error:
            self.broken = f"the packed file is damaged: {error}"
        self._ready = memoryview(b"".join(pieces))
        self._out += len(self._ready)
        if self._out > FREE and self._out > RATIO * self._in:
            raise InputError(
                f"{self._name} unpacks to over {RATIO} times its size\n"
                "This is no dump of comments; unpack it yourself if you trust it."
            )
        return True

    def _new(self) -> Any:
        if self._kind == GZIP:
            return zlib.decompressobj(31)
        import zstandard

        return zstandard.ZstdDecompressor(max_window_size=WINDOW).decompressobj()


def damage(stream: BinaryIO) -> str | None:
    """Say why a stream that was read to its end ended too early, if it did."""
    raw = getattr(stream, "raw", None)
    return raw.broken if isinstance(raw, Unpacked) else None


def unpacked(stream: BinaryIO, head: bytes, name: str) -> BinaryIO:
    """Give a stream as it was before it was packed; one that is not packed as it is."""
    for kind in (GZIP, ZSTD):
        if head.startswith(kind):
            return cast("BinaryIO", io.BufferedReader(Unpacked(stream, kind, name), 2**18))
    return stream

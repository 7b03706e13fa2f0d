"""Opens a dump as text: says at once what is no text at all, and decodes line by line."""

import codecs
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from modfilter.errors import InputError
from modfilter.readers.packed import damage, unpacked

STDIN = "-"
_HEAD = 8192
_SHOWN = 1_000
_BINARY = (b"PAR1",)
LONGEST = 64 * 2**20
"""Bytes of one line; a longer one is set aside, or it would fill the memory."""


@contextmanager
def opened(source: str) -> Iterator[tuple[BinaryIO, bytes]]:
    """Open a file, unpacked, or standard input for "-"; give it with its first bytes, not yet read past.

    Raises InputError for what is missing, a directory, empty or binary.
    """
    path = Path(source)
    if source == STDIN:
        stream = cast("BinaryIO", sys.stdin.buffer)
    elif path.is_dir():
        raise InputError(f"{path} is a folder\nGive one of the files in it.")
    else:
        try:
            stream = path.open("rb")
        except FileNotFoundError as error:
            raise InputError(
                f"{path} does not exist\nCheck the name; give - to read standard input."
            ) from error
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror}") from error
    name = "standard input" if source == STDIN else str(path)
    with nullcontext() if source == STDIN else stream:
        plain = unpacked(stream, _peek(stream), name)
        head = _peek(plain)
        if not head and (broken := damage(plain)):
            raise InputError(f"{name}: {broken}\nGet it again from where it came.")
        yield plain, _checked(head, name)


@contextmanager
def spooled(source: str) -> Iterator[str]:
    """Give a name that can be opened twice: standard input is copied to a temporary file first."""
    if source != STDIN:
        yield source
        return
    with tempfile.NamedTemporaryFile(prefix="modfilter-") as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
        file.flush()
        yield file.name


def _peek(stream: BinaryIO) -> bytes:
    return cast("BufferedReader", stream).peek(_HEAD)[:_HEAD]


def _checked(head: bytes, name: str) -> bytes:
    if not head:
        raise InputError(f"{name} is empty\nThere is nothing to score.")
    if b"\0" in head and _utf16(head) is None and not head.startswith(_BINARY):
        raise InputError(
            f"{name} is not text: it holds zero bytes\n"
            "Give JSON Lines, CSV or a saved page as text or HTML; unpack an archive first."
        )
    return head


def _utf16(head: bytes) -> str | None:
    marked = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return "utf-16" if marked else None


NOT_UTF8 = "not UTF-8 (perhaps Latin-1 or Windows-1252: convert the file with `iconv -t UTF-8`)"


class Line(NamedTuple):
    """A line of a file."""

    number: int
    text: str | None
    """None where it cannot be read."""
    wrong: str = ""
    """Why it cannot."""
    shown: str = ""
    """What can be shown of it."""


def lines(stream: BinaryIO, head: bytes) -> Iterator[Line]:
    """Give each line without its end. UTF-16 with a byte order mark is read as such."""
    if encoding := _utf16(head):
        reader = codecs.getreader(encoding)(stream)
        yield from (Line(n, line.rstrip("\r\n")) for n, line in enumerate(reader, start=1))
        return
    number = 0
    while ended := stream.readline(LONGEST):
        number += 1
        raw = ended.rstrip(b"\r\n")
        if number == 1:
            raw = raw.removeprefix(codecs.BOM_UTF8)
        if len(ended) == LONGEST and not ended.endswith(b"\n"):
            while (rest := stream.readline(LONGEST)) and not rest.endswith(b"\n"):
                pass
            yield Line(number, None, f"longer than {LONGEST >> 20} MB", raw[:_SHOWN].decode("latin-1"))
            continue
        try:
            yield Line(number, raw.decode("utf-8"))
        except UnicodeDecodeError:
            yield Line(number, None, NOT_UTF8, raw.decode("latin-1"))
    if broken := damage(stream):
        yield Line(number + 1, None, broken)


def whole_text(stream: BinaryIO, head: bytes, name: str) -> str:
    """Read a whole file as text; raise InputError where it is neither UTF-8 nor marked UTF-16."""
    data = stream.read()
    try:
        return data.decode(_utf16(head) or "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{name}:{line}: {NOT_UTF8}") from error

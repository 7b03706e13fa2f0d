"""Opens a dump as text: says at once what is no text at all, and decodes line by line."""

import codecs
import io
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
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
    return cast("io.BufferedReader", stream).peek(_HEAD)[:_HEAD]


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
    if _utf16(head):
        yield from _utf16_lines(stream)
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


def _utf16_lines(stream: BinaryIO) -> Iterator[Line]:
    text = io.TextIOWrapper(stream, encoding="utf-16", errors=_MARKED, newline="\n")
    number = 0
    while ended := text.readline(LONGEST // 2):
        number += 1
        line = ended.rstrip("\r\n")
        if len(ended) == LONGEST // 2 and not ended.endswith("\n"):
            while (rest := text.readline(LONGEST // 2)) and not rest.endswith("\n"):
                pass
            yield Line(
                number, None, f"longer than {LONGEST >> 20} MB", line[:_SHOWN].replace(_MARK, "\ufffd")
            )
        elif _MARK in line:
            yield Line(
                number, None, "not UTF-16, though the file begins as such", line.replace(_MARK, "\ufffd")
            )
        else:
            yield Line(number, line)
    text.detach()
    if broken := damage(stream):
        yield Line(number + 1, None, broken)


_MARK, _MARKED = "\udcff", "modfilter-marked"
"""Stands where UTF-16 was damaged: a half of a character, which no decoder gives."""
codecs.register_error(_MARKED, lambda error: (_MARK, error.end))  # type: ignore[attr-defined]


def whole(stream: BinaryIO, name: str) -> bytes:
    """Read a whole file; raise InputError where it is larger than any saved page, or was cut off when it was packed."""
    data = stream.read(LONGEST + 1)
    if len(data) > LONGEST:
        raise InputError(f"{name} is larger than {LONGEST >> 20} MB\nThat is no saved page; give an export.")
    if broken := damage(stream):
        raise InputError(f"{name}: {broken}\nGet it again from where it came.")
    return data


def whole_text(stream: BinaryIO, head: bytes, name: str) -> str:
    """Read a whole file as text; raise InputError where it is neither UTF-8 nor marked UTF-16."""
    data = whole(stream, name)
    try:
        return data.decode(_utf16(head) or "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{name}:{line}: {NOT_UTF8}") from error

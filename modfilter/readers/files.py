"""Opens a dump as text: says at once what is no text at all, and decodes line by line."""

import codecs
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from modfilter.errors import InputError

STDIN = "-"
_HEAD = 8192


@contextmanager
def opened(source: str) -> Iterator[tuple[BinaryIO, bytes]]:
    """Open a file, or standard input for "-"; give it with its first bytes, not yet read past.

    Raises InputError for what is missing, a directory, empty or binary.
    """
    if source == STDIN:
        stdin = cast("io.BufferedReader", sys.stdin.buffer)
        yield stdin, _checked(stdin.peek(_HEAD)[:_HEAD], "standard input")
        return
    path = Path(source)
    if path.is_dir():
        raise InputError(f"{path} is a folder\nGive one of the files in it.")
    try:
        file = path.open("rb")
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist\nCheck the name; give - to read standard input.") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    with file:
        yield file, _checked(file.peek(_HEAD)[:_HEAD], str(path))


def _checked(head: bytes, name: str) -> bytes:
    if not head:
        raise InputError(f"{name} is empty\nThere is nothing to score.")
    if b"\0" in head and _utf16(head) is None:
        raise InputError(
            f"{name} is not text: it holds zero bytes\n"
            "Give JSON Lines, CSV or a saved page as text or HTML; unpack an archive first."
        )
    return head


def _utf16(head: bytes) -> str | None:
    marked = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return "utf-16" if marked else None


def lines(stream: BinaryIO, head: bytes) -> Iterator[tuple[int, str | None, str]]:
    """Give (number, line, "") for each line; (number, None, shown) for one that is not UTF-8.

    UTF-16 with a byte order mark is read as such. `shown` is the line read as Latin-1.
    """
    if encoding := _utf16(head):
        reader = codecs.getreader(encoding)(stream)
        yield from ((n, line.rstrip("\r\n"), "") for n, line in enumerate(reader, start=1))
        return
    for number, ended in enumerate(stream, start=1):
        raw = ended.rstrip(b"\r\n")
        if number == 1:
            raw = raw.removeprefix(codecs.BOM_UTF8)
        try:
            yield number, raw.decode("utf-8"), ""
        except UnicodeDecodeError:
            yield number, None, raw.decode("latin-1")


NOT_UTF8 = "not UTF-8 (perhaps Latin-1 or Windows-1252: convert the file with `iconv -t UTF-8`)"


def whole_text(stream: BinaryIO, head: bytes, name: str) -> str:
    """Read a whole file as text; raise InputError where it is neither UTF-8 nor marked UTF-16."""
    data = stream.read()
    try:
        return data.decode(_utf16(head) or "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{name}:{line}: {NOT_UTF8}") from error

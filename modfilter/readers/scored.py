"""Reads back what `modfilter score` wrote, record by record, in flat memory."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from modfilter.contract import decode
from modfilter.errors import InputError
from modfilter.readers.files import lines, opened
from modfilter.records import Action, Decision

Row = TypeVar("Row")


class Main(Struct, frozen=True):
    """The main language, out of all that a record says of languages."""

    main: str


class Glance(Struct, frozen=True):
    """The little that most passes over a file need of a record; it is read three times as fast as the whole."""

    id: str
    text: str
    action: Action
    languages: Main


def rows(path: Path, read: Callable[[str], Row]) -> Iterator[Row]:
    """Read each line of a file of records with `read`; raise InputError with the number of a line that is none."""
    with opened(str(path)) as (stream, head):
        for number, line, wrong, _ in lines(stream, head):
            if line is None:
                raise InputError(f"{path}:{number}: not a record: {wrong}\n{_TRY}")
            if line.strip():
                try:
                    yield read(line)
                except ValueError as error:  # msgspec's errors are ValueErrors
                    raise InputError(f"{path}:{number}: not a record: {error}\n{_TRY}") from error


_TRY = "Give the JSON Lines that `modfilter score -o FILE.jsonl` wrote."


def decisions(path: Path) -> Iterator[Decision]:
    """Give every decision of a file, in order."""
    return rows(path, decode)

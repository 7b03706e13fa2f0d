"""Reads back what `modfilter score` wrote, record by record, in flat memory."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from modfilter.contract import Record, decode
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
    for number, line in numbered(path):
        try:
            yield read(line)
        except ValueError as error:  # msgspec's errors are ValueErrors
            raise _no_record(path, number, error) from error


def decisions(path: Path) -> Iterator[Decision]:
    """Give every decision of a file, in order."""
    return rows(path, decode)


def numbered(path: Path) -> Iterator[tuple[int, str]]:
    """Give the lines of a file that hold something, by number; raise InputError where they cannot be read."""
    if not path.exists():
        raise InputError(
            f"{path} does not exist\nGive the file that `modfilter score -o FILE.jsonl` wrote; it is read twice,"
            " so standard input will not do."
        )
    if path.is_file() and not path.stat().st_size:  # a dump without comments gives a file without records
        return
    with opened(str(path)) as (stream, head):
        for line in lines(stream, head):
            if line.text is None:
                raise _no_record(path, line.number, line.wrong)
            if line.text.strip():
                yield line.number, line.text


def _no_record(path: Path, number: int, error: object) -> InputError:
    return InputError(
        f"{path}:{number}: not a record: {error}\n"
        f"Give the JSON Lines that `modfilter score -o FILE.jsonl` wrote ({len(Record.__struct_fields__)} keys a line)."
    )

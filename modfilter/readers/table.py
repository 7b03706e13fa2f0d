"""CSV and TSV with a header line that names the contract's keys."""

import csv
import difflib
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from modfilter.errors import InputError
from modfilter.readers.files import lines
from modfilter.readers.intake import Intake
from modfilter.readers.rows import Read, comment_from

# csv refuses fields over 128 KiB unless told; people do post a megabyte.
csv.field_size_limit(64 * 1024 * 1024)
_REQUIRED = {
    "id": ("comment_id", "id_str", "nr", "no"),
    "text": ("comment", "comment_text", "body", "content", "message"),
}
"""The columns that must be there, and what other exports call them."""


def read(stream: BinaryIO, head: bytes, intake: Intake, *, name: str, delimiter: str) -> Iterator[Read]:
    """Give the comment of each row; set bad rows aside. Raise InputError for a header without id or text."""
    reader = csv.reader(_decoded(stream, head, intake), delimiter=delimiter)
    header = [column.strip() for column in next(reader, [])]
    check_header(header, name)
    while True:
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            intake.reject(reader.line_num, f"malformed CSV: {error}", "")
            continue
        if not values:
            continue
        raw = delimiter.join(values)
        if len(values) != len(header):
            reason = f"{len(values)} fields where the header names {len(header)}"
            intake.reject(reader.line_num, reason, raw)
            continue
        try:
            comment = comment_from(dict(zip(header, values, strict=True)))
        except ValueError as error:
            intake.reject(reader.line_num, str(error), raw)
            continue
        yield Read(reader.line_num, comment, raw)


def _decoded(stream: BinaryIO, head: bytes, intake: Intake) -> Iterator[str]:
    """Give the lines that csv.reader wants, with their ends; a line that is not UTF-8 is left out."""
    for number, line, wrong, shown in lines(stream, head):
        if line is None:
            intake.reject(number, wrong, shown)
        else:
            yield line.replace("\0", "\ufffd") + "\n"


def check_header(header: Sequence[str], name: str) -> None:
    """Raise InputError, with the nearest name, where there is no id or no text."""
    for column, others in _REQUIRED.items():
        if column not in header:
            near = [name for name in header if name.casefold() in others]
            near += difflib.get_close_matches(column, header, n=1)
            hint = f'Rename the column "{near[0]}"' if near else "Add the column"
            raise InputError(
                f'{name}:1: no column is called "{column}": found {", ".join(header) or "nothing"}\n'
                f"{hint}; there are id, text, and where known article_id, parent_id, author, created_at."
            )

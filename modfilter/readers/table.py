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
    taken: list[str] = []
    reader = csv.reader(_decoded(stream, head, intake, taken), delimiter=delimiter)
    try:
        header = [column.strip() for column in next(reader, [])]
    except csv.Error as error:
        raise InputError(f"{name}:1: malformed CSV: {error}\nEnd each line with a line feed.") from error
    check_header(header, name)
    while True:
        taken.clear()
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            intake.reject(reader.line_num, f"malformed CSV: {error}", "".join(taken))
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


def _decoded(stream: BinaryIO, head: bytes, intake: Intake, taken: list[str]) -> Iterator[str]:
    """Give the lines that csv.reader wants, with their ends, and put them into `taken`; what is no text is left out."""
    for number, line, wrong, shown in lines(stream, head):
        if line is None:
            intake.reject(number, wrong, shown)
        else:
            taken.append(line.replace("\0", "\ufffd") + "\n")
            yield taken[-1]


def check_header(header: Sequence[str], name: str) -> None:
    """Raise InputError, with the nearest name, where there is no id or no text, or more than one."""
    for column, others in _REQUIRED.items():
        if header.count(column) > 1:
            raise InputError(
                f'{name}:1: two columns are called "{column}"\nRename the one that is not meant.'
            )
        if column not in header:
            near = [name for name in header if name.casefold() in others]
            near += difflib.get_close_matches(column, header, n=1)
            hint = f'Rename the column "{near[0]}"' if near else "Add the column"
            raise InputError(
                f'{name}:1: no column is called "{column}": found {", ".join(header) or "nothing"}\n'
                f"{hint}; there are id, text, and where known article_id, parent_id, author, created_at."
            )

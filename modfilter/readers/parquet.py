"""Parquet tables with the contract's columns."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, BinaryIO

from modfilter.errors import InputError, UsageError
from modfilter.readers.intake import Intake
from modfilter.readers.rows import Read, comment_from
from modfilter.readers.table import check_header

MAGIC = b"PAR1"
# pyarrow's own errors are of these kinds; KeyError for zones that are none, OverflowError for times outside all years.
_DAMAGE = (
    ValueError,
    OSError,
    KeyError,
    TypeError,
    NotImplementedError,
    IndexError,
    OverflowError,
    MemoryError,
)
_ROWS = 1_000


def read(stream: BinaryIO, intake: Intake, *, name: str) -> Iterator[Read]:
    """Give the comment of each row; set bad rows aside. Raise InputError for a table without id or text."""
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise UsageError("Parquet needs an extra\nInstall it: pip install 'modfilter[parquet]'") from error
    try:
        table = parquet.ParquetFile(stream)
        names = table.schema_arrow.names
    except _DAMAGE as error:
        raise InputError(f"{name} is not Parquet that can be read: {error}") from error
    check_header(names, name)
    number = 0
    for group in range(table.num_row_groups):
        end = number + table.metadata.row_group(group).num_rows
        batches = table.iter_batches(batch_size=_ROWS, row_groups=[group])
        while True:
            try:
                batch = next(batches)
            except StopIteration:
                break
            except _DAMAGE as error:
                intake.reject(number + 1, f"malformed Parquet, up to row {end}: {error}", "")
                break
            for row in _rows(batch):
                number += 1
                try:
                    yield Read(number, comment_from({key: _plain(value) for key, value in row.items()}), "")
                except ValueError as error:
                    intake.reject(number, str(error), str(row))
        number = end


def _rows(batch: Any) -> Iterator[dict[str, Any]]:
    """Give the rows of a batch; of a value that Python cannot hold (a date after the year 9999) why it cannot."""
    try:
        yield from batch.to_pylist()
    except _DAMAGE:
        columns = [*zip(batch.schema.names, batch.columns, strict=True)]
        for place in range(batch.num_rows):
            yield {key: _value(column, place) for key, column in columns}


def _value(column: Any, place: int) -> object:
    try:
        return column[place].as_py()
    except _DAMAGE as error:
        # Not a string: an id or a text that is damaged must not become another one.
        return {"unreadable": str(error)}


def _plain(value: object) -> object:
    """Give a time as text; one without a zone is UTC, as Parquet has it."""
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    return value

"""Parquet tables with the contract's columns."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import BinaryIO

from modfilter.errors import InputError, UsageError
from modfilter.readers.intake import Intake
from modfilter.readers.rows import Read, comment_from
from modfilter.readers.table import check_header

MAGIC = b"PAR1"
_ROWS = 10_000


def read(stream: BinaryIO, intake: Intake, *, name: str) -> Iterator[Read]:
    """Give the comment of each row; set bad rows aside. Raise InputError for a table without id or text."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise UsageError("Parquet needs an extra\nInstall it: pip install 'modfilter[parquet]'") from error
    try:
        table = parquet.ParquetFile(stream)
    except (pyarrow.ArrowInvalid, OSError) as error:
        raise InputError(f"{name} is not Parquet that can be read: {error}") from error
    check_header(table.schema_arrow.names, name)
    number = 0
    batches = table.iter_batches(batch_size=_ROWS)
    while True:
        try:
            rows = next(batches).to_pylist()
        except StopIteration:
            return
        except (pyarrow.ArrowException, OSError, UnicodeDecodeError, ValueError) as error:
            intake.reject(number, f"malformed Parquet: {error}", "")
            return
        for row in rows:
            number += 1
            try:
                yield Read(number, comment_from({key: _plain(value) for key, value in row.items()}), "")
            except ValueError as error:
                intake.reject(number, str(error), str(row))


def _plain(value: object) -> object:
    """Give a time as text; one without a zone is UTC, as Parquet has it."""
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    return value

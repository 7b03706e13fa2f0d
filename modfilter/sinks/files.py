"""Writes decisions to a file that appears whole or not at all, or to standard output."""

import codecs
import csv
import errno
import gzip
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import msgspec
from msgspec import Struct

from modfilter.contract import encode
from modfilter.errors import InputError, UsageError
from modfilter.records import SCORES, Decision

STDOUT = "-"
_UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)
"""A disk that is full, a quota that is used up, a file system that cannot be written to, or a broken one."""
FORMATS = {
    "jsonl": (".jsonl", ".ndjson", ".jsonl.zst", ".jsonl.gz", ".ndjson.zst", ".ndjson.gz"),
    "csv": (".csv",),
    "parquet": (".parquet",),
}
Write = Callable[[Decision], None]


@contextmanager
def sink(target: str) -> Iterator[Write]:
    """Give a function that writes one decision; the suffix of `target` picks the format."""
    name = target.casefold()
    kind = next((kind for kind, suffixes in FORMATS.items() if name.endswith(suffixes)), None)
    if target != STDOUT and kind is None:
        known = ", ".join(suffixes[0] for suffixes in FORMATS.values())
        raise UsageError(f"{target}: cannot tell the format to write\nEnd the name in one of {known}.")
    with written(target) as stream:
        if kind == "csv":
            yield _csv(stream)
        elif kind == "parquet":
            from modfilter.sinks.parquet import table

            with table(stream) as write:
                yield write
        else:
            with packed(stream, name) as plain:
                yield lambda decision: _line(plain, encode(decision))


@contextmanager
def packed(stream: BinaryIO, name: str) -> Iterator[BinaryIO]:
    """Pack what is written where the name ends in .zst or .gz."""
    if name.endswith(".zst"):
        import zstandard

        with zstandard.ZstdCompressor(level=6).stream_writer(stream, closefd=False) as packing:
            yield cast("BinaryIO", packing)
    elif name.endswith(".gz"):
        with gzip.GzipFile(fileobj=stream, mode="wb", filename="", mtime=0) as zipping:
            yield cast("BinaryIO", zipping)
    else:
        yield stream


@contextmanager
def written(target: str) -> Iterator[BinaryIO]:
    """Open a file for writing under a temporary name; it takes its own name when all is written."""
    if target == STDOUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(target)
    partial = path.with_name(f".{path.name}.partial")
    try:
        stream = partial.open("wb")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error
    try:
        with stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
    except BaseException as error:
        partial.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in _UNWRITABLE:
            raise InputError(f"{path} cannot be written: {error.strerror}") from error
        raise


def late(stack: ExitStack, target: Path | None) -> Callable[[Struct], None] | None:
    """Give a function that writes rows to `target`, which is only made when there is a row."""
    if target is None:
        return None
    streams: list[BinaryIO] = []

    def write(row: Struct) -> None:
        if not streams:
            streams.append(stack.enter_context(written(str(target))))
        _line(streams[0], msgspec.json.encode(row))

    return write


def write_json(target: Path, value: Struct) -> None:
    """Write one value as JSON."""
    with written(str(target)) as stream:
        _line(stream, msgspec.json.encode(value))


def _line(stream: BinaryIO, line: bytes) -> None:
    stream.write(line)
    stream.write(b"\n")


_COLUMNS = (
    "id",
    "article_id",
    "parent_id",
    "author",
    "created_at",
    "permalink",
    "site",
    "section",
    "text",
    "language",
    "languages",
    *SCORES,
    "stance",
    "action",
    "reasons",
    "evidence",
    "failure",
)


def _csv(stream: BinaryIO) -> Write:
    # Not a TextIOWrapper: that would close the stream, even standard output, when it is let go.
    rows = csv.writer(codecs.getwriter("utf-8")(stream))
    rows.writerow(_COLUMNS)

    def write(decision: Decision) -> None:
        rows.writerow([no_formula(cell) for cell in _cells(decision)])

    return write


def _cells(decision: Decision) -> Iterator[object]:
    known = decision.assessment
    comment = known.comment
    for column in _COLUMNS[:9]:
        yield getattr(comment, column)
    yield known.languages.main
    yield " ".join(known.languages.mix)
    for name in SCORES:
        yield known.value(name)
    yield known.stance.label.value if known.stance else None
    yield decision.action.value
    yield " ".join(reason.rule for reason in decision.reasons)
    yield " | ".join(comment.text[item.start : item.end] for item in decision.evidence)
    yield known.failure


def no_formula(cell: object) -> object:
    """Keep spreadsheets from taking a stranger's text for a formula (OWASP: CSV injection)."""
    if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")):
        return "'" + cell
    return cell

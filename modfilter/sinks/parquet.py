"""Decisions as a Parquet table with typed columns, for DuckDB, Polars and pandas."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from msgspec import to_builtins

from modfilter.contract import to_record
from modfilter.errors import UsageError
from modfilter.records import SCORES, Decision

_ROWS = 10_000
"""Rows of a row group: what is in memory until it is written."""


def schema() -> Any:
    """Give the columns of the table."""
    import pyarrow as pa

    text = [(name, pa.string()) for name in ("id", "article_id", "parent_id", "author")]
    later = [(name, pa.string()) for name in ("permalink", "site", "section", "text", "language")]
    evidence = pa.struct(
        [("score", pa.string()), ("start", pa.int32()), ("end", pa.int32()), ("cue", pa.string())]
    )
    return pa.schema(
        [
            *text,
            ("created_at", pa.timestamp("us", tz="UTC")),
            *later,
            ("languages", pa.map_(pa.string(), pa.float32())),
            ("language_confidence", pa.float32()),
            *((name, pa.float32()) for name in SCORES),
            ("topic_via", pa.string()),
            ("topic_generic", pa.bool_()),
            ("better_article", pa.string()),
            ("stance", pa.string()),
            ("action", pa.string()),
            ("reasons", pa.list_(pa.string())),
            ("evidence", pa.list_(evidence)),
            ("failure", pa.string()),
            ("tier", pa.string()),
            ("policy", pa.string()),
        ]
    )


@contextmanager
def table(stream: BinaryIO) -> Iterator[Callable[[Decision], None]]:
    """Give a function that writes one decision as a row."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise UsageError("Parquet needs an extra\nInstall it: pip install 'modfilter[parquet]'") from error
    columns = schema()
    rows: list[dict[str, object]] = []
    with parquet.ParquetWriter(stream, columns, compression="zstd") as writer:

        def flush() -> None:
            if rows:
                writer.write_table(pa.Table.from_pylist(rows, schema=columns))
                rows.clear()

        def write(decision: Decision) -> None:
            rows.append(row_of(decision))
            if len(rows) == _ROWS:
                flush()

        yield write
        flush()


def row_of(decision: Decision) -> dict[str, object]:
    """Lay a decision out as one row of the table."""
    record = to_record(decision)
    names = ("id", "article_id", "parent_id", "author", "permalink", "site", "section", "text", "created_at")
    return {
        **{name: getattr(record, name) for name in names},
        "language": record.languages.main,
        "languages": [*record.languages.mix.items()],
        "language_confidence": record.languages.confidence,
        **{name: getattr(record.scores, name) for name in SCORES},
        "topic_via": record.topic.via,
        "topic_generic": record.topic.generic,
        "better_article": record.topic.better_article,
        "stance": record.stance.label.value if record.stance else None,
        "action": record.action.value,
        "reasons": [reason.rule for reason in record.reasons],
        "evidence": [to_builtins(item) for item in record.evidence if item.start is not None],
        "failure": record.failure,
        "tier": record.tier,
        "policy": record.policy,
    }

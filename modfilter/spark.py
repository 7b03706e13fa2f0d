"""The filter on a cluster: PySpark hands each article's comments to one task (extra `spark`; Java 17).

    from modfilter.spark import score_dataframe
    scored = score_dataframe(spark.read.parquet("comments"), articles=spark.read.json("articles.jsonl"))
    scored.write.parquet("scored")

Scores are those of `modfilter score`: a comment's depend on itself, its article and the two comments above it.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from modfilter.records import Article, Comment

_WINDOW = 2_000


def score_dataframe(
    comments: Any,
    articles: Any = None,
    *,
    policy: str | None = None,
    tier: str = "auto",
    languages: Sequence[str] = (),
    models: str | None = None,
    partitions: int | None = None,
) -> Any:
    """Score a DataFrame with the columns of a dump ("id", "text", "article_id", "parent_id" …).

    `articles` is a DataFrame with "id", "title" and "body". Gives a DataFrame with the columns of a Parquet output.
    A row that cannot be read raises: read a doubtful dump with `modfilter score` first.
    """
    from pyspark.sql import functions as f

    from modfilter.sinks.parquet import schema

    wanted = ("id", "text", "article_id", "parent_id", "author", "created_at", "permalink", "site", "section")
    columns = [name for name in wanted if name in comments.columns]
    rows = comments.select(
        *columns, *(f.lit(None).cast("string").alias(n) for n in wanted[2:4] if n not in columns)
    )
    if articles is None:
        joined = rows.withColumn("_title", f.lit(None).cast("string")).withColumn(
            "_body", f.lit(None).cast("string")
        )
    else:
        named = articles.select(
            f.col("id").alias("article_id"), f.col("title").alias("_title"), f.col("body").alias("_body")
        )
        joined = rows.join(named, "article_id", "left")
    # All of an article's comments in one task, in order: what a comment answers is then at hand.
    by_article = joined.repartition(
        *((partitions,) if partitions else ()), f.coalesce("article_id", f.lit(""))
    ).sortWithinPartitions("article_id", "id")
    options = {"policy": policy, "tier": tier, "languages": [*languages], "models": models}

    def run(batches: Iterator[Any]) -> Iterator[Any]:
        yield from _score_batches(batches, options)

    return by_article.mapInArrow(run, _spark_schema(schema()))


def _spark_schema(columns: Any) -> Any:
    from pyspark.sql.pandas.types import from_arrow_schema

    return from_arrow_schema(columns)


def _score_batches(batches: Iterator[Any], options: dict[str, Any]) -> Iterator[Any]:
    """Score the rows of a partition, which stand article by article."""
    import pyarrow as pa

    from modfilter.batch import in_order
    from modfilter.readers import window
    from modfilter.sinks.parquet import row_of, schema

    work = _work(msgspec.json.encode(options))
    rows = (row for batch in batches for row in batch.to_pylist())
    for _, members in groupby(rows, key=lambda row: row["article_id"]):
        comments, article = _members([*members])
        known = {comment.id: comment for comment in comments}
        articles = {article.id: article} if article else {}
        for start in range(0, len(comments), _WINDOW):
            decided = in_order(window(comments[start : start + _WINDOW], known, articles), work)
            table = pa.Table.from_pylist([row_of(decision) for decision in decided], schema=schema())
            yield from table.to_batches()


def _members(rows: Sequence[dict[str, Any]]) -> "tuple[list[Comment], Article | None]":
    from modfilter.readers import article_from, comment_from

    title, body = rows[0].get("_title"), rows[0].get("_body")
    article = None
    if rows[0]["article_id"] and (title or body):
        article = article_from({"id": rows[0]["article_id"], "title": title, "body": body})
    plain = [{key: value for key, value in row.items() if not key.startswith("_")} for row in rows]
    return [comment_from({**row, "created_at": _time(row.get("created_at"))}) for row in plain], article


def _time(value: object) -> object:
    return value.isoformat() if hasattr(value, "isoformat") else value


_works: dict[bytes, Any] = {}
"""What the Python worker of an executor has loaded: it serves many tasks."""


def _work(options: bytes) -> Any:
    if options not in _works:
        from pathlib import Path

        from modfilter.batch import Work
        from modfilter.pipeline import load_judges
        from modfilter.policy import load

        given = msgspec.json.decode(options)
        rules = load(Path(given["policy"]) if given["policy"] else None)
        models = Path(given["models"]) if given["models"] else None
        judges = load_judges(models, given["tier"], tuple(given["languages"]) or rules.languages)
        _works[options] = Work(judges, rules)
    return _works[options]


def score_files(dump: str, output: str, master: str, articles: str | None = None, **options: Any) -> int:
    """Score Parquet or JSON Lines on any filesystem that Spark reads; write Parquet; give the number of rows."""
    from pyspark.sql import SparkSession

    if master.startswith("local"):
        # Its Python workers are this Python; on a cluster the archive that is shipped to it says which.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    spark = SparkSession.builder.master(master).appName("modfilter").getOrCreate()
    try:
        known = _read(spark, articles) if articles else None
        scored = score_dataframe(_read(spark, dump), known, **options)
        scored.write.mode("errorifexists").parquet(output)
        return int(spark.read.parquet(output).count())
    finally:
        spark.stop()


def _read(spark: Any, path: str) -> Any:
    return (
        spark.read.parquet(path) if path.rstrip("/").endswith((".parquet", ".pq")) else spark.read.json(path)
    )

"""Scores a generated dump with the local engine and on local Spark, two workers each: same actions, scores, overhead.

PYTHONPATH=scripts/benchmarks python scripts/benchmarks/spark.py [--rows 1000000 --articles 20000] [--tier fast]
(needs modfilter[spark] and a Java runtime)   or, of two outputs that are there: --compare LOCAL.parquet SPARK.parquet
"""

import argparse
import sys
import tempfile
from pathlib import Path

from batch import timed
from dumps import articles_of, rows_of, write_jsonl
from pyarrow import Table, compute, parquet

from modfilter.records import SCORES

TOLERANCE = 0.001


def compare(local: Path, spark: Path) -> bool:
    """Print how far two outputs agree; say whether every action does, and every score within TOLERANCE."""
    ours, theirs = (
        parquet.read_table(path, columns=["id", "action", *SCORES]).sort_by("id") for path in (local, spark)
    )
    if ours["id"] != theirs["id"]:
        print(f"other comments: {len(ours):,} and {len(theirs):,}")
        return False
    actions = compute.sum(compute.not_equal(ours["action"], theirs["action"])).as_py()
    furthest = max(_furthest(ours, theirs, name) for name in SCORES)
    print(f"{len(ours):,} comments: {actions:,} other actions, scores apart by at most {furthest:.4f}")
    return actions == 0 and furthest <= TOLERANCE


def _furthest(ours: Table, theirs: Table, name: str) -> float:
    missing = compute.not_equal(compute.is_null(ours[name]), compute.is_null(theirs[name]))
    if compute.any(missing).as_py():
        return float("inf")
    return compute.max(compute.abs(compute.subtract(ours[name], theirs[name]))).as_py() or 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--tier", default="fast")
    parser.add_argument("--compare", type=Path, nargs=2, metavar=("LOCAL", "SPARK"))
    options = parser.parse_args()
    if options.compare:
        sys.exit(not compare(*options.compare))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_jsonl(folder / "dump.jsonl", rows_of(options.rows, options.articles))
        write_jsonl(folder / "articles.jsonl", articles_of(options.articles))
        command = [
            sys.executable,
            "-m",
            "modfilter",
            "score",
            str(folder / "dump.jsonl"),
            "--tier",
            options.tier,
        ]
        command += ["--articles", str(folder / "articles.jsonl"), "-q", "-o"]
        local, spark = folder / "local.parquet", folder / "spark.parquet"
        ours = timed("local, 2", [*command, str(local), "--workers", "2"], options.rows)
        theirs = timed(
            "Spark, 2", [*command, str(spark), "--engine", "spark", "--master", "local[2]"], options.rows
        )
        print(f"Spark takes {ours / theirs:.2f} times as long")
        sys.exit(not compare(local, spark))


if __name__ == "__main__":
    main()

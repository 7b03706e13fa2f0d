"""The same decisions on local Spark with two workers (runs where pyspark and Java are installed)."""

import shutil
from pathlib import Path

import pytest
from pyarrow import parquet

from modfilter.records import SCORES

from .conftest import THREADS, Run

pytest.importorskip("pyspark")
pytestmark = [
    pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java"),
    pytest.mark.filterwarnings("ignore"),
]


def test_spark_decides_as_the_local_engine(run: Run, tmp_path: Path) -> None:
    dump, articles = THREADS / "kombi-strike.jsonl", THREADS / "articles.jsonl"
    local, cluster = tmp_path / "local.parquet", tmp_path / "cluster.parquet"
    assert run("score", dump, "--articles", articles, "-o", local, "-q").status == 0
    result = run(
        *("score", dump, "--articles", articles, "-o", cluster),
        *("--engine", "spark", "--master", "local[2]"),
    )
    assert result.status == 0, result.err
    one = {row["id"]: row for row in parquet.read_table(local).to_pylist()}
    other = {row["id"]: row for row in parquet.read_table(cluster).to_pylist()}
    assert one.keys() == other.keys()
    for key, row in one.items():
        assert row["action"] == other[key]["action"]
        for name in SCORES:
            assert row[name] == pytest.approx(other[key][name], abs=0.001)

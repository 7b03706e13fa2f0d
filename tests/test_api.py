"""The filter as a function, and on tables."""

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import modfilter
from modfilter.errors import InputError

STALLS = {
    "id": "a",
    "title": "Council and vendors agree on new stalls",
    "body": "The city council builds 200 stalls.",
}
ROWS = [
    {"id": "1", "text": "200 stalls for 3000 vendors, and the council calls it news", "article_id": "a"},
    {"id": "2", "text": "Kill all these vendors and burn their houses tonight", "article_id": "a"},
    {"id": "3", "text": "do it", "article_id": "a", "parent_id": "2"},
]


def test_texts_and_rows_are_scored_in_order() -> None:
    records = modfilter.score(ROWS, articles=[STALLS], tier="fast")
    assert [record["id"] for record in records] == ["1", "2", "3"]
    assert records[0]["scores"]["relevance"] > 0.5
    assert records[1]["action"] == "hold"
    first, second = modfilter.score(["Makadii", "Good morning"], article="Council builds stalls", tier="fast")
    assert (first["languages"]["main"], second["languages"]["main"]) == ("sn", "en")
    assert first["article_id"] == "article"


def test_records_come_one_at_a_time() -> None:
    endless = ({"id": str(n), "text": "Makadii"} for n in range(10**9))
    assert next(iter(modfilter.score_iter(endless, tier="fast")))["id"] == "0"


def test_tables_come_back_as_what_they_were() -> None:
    rows = [{**row, "parent_id": row.get("parent_id"), "likes": n} for n, row in enumerate(ROWS)]
    expected = [record["action"] for record in modfilter.score(ROWS, articles=[STALLS], tier="fast")]
    for table in (pd.DataFrame(rows), pl.DataFrame(rows), pa.Table.from_pylist(rows)):
        scored = modfilter.score(table, articles=[STALLS], tier="fast")
        assert type(scored) is type(table)
        found = scored["action"].to_pylist() if isinstance(scored, pa.Table) else scored["action"].to_list()
        assert found == expected
        assert "likes" in (scored.column_names if isinstance(scored, pa.Table) else scored.columns)


def test_a_wrong_comment_says_which() -> None:
    with pytest.raises(InputError, match='comment 2: "text" is missing'):
        modfilter.score(["fine", {"id": "x"}], tier="fast")

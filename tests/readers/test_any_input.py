"""Whatever a dump holds: nothing is raised but InputError, and every row is read or set aside.

A hundred examples for each reader; MODFILTER_EXAMPLES=10000 makes it ten thousand.
"""

import csv
import gzip
import io
import json
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import msgspec
import pyarrow as pa
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from modfilter.errors import InputError
from modfilter.readers import STDIN, Dump, Intake, Reject, read, spooled
from modfilter.readers.packed import GZIP, ZSTD
from modfilter.records import Article, Comment

ANY = settings(max_examples=int(os.environ.get("MODFILTER_EXAMPLES", "100")))
Row = dict[str, Any]

texts = st.text(st.characters(exclude_categories=()), max_size=40)
"""All of Unicode, halves of characters included."""
clean_texts = st.text(max_size=40)
pieces = r"<p> </p> <b <br> &lt; &#0; &#x110000; <!-- ]]> <![CDATA[ <?x <li>".split()
html_texts = st.lists(clean_texts | st.sampled_from([*pieces, "\0"]), max_size=6).map("".join)
ids = st.integers(0, 5).map(str) | st.integers(0, 5)
"""Few, so that ids come twice and replies go round in rings."""
numbers = st.integers() | st.floats() | st.just(10**400) | st.just(-(2**63) - 1)
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(10**30) | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
) | st.integers(1, 200).map(lambda deep: json.loads('{"a":' * deep + "1" + "}" * deep))
times = st.sampled_from(
    (
        "2026-03-01T08:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-02-30",
        "yesterday",
        "",
    )
)


def rows_of(fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[list[Row]]:
    """Give rows in which fields are right, missing, of another type, or not known at all."""
    drawn = {key: st.one_of(right, right, right, junk) for key, right in fields.items()}
    row = st.fixed_dictionaries({}, optional=drawn) | st.fixed_dictionaries(drawn)
    right = st.fixed_dictionaries(fields)
    more = st.dictionaries(texts, junk, max_size=2)
    return st.lists(st.one_of(right, st.builds(lambda row, more: {**more, **row}, row, more)), max_size=8)


class Outcome:
    """What came out of a dump, and whether all of it did."""

    def __init__(self, data: bytes, name: str, format: str | None = None) -> None:
        self.read: list[Comment | Article] = []
        self.rejects: list[Reject] = []
        self.refused = False
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, name)
            path.write_bytes(data)
            self._take(str(path), format)

    def _take(self, path: str, format: str | None) -> None:
        saved_at = date(2026, 3, 1)
        again: list[Reject] = []
        try:
            found = Dump(path, path, format, saved_at).read(Intake({}, self.rejects.append))
            self.read = [item for _, item, _ in found]
            windows = [*read(path, Intake({}, again.append), format=format, saved_at=saved_at)]
        except InputError:
            self.refused = True
            return
        comments = [comment for window in windows for thread in window.threads for comment in thread.comments]
        assert len({comment.id for comment in comments}) == len(comments)
        # What comes twice is set aside as well.
        assert len(comments) + len(again) - len(self.rejects) == len(self.comments)
        for window in windows:
            msgspec.msgpack.encode(window)
            msgspec.json.encode(window)

    @property
    def comments(self) -> list[Comment]:
        return [item for item in self.read if isinstance(item, Comment)]

    @property
    def rows(self) -> int:
        """How many rows were read or set aside."""
        return len(self.read) + len(self.rejects)


def json_lines(rows: Sequence[Row]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


OURS = {
    "id": ids,
    "text": texts,
    "article_id": ids | st.none(),
    "parent_id": ids | st.none(),
    "author": texts | st.none(),
    "created_at": times,
    "extra": st.dictionaries(texts, junk, max_size=2),
}
ARTICLE = {"id": ids, "title": texts, "body": texts, "url": texts}
REDDIT = {
    "id": ids,
    "body": html_texts | st.just("[deleted]"),
    "link_id": ids,
    "parent_id": ids.map(lambda number: f"t1_{number}"),
    "created_utc": numbers | st.integers(0, 2**31).map(str),
}
SUBMISSION = {"id": ids, "title": html_texts, "selftext": html_texts, "subreddit": texts}
CORAL = {
    "id": ids,
    "storyID": ids,
    "revisions": st.lists(st.fixed_dictionaries({"body": html_texts}), max_size=2),
    "parentID": ids | st.none(),
    "createdAt": st.fixed_dictionaries({"$date": times}) | times,
}
STORY = {"id": ids, "tenantID": texts, "url": texts, "metadata": st.fixed_dictionaries({"title": texts})}


@ANY
@given(rows_of(OURS), rows_of(ARTICLE))
def test_json_lines(comments: list[Row], articles: list[Row]) -> None:
    rows = [*comments, *articles]
    got = Outcome(json_lines(rows), "dump.jsonl")
    assert got.rows == len(rows) or (got.refused and not rows)


@ANY
@given(rows_of(REDDIT), rows_of(SUBMISSION))
def test_reddit(comments: list[Row], articles: list[Row]) -> None:
    rows = [*comments, *articles]
    got = Outcome(json_lines(rows), "dump.ndjson")
    assert got.rows == len(rows) or (got.refused and not rows)


@ANY
@given(rows_of(CORAL), rows_of(STORY))
def test_coral(comments: list[Row], articles: list[Row]) -> None:
    rows = [*comments, *articles]
    got = Outcome(json_lines(rows), "dump.jsonl")
    assert got.rows == len(rows) or (got.refused and not rows)


@ANY
@given(
    st.sampled_from([("csv", ","), ("tsv", "\t")]),
    st.permutations(["id", "text", "parent_id", "created_at", "author"]),
    st.lists(st.lists(clean_texts | ids.map(str), min_size=1, max_size=6), max_size=8),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_tables(
    kind: tuple[str, str], header: list[str], rows: list[list[str]], quoting: Any, encoding: str
) -> None:
    suffix, delimiter = kind
    text = io.StringIO(newline="")
    table = csv.writer(text, delimiter=delimiter, quoting=quoting)
    table.writerows([header, *rows])
    got = Outcome(text.getvalue().encode(encoding), f"dump.{suffix}")
    assert got.rows == len(rows) or (got.refused and "\0" in text.getvalue())


COLUMNS: dict[str, list[Callable[[], pa.DataType]]] = {
    "id": [pa.string, pa.int64, pa.large_string],
    "text": [pa.string, pa.large_string, lambda: pa.dictionary(pa.int32(), pa.string()), pa.binary],
    "parent_id": [pa.string, pa.int64],
    "created_at": [
        *(lambda unit=unit: pa.timestamp(unit) for unit in ("s", "us", "ns")),
        lambda: pa.timestamp("us", "Africa/Harare"),
        lambda: pa.timestamp("us", "Nowhere/Here"),
        pa.string,
    ],
    "more": [
        pa.date32,
        pa.date64,
        pa.float64,
        pa.bool_,
        lambda: pa.duration("ns"),
        lambda: pa.time64("ns"),
        lambda: pa.decimal128(20, 3),
        lambda: pa.list_(pa.int64()),
        lambda: pa.struct([("x", pa.timestamp("us"))]),
        lambda: pa.map_(pa.string(), pa.int64()),
    ],
}
wide = st.integers(-(2**62), 2**62) | st.integers(0, 3)


def values_of(kind: pa.DataType) -> st.SearchStrategy[Any]:
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind):
        return clean_texts | ids.map(str)
    if pa.types.is_binary(kind):
        return st.binary(max_size=9)
    if pa.types.is_list(kind):
        return st.lists(wide, max_size=2)
    if pa.types.is_map(kind):
        return st.lists(st.tuples(clean_texts, wide), max_size=2)
    if pa.types.is_struct(kind):
        return st.fixed_dictionaries({"x": wide})
    if pa.types.is_floating(kind):
        return st.floats()
    if pa.types.is_boolean(kind):
        return st.booleans()
    if pa.types.is_decimal(kind):
        return st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-9, max_value=9)
    if kind.id == pa.timestamp("s").id and kind.unit == "s":  # is written as milliseconds
        return wide.map(lambda value: value // 1000)
    return st.integers(0, 2**31 - 1) if kind.bit_width == 32 else wide


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    names = draw(st.sets(st.sampled_from([*COLUMNS]), min_size=1)) | draw(
        st.just({"id", "text"}) | st.just(set())
    )
    count = draw(st.integers(0, 6))
    columns = {}
    for name in sorted(names):
        kind = draw(st.sampled_from(COLUMNS[name]))()
        values = draw(st.lists(st.none() | values_of(kind), min_size=count, max_size=count))
        stored = pa.int32() if kind.id == pa.date32().id else pa.int64()
        if pa.types.is_temporal(kind):
            columns[name] = pa.array(values, stored).view(kind)
        elif pa.types.is_struct(kind):
            inner = [None if value is None else value["x"] for value in values]
            columns[name] = pa.StructArray.from_arrays([pa.array(inner, stored).view(kind[0].type)], ["x"])
        else:
            columns[name] = pa.array(values, kind)
    return pa.table(columns)


@ANY
@given(tables(), st.integers(1, 4))
def test_parquet(table: pa.Table, group: int) -> None:
    file = io.BytesIO()
    parquet.write_table(table, file, row_group_size=group)
    got = Outcome(file.getvalue(), "dump.parquet")
    assert got.refused == (not {"id", "text"} <= {*table.column_names})
    assert got.refused or got.rows == table.num_rows


def elements_of(names: dict[str, st.SearchStrategy[str]]) -> st.SearchStrategy[str]:
    """Give some of a row's elements, in any order, some of them twice or nested where they do not belong."""
    element = st.sampled_from([*names]).flatmap(
        lambda name: names[name].map(lambda value: _element(name, value))
    )
    return st.lists(element, max_size=8).map("".join)


def _element(name: str, content: str) -> str:
    return f"<{name}>{content}</{name}>"


legal = st.text(
    st.characters(codec="utf-8", exclude_characters="\ufffe\uffff", min_codepoint=32), max_size=30
)
content = legal.map(escape) | st.lists(
    legal | st.sampled_from(["<p>", "<b", "&amp;", "<li>", "<!--"]), max_size=4
).map(lambda pieces: f"<![CDATA[{''.join(pieces).replace(']]>', '')}]]>")
xml_ids = st.integers(0, 5).map(str) | content
wordpress_comment = elements_of(
    {
        "wp:comment_id": xml_ids,
        "wp:comment_content": content,
        "wp:comment_parent": xml_ids,
        "wp:comment_type": st.sampled_from(["", "comment", "pingback"]),
        "wp:comment_date_gmt": st.sampled_from(["2026-03-01 08:00:00", "0000-00-00 00:00:00", "soon"]),
        "wp:other": content,
    }
).map(lambda inner: f"<wp:comment>{inner}</wp:comment>")


@ANY
@given(
    st.lists(
        st.tuples(
            elements_of({"title": content, "wp:post_id": xml_ids, "content:encoded": content}),
            st.lists(wordpress_comment, max_size=5),
        ),
        max_size=4,
    )
)
def test_wordpress(items: list[tuple[str, list[str]]]) -> None:
    inner = "".join(f"<item>{fields}{''.join(comments)}</item>" for fields, comments in items)
    data = (
        '<rss xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        f' xmlns:wp="http://wordpress.org/export/1.2/"><channel>{inner}</channel></rss>'
    )
    got = Outcome(data.encode(), "dump.xml")
    assert not got.refused
    assert len(got.comments) + len(got.rejects) == sum(len(comments) for _, comments in items)


disqus_row = st.tuples(
    st.sampled_from(["thread", "post"]),
    st.none() | xml_ids.map(quoteattr),
    elements_of(
        {
            "title": content,
            "message": content,
            "link": content,
            "author": content.map(lambda name: f"<name>{name}</name>"),
            "createdAt": st.sampled_from(["2026-03-01T08:00:00Z", "soon"]),
            "isSpam": st.sampled_from(["true", "false", "?"]),
        }
    ),
    st.none() | st.integers(0, 5),
    st.none() | st.integers(0, 5),
)


@ANY
@given(st.lists(disqus_row, max_size=8))
def test_disqus(rows: list[tuple[str, str | None, str, int | None, int | None]]) -> None:
    inner = ""
    for name, id, fields, thread, parent in rows:
        links = f'<thread dsq:id="{thread}"/>' * (thread is not None) + f'<parent dsq:id="{parent}"/>' * (
            parent is not None
        )
        inner += f"<{name}{f' dsq:id={id}' if id else ''}>{fields}{links}</{name}>"
    data = (
        f'<disqus xmlns="http://disqus.com" xmlns:dsq="http://disqus.com/disqus-internals">{inner}</disqus>'
    )
    got = Outcome(data.encode(), "dump.xml")
    assert not got.refused
    assert got.rows == len(rows)


page_lines = st.one_of(
    clean_texts,
    st.builds(
        lambda name, age: f"{name} {age} ago",
        clean_texts,
        st.sampled_from(["1 day", "an hour", "99999999999 years"]),
    ),
    st.sampled_from(
        ["Reply", "Leave a comment", "Comments (3)", "1 month ago", "just now", "", "@Tino", "@"]
    ),
)


@ANY
@given(st.lists(page_lines, max_size=20), st.sampled_from(["utf-8", "utf-16", "latin-1"]))
def test_a_page_as_text(lines: list[str], encoding: str) -> None:
    Outcome("\n".join(lines).encode(encoding, "replace"), "page.txt")


@st.composite
def threads(draw: st.DrawFn) -> tuple[str, list[str]]:
    """Give a thread as HTML, comments nested or not, ended or not, and the word that each comment must keep."""
    markup, words, open_ = [], [], 0
    for number in range(draw(st.integers(0, 6))):
        word = f"word{number}x"
        around = draw(html_texts)
        name, age = draw(clean_texts), draw(st.sampled_from(["1 day ago", "<b>", "99999999999999 years ago"]))
        markup.append(
            f'<div class="comment"><cite>{escape(name)}</cite><time datetime="{draw(times)}">{age}</time>'
            f'<div class="comment-content">{word} {escape(around) if draw(st.booleans()) else "<p>"}</div>'
        )
        open_ += 1
        words.append(word)
        for _ in range(draw(st.integers(0, open_))):
            markup.append("</div>")
            open_ -= 1
    return "".join(markup), words


@ANY
@given(threads(), html_texts, html_texts)
def test_a_page_as_html(thread: tuple[str, list[str]], before: str, after: str) -> None:
    markup, words = thread
    got = Outcome(f"<html><body><h1>Rail</h1>{markup}</body></html>".encode("utf-8", "replace"), "page.html")
    if not (got.refused and "\0" in markup):
        assert [comment.text.split()[0] for comment in got.comments] == words
    Outcome(f"<html>{before}{markup}{after}".encode("utf-8", "replace"), "page.html")


@ANY
@given(
    rows_of(OURS),
    st.sampled_from([gzip.compress, zstandard.compress]),
    st.booleans(),
    st.none() | st.floats(0, 1),
)
def test_packed(rows: list[Row], pack: Callable[[bytes], bytes], twice: bool, cut: float | None) -> None:
    data = pack(json_lines(rows)) * (1 + twice)
    if cut is None:
        got = Outcome(data, "dump.jsonl.gz")
        assert got.rows == len(rows) * (1 + twice) or (got.refused and not rows)
        return
    at = int(len(data) * cut)
    got = Outcome(data[:at], "dump.jsonl.gz")
    told_apart = at >= len(ZSTD) and at not in (len(data), len(data) // 2 if twice else 0)
    assert got.refused or not told_apart or any("packed file" in reject.reason for reject in got.rejects)


@ANY
@given(
    st.binary(max_size=200)
    | rows_of(OURS).map(json_lines)
    | st.builds(
        lambda start, rest: start + rest,
        st.sampled_from(
            [
                b"PAR1",
                GZIP,
                ZSTD,
                b"{",
                b"<",
                b"\xff\xfe",
                b"\xef\xbb\xbf",
                b"id,text\n",
            ]
        ),
        st.binary(max_size=100),
    ),
    st.none() | st.sampled_from(["jsonl", "csv", "tsv", "parquet", "page", "wordpress", "disqus"]),
)
def test_standard_input(data: bytes, format: str | None) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(data))))  # type: ignore[arg-type]
        try:
            with spooled(STDIN) as path:
                windows = [*read(path, Intake({}), name=STDIN, format=format)]
        except InputError:
            return
    msgspec.msgpack.encode(windows)

"""Exports of comment systems, packed files, folders: every comment with its article and what it answers."""

import errno
import gzip
import json
import sqlite3
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest
import zstandard
from pyarrow import parquet

from modfilter import batch
from modfilter import policy as policies
from modfilter.errors import InputError
from modfilter.pipeline import load_judges
from modfilter.readers import Intake, Reject, Window, packed, read
from modfilter.readers.intake import WINDOW
from modfilter.records import Article, Comment

from ..conftest import ROOT, Run

sys.path.insert(0, str(ROOT / "scripts" / "benchmarks"))
import dumps

DUMPS = ROOT / "fixtures" / "dumps"


class Got:
    """What came out of a dump."""

    def __init__(self, path: Path, articles: Mapping[str, Article] | None = None) -> None:
        self.rejects: list[Reject] = []
        self.articles: dict[str, Article] = {}
        self.intake = Intake(articles or {}, self.rejects.append, lambda a: self.articles.update({a.id: a}))
        self.windows: list[Window] = [*read(str(path), self.intake)]
        self.threads = [thread for window in self.windows for thread in window.threads]
        self.comments: dict[str, Comment] = {c.id: c for thread in self.threads for c in thread.comments}

    @property
    def answers(self) -> dict[str, str]:
        """The id of each reply, and the text of what it answers."""
        found = {}
        for thread in self.threads:
            for comment in thread.comments:
                if parent := thread.parent(comment):
                    found[comment.id] = parent.text
        return found

    def article_of(self, comment: str) -> Article | None:
        return next(t.article for t in self.threads if any(c.id == comment for c in t.comments))


def test_a_wordpress_export_with_its_oddities() -> None:
    got = Got(DUMPS / "wordpress.xml")
    assert [*got.comments] == ["42", "41", "44"]
    assert got.articles["7"].title == "Council & vendors agree on new stalls"
    assert got.articles["7"].body.splitlines()[0].startswith("The city council and the vendors")
    assert got.articles["8"].title == "photo"
    first, parent, third = got.comments.values()
    assert first.text == "Ndizvozvo, zvakanaka!\nAsi ma stall acho anokwana here?"
    assert first.created_at == datetime(2026, 3, 1, 8, 12, tzinfo=UTC)
    assert parent.text == "200 stalls for 3 000 vendors & they call it news"
    assert got.answers == {"42": parent.text}
    assert (first.extra["status"], parent.extra["status"], third.extra["status"]) == (
        "approved",
        "pending",
        "trash",
    )
    assert got.article_of("44") == got.articles["8"]
    assert [reject.reason for reject in got.rejects] == ["a pingback, which no reader wrote"]


def test_a_disqus_export() -> None:
    got = Got(DUMPS / "disqus.xml")
    assert [(c.id, c.author, c.text) for c in got.comments.values()] == [
        ("900", "Baba Rue", "200 stalls for 3 000 vendors\n\nand they call it news"),
        ("901", "mai_tino", "Ndizvozvo <3"),
    ]
    assert got.answers == {"901": got.comments["900"].text}
    assert got.comments["901"].created_at is None
    assert got.comments["901"].extra[
        "createdAt" if "createdAt" in got.comments["901"].extra else "created_at"
    ]
    assert got.comments["901"].extra["isSpam"] is True
    assert got.article_of("900") == got.articles["200"]


def test_a_reddit_archive_packed_with_a_long_window(tmp_path: Path) -> None:
    path = tmp_path / "RC_2026-03.zst"
    parameters = zstandard.ZstdCompressionParameters.from_level(3, window_log=27)
    path.write_bytes(
        zstandard.ZstdCompressor(compression_params=parameters).compress(
            (DUMPS / "reddit.ndjson").read_bytes()
        )
    )
    got = Got(path)
    assert [*got.comments] == ["t1_c2", "t1_c1"]
    assert got.comments["t1_c2"].text == "Ndizvozvo > asi ma stall mashoma"
    assert got.comments["t1_c2"].created_at == datetime(2026, 3, 1, 8, 32, tzinfo=UTC)
    assert got.answers == {"t1_c2": got.comments["t1_c1"].text}
    assert got.article_of("t1_c1") == got.articles["t3_s1"]
    assert [reject.reason for reject in got.rejects] == ["the text is gone: [removed]"]


def test_a_coral_export() -> None:
    got = Got(DUMPS / "coral.jsonl")
    assert got.comments["b2"].text == "Ndizvozvo\nasi ma stall mashoma"
    assert got.comments["b1"].text == "200 stalls for 3 000 vendors"
    assert got.comments["b2"].extra["status"] == "NONE"
    assert got.answers == {"b2": got.comments["b1"].text}
    assert got.article_of("b2") == got.articles["story-1"]


def test_parquet_and_its_times(tmp_path: Path) -> None:
    path = tmp_path / "dump.parquet"
    when = datetime(2026, 3, 1, 8)
    table = pa.table({"id": [1, 2], "text": ["Makadii", None], "created_at": [when, when], "score": [3, 4]})
    parquet.write_table(table, path)
    got = Got(path)
    assert got.comments["1"].created_at == when.replace(tzinfo=UTC)
    assert got.comments["1"].extra == {"score": 3}
    assert [(reject.line, reject.reason) for reject in got.rejects] == [(2, '"text" is missing')]
    parquet.write_table(pa.table({"id": [1], "comment": ["x"]}), path)
    with pytest.raises(InputError, match='Rename the column "comment"'):
        Got(path)


def test_parquet_of_which_a_part_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "dump.parquet"
    late = pa.array([0, 2**60, 0, 0], pa.int64()).view(pa.timestamp("us"))
    nanos = pa.array([1, 2, 3, 4], pa.int64()).view(pa.timestamp("ns"))
    spans = pa.array([1, 2, 3, 4], pa.int64()).view(pa.duration("ns"))
    texts = ["one", "two", "three", "four"]
    columns = {"id": texts, "text": texts, "created_at": late, "nanos": nanos, "spans": spans}
    parquet.write_table(pa.table(columns), path, row_group_size=2, compression="none", use_dictionary=False)
    got = Got(path)
    assert [comment.text for comment in got.comments.values()] == texts
    assert "unreadable" in got.comments["two"].extra["created_at"]
    msgspec.msgpack.encode(got.windows)
    whole = path.read_bytes()
    place = whole.index(b"\x03\0\0\0one")
    path.write_bytes(whole[:place] + b"\xff\xff\xff\x7f" + whole[place + 4 :])
    got = Got(path)
    assert [*got.comments] == ["three", "four"]
    assert [reject.line for reject in got.rejects] == [1]
    assert got.rejects[0].reason.startswith("malformed Parquet, up to row 2")


def test_a_window_of_long_comments_is_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modfilter.readers.intake.WINDOW_LENGTH", 10_000)
    path = tmp_path / "dump.jsonl"
    path.write_text("\n".join(json.dumps({"id": str(n), "text": "x" * 2_600}) for n in range(5)))
    assert [len(window.ids) for window in Got(path).windows] == [2, 2, 1]


def test_a_folder_of_pages_is_read_file_by_file(tmp_path: Path) -> None:
    for name in ("chirundu-market.txt", "sakubva-match.html"):
        (tmp_path / name).write_bytes((ROOT / "fixtures" / "threads" / name).read_bytes())
    (tmp_path / "notes.doc").write_text("not ours")
    got = Got(tmp_path)
    assert {*got.articles} == {"chirundu-market", "sakubva-match"}
    assert {thread.article.id for thread in got.threads if thread.article} == {*got.articles}


def test_parents_and_articles_may_be_far_away(tmp_path: Path) -> None:
    path = tmp_path / "dump.jsonl.gz"
    rows: list[dict[str, str]] = [{"id": "early", "text": "a reply", "parent_id": "late", "article_id": "a"}]
    rows += [{"id": str(n), "text": f"comment {n}", "article_id": "b"} for n in range(2 * WINDOW)]
    rows += [
        {"id": "late", "text": "what it answers", "article_id": "a"},
        {"id": "a", "title": "Stalls", "body": "x"},
    ]
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    got = Got(path)
    assert [len(window.ids) for window in got.windows] == [WINDOW, WINDOW, 2]
    assert got.answers == {"early": "what it answers"}
    assert got.article_of("early") == got.articles["a"]
    assert got.intake.comment_count == 2 * WINDOW + 2


def test_a_comment_twice_and_a_ring_of_replies(tmp_path: Path) -> None:
    path = tmp_path / "dump.jsonl"
    rows = [
        {"id": "1", "text": "a", "parent_id": "2"},
        {"id": "2", "text": "b", "parent_id": "1"},
        {"id": "1", "text": "again"},
        {"id": "3", "text": "c", "parent_id": "gone"},
    ]
    path.write_text("\n".join(map(json.dumps, rows)))
    got = Got(path)
    assert [*got.comments] == ["1", "2", "3"]
    assert got.answers == {"1": "b", "2": "a"}
    assert [reject.reason for reject in got.rejects] == ["id '1' was already read at line 1"]
    assert got.intake.missing_parents == 1


def test_a_file_that_was_cut_off_gives_what_it_holds_and_says_so(tmp_path: Path) -> None:
    rows = "\n".join(
        json.dumps({"id": str(n), "text": f"comment {n} {n * n}"}) for n in range(30_000)
    ).encode()
    for name, data in (("a.jsonl.gz", gzip.compress(rows)), ("b.jsonl.zst", zstandard.compress(rows))):
        path = tmp_path / name
        path.write_bytes(data[: len(data) * 3 // 4])
        got = Got(path)
        assert len(got.comments) > 1000
        assert got.rejects[-1].reason == "the packed file ends in the middle"
        path.write_bytes(data + data)
        assert len(Got(path).comments) == 30_000
        path.write_bytes(data[: len(data) // 2] + b"????" * 40)
        assert "the packed file" in Got(path).rejects[-1].reason
        path.write_bytes(data[:20])
        with pytest.raises(InputError, match="ends in the middle"):
            Got(path)


def test_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "FREE", 2**20)
    path = tmp_path / "bomb.jsonl.gz"
    path.write_bytes(gzip.compress(b" " * 2**25))
    with pytest.raises(InputError, match="unpacks to over 200 times its size"):
        Got(path)


def test_xml_entities_are_not_expanded_and_nothing_is_fetched(tmp_path: Path) -> None:
    path = tmp_path / "dump.xml"
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    path.write_text(
        f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY e0 "ha">{bomb}<!ENTITY s SYSTEM "file://{secret}">]>'
        '<disqus xmlns="http://disqus.com" xmlns:dsq="http://disqus.com/disqus-internals">'
        '<post dsq:id="1"><message>one &e11; &s; two</message><thread dsq:id="2"/></post></disqus>'
    )
    got = Got(path)
    told = "".join(comment.text for comment in got.comments.values())
    assert "ha" not in told
    assert "secret" not in told


def test_damaged_xml_gives_the_rest_and_one_reject(tmp_path: Path) -> None:
    path = tmp_path / "dump.xml"
    whole = (DUMPS / "wordpress.xml").read_text()
    path.write_text(whole.replace("Ndizvozvo,", "Ndizvozvo\x0b,"))
    got = Got(path)
    assert {*got.comments} == {"41", "42", "44"}
    assert sum("malformed XML" in reject.reason for reject in got.rejects) == 1
    path.write_text(whole[: whole.index("<item>\n\t\t<title>photo")])
    got = Got(path)
    assert {*got.comments} == {"41", "42"}
    assert any("malformed XML" in reject.reason for reject in got.rejects)


def test_a_line_too_long_is_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from modfilter.readers import files

    monkeypatch.setattr(files, "LONGEST", 1000)
    path = tmp_path / "dump.jsonl"
    path.write_text(
        "\n".join([json.dumps({"id": "1", "text": "x" * 5000}), json.dumps({"id": "2", "text": "y"})])
    )
    got = Got(path)
    assert [*got.comments] == ["2"]
    assert got.rejects[0].reason.startswith("longer than")
    assert got.rejects[0].line == 1


def test_standard_input_may_be_packed(run: Run, tmp_path: Path) -> None:
    data = gzip.compress(b'{"id": "1", "text": "Mvura yadzoka here?"}\n')
    result = run("score", "-", "-o", tmp_path / "out.jsonl.zst", "-q", stdin=data)
    assert result.status == 0, result.err
    record = json.loads(
        zstandard.ZstdDecompressor().stream_reader((tmp_path / "out.jsonl.zst").read_bytes()).read()
    )
    assert record["languages"]["main"] == "sn"


def test_a_parquet_table_is_written_with_types(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    assert run("score", DUMPS / "wordpress.xml", "-o", out, "-q").status == 0
    table = parquet.read_table(out)
    assert table.column("id").to_pylist() == ["42", "41", "44"]
    assert table.schema.field("incitement").type == pa.float32()
    assert table.schema.field("created_at").type == pa.timestamp("us", tz="UTC")
    assert json.loads((tmp_path / "out.parquet.run.json").read_text())["comments"] == 3


def test_one_thread_is_decided_alike_in_every_format(tmp_path: Path) -> None:
    article = {
        "id": "7",
        "title": "Council & vendors agree",
        "body": "The city council builds 200 stalls in Mbare.",
    }
    rows = [{**row, "article_id": "7"} for row in dumps.rows_of(1_000, 1)]
    own = Article(**article)
    work = batch.Work(load_judges(spend="fast"), policies.load())
    expected: list[tuple[str, float | None]] | None = None
    for path in dumps.write_every_format(tmp_path, article, rows):
        # CSV, TSV and Parquet hold no article: it comes beside them.
        given = {"7": own} if path.suffix in (".csv", ".tsv", ".parquet") else {}
        decided = [d for window in read(str(path), Intake(given)) for d in batch.in_order(window, work)]
        found = [(d.action.value, d.assessment.value("relevance")) for d in decided]
        assert len(found) == 1_000
        expected = expected or found
        assert found == expected, path.name


def test_a_full_disk_and_a_folder_that_cannot_be_written_say_so(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dump, out = DUMPS / "coral.jsonl", tmp_path / "out.jsonl"

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        result = run("score", dump, "-o", out)
    assert result.status == 1
    assert "cannot be written: No space left on device" in result.err
    assert "Traceback" not in result.err
    assert not out.exists()
    result = run("score", dump, "-o", "/proc/none/out.jsonl")
    assert result.status == 1
    assert "cannot be written" in result.err


def test_an_index_that_finds_no_room_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("modfilter.readers.index.Index._write", full)
    with pytest.raises(InputError, match="set TMPDIR"):
        Got(DUMPS / "coral.jsonl")


def test_odd_characters_are_carried_and_written(run: Run, tmp_path: Path) -> None:
    dump, out = tmp_path / "dump.jsonl", tmp_path / "out.jsonl"
    dump.write_bytes(
        b'{"id": "1", "text": "nul \\u0000 in it"}\n{"id": "2", "text": "lone \\ud800 half"}\n'
        b'{"id": "3", "text": "latin \xe9"}\n{"id": "4", "text": "\\u202eright to left"}\n'
    )
    assert run("score", dump, "-o", out, "-q").status == 0
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["text"] for row in rows] == ["nul \0 in it", "lone ? half", "\u202eright to left"]

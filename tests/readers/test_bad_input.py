"""Every kind of bad input: a clear message or a defined result, and nothing lost."""

import gzip
import json
from pathlib import Path

import pytest

from ..conftest import Run

GOOD = '{"id": "c1", "text": "Mvura yadzoka here?"}'


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("gone.jsonl", None, "gone.jsonl does not exist\nCheck the name"),
        ("empty.jsonl", b"", "empty.jsonl is empty"),
        ("picture.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is not text: it holds zero bytes"),
        ("page.txt", "Title\n\nCaf\xe9 body\n".encode("latin-1"), "page.txt:3: not UTF-8 (perhaps Latin-1"),
        ("dump.xyz", b"what is this", "cannot tell what format this is\nSay it with --format"),
        ("broken.jsonl", b"{]\n{]\n", "none of its 2 rows can be read\nThe first, at line 1: malformed JSON"),
        ("list.jsonl", b"[1]\n", "line 1: not a JSON object"),
        (
            "names.csv",
            b"id,comment\n1,x\n",
            'no column is called "text": found id, comment\nRename the column',
        ),
        ("names.csv", b"nr,text\n1,x\n", 'no column is called "id"'),
        ("twice.csv", b"id,text,text\n1,x,y\n", 'two columns are called "text"'),
        ("old.csv", b"id,text\r1,x\r2,y", "malformed CSV"),
        ("page.txt.gz", gzip.compress(b"Title\n\nTino 1 day ago\n\none")[:-9], "the packed file"),
        ("page.html.gz", gzip.compress(b"<html><p>Title" * 9)[:-9], "the packed file"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_where_and_what_to_try(
    run: Run, tmp_path: Path, name: str, content: bytes | None, says: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    result = run("score", path)
    assert result.status == 1
    assert says in result.err
    assert result.err.startswith("modfilter: ")
    assert "Traceback" not in result.err


def test_an_empty_folder_says_so(run: Run, tmp_path: Path) -> None:
    assert "is a folder without a file that can be read" in run("score", tmp_path).err


def test_a_bad_row_goes_to_the_rejects_and_the_run_goes_on(run: Run, tmp_path: Path) -> None:
    dump, out = tmp_path / "dump.jsonl", tmp_path / "out.jsonl"
    rows = [GOOD, "{oops", '{"id": "c2"}', '{"id": 7, "text": 5}', GOOD, '{"id": 8, "text": "ehe"}']
    dump.write_bytes("\n".join(rows).encode() + b'\n{"id": "c9", "text": "caf\xe9"}\n')
    result = run("score", dump, "-o", out)
    assert result.status == 0
    assert "5 rows could not be read" in result.out
    assert [json.loads(line)["id"] for line in out.read_text().splitlines()] == ["c1", "8"]
    rejects = [json.loads(line) for line in Path(f"{out}.rejects.jsonl").read_text().splitlines()]
    rejects.sort(key=lambda reject: reject["line"])
    assert [(r["line"], r["reason"].split(":")[0]) for r in rejects] == [
        (2, "malformed JSON"),
        (3, '"text" is missing'),
        (4, '"text" must be a string, not int'),
        (5, "id 'c1' was already read at line 1"),
        (7, "not UTF-8 (perhaps Latin-1 or Windows-1252"),
    ]
    assert rejects[0]["row"] == "{oops"
    assert rejects[4]["row"] == '{"id": "c9", "text": "café"}'


def test_strict_fails_when_a_row_was_rejected(run: Run, tmp_path: Path) -> None:
    dump = tmp_path / "dump.jsonl"
    dump.write_text(f"{GOOD}\n{{oops\n")
    assert run("score", dump, "--strict").status == 1
    assert run("score", dump).status == 0


def test_csv_rows_with_too_few_or_too_many_fields_are_rejected(run: Run, tmp_path: Path) -> None:
    dump, out = tmp_path / "dump.csv", tmp_path / "out.csv"
    dump.write_text('id,text\n1,"one, two"\n2\n3,a,b\n4,"line one\nline two"\n')
    assert run("score", dump, "-o", out).status == 0
    assert "2 fields" not in out.read_text()
    rejects = Path(f"{out}.rejects.jsonl").read_text()
    assert "1 fields where the header names 2" in rejects
    assert "3 fields where the header names 2" in rejects
    assert "line two" in out.read_text()


def test_utf16_is_read_where_it_is_marked(run: Run, tmp_path: Path) -> None:
    dump = tmp_path / "dump.csv"
    dump.write_bytes("id,text\r\n1,Makadii café\r\n".encode("utf-16"))
    result = run("score", dump, "-o", "-", "-q")
    assert json.loads(result.out)["text"] == "Makadii café"


def test_a_comment_of_a_megabyte_is_scored(run: Run, tmp_path: Path) -> None:
    dump = tmp_path / "dump.jsonl"
    text = "mvura iri kupera kuno kwedu " * 20_000 + "kill all the foreigners tonight, burn their houses"
    dump.write_text(json.dumps({"id": "1", "text": text * 2}))
    record = json.loads(run("score", dump, "-o", "-", "-q").out)
    assert len(record["text"]) > 1_000_000
    assert record["languages"]["main"] == "sn"
    # The worst window counts, so that a long comment hides nothing.
    assert record["scores"]["incitement"] > 0.5
    (found,) = [e for e in record["evidence"] if e["score"] == "incitement"]
    assert "foreigners" in record["text"][found["start"] : found["end"]]


@pytest.mark.parametrize("text", ["", " ", "😂😂😂", "....", "1234", "\u200b", "kkkkkk", "http://a.b/c"])
def test_a_comment_without_letters_has_no_language_and_is_scored(run: Run, tmp_path: Path, text: str) -> None:
    dump = tmp_path / "dump.jsonl"
    dump.write_text(json.dumps({"id": "1", "text": text}))
    record = json.loads(run("score", dump, "-o", "-", "-q").out)
    assert record["languages"]["main"] == "und"
    assert record["scores"]["incitement"] is not None
    # A bare link may be held as spam, and nothing here for anything else.
    assert {reason["score"] for reason in record["reasons"]} <= {"spam"}


def test_a_parent_that_does_not_exist_is_counted(run: Run, tmp_path: Path) -> None:
    dump = tmp_path / "dump.jsonl"
    dump.write_text('{"id": "1", "text": "ehe", "parent_id": "99"}')
    result = run("score", dump)
    assert result.status == 0
    assert "1 comments that others answer are not in the dump" in result.out


def test_an_article_without_comments_gives_no_records(run: Run, tmp_path: Path) -> None:
    page, out = tmp_path / "page.txt", tmp_path / "out.jsonl"
    page.write_text("A title\n\nA body of it.\n")
    result = run("score", page, "-o", out)
    assert result.status == 0
    assert "there are no comments" in result.out
    assert out.read_text() == ""
    assert json.loads(Path(f"{out}.articles.jsonl").read_text())["title"] == "A title"


def test_a_bad_line_of_articles_names_its_place(run: Run, tmp_path: Path) -> None:
    dump, articles = tmp_path / "dump.jsonl", tmp_path / "articles.jsonl"
    dump.write_text(GOOD)
    articles.write_text('{"id": "a", "title": "T"}\n{"id": "b"}\n')
    result = run("score", dump, "--articles", articles)
    assert result.status == 1
    assert f"{articles}:2: article 'b' has neither a title nor a body" in result.err


def test_a_date_that_is_none_keeps_the_comment(run: Run, tmp_path: Path) -> None:
    dump = tmp_path / "dump.jsonl"
    dump.write_text('{"id": "1", "text": "ehe", "created_at": "yesterday", "likes": 3}')
    record = json.loads(run("score", dump, "-o", "-", "-q").out)
    assert record["created_at"] is None
    assert record["extra"] == {"created_at": "yesterday", "likes": 3}


def test_what_is_carried_through_may_hold_any_number_and_some_depth(run: Run, tmp_path: Path) -> None:
    dump, out = tmp_path / "dump.jsonl", tmp_path / "out.jsonl"
    deep = '{"a":' * 60 + "1" + "}" * 60
    dump.write_text(
        f'{{"id": 1, "text": "hi", "likes": {10**30}}}\n{{"id": 2, "text": "hi", "tree": {deep}}}\n'
    )
    assert run("score", dump, "-o", out, "-q", "--tier", "fast", "--workers", 2).status == 0
    (record,) = [json.loads(line) for line in out.read_text().splitlines()]
    assert record["extra"] == {"likes": str(10**30)}
    rejects = Path(f"{out}.rejects.jsonl").read_text()
    assert "nested more than 50 levels" in rejects


def rejects_of(run: Run, dump: Path) -> list[tuple[int, str]]:
    """Score a dump; give line and reason of what was set aside, and see to it that it holds the row."""
    out = dump.parent / "out.jsonl"
    result = run("score", dump, "-o", out, "-q", "--tier", "fast")
    assert "Traceback" not in result.err
    rejects = [json.loads(line) for line in Path(f"{out}.rejects.jsonl").read_text().splitlines()]
    return [(reject["line"], reject["reason"]) for reject in rejects]


def test_rows_that_broke_a_reader_are_set_aside(run: Run, tmp_path: Path) -> None:
    dump = tmp_path / "dump.jsonl"
    deep = "[" * 100_000 + "]" * 100_000
    rows = [
        GOOD,
        f'{{"id": "2", "text": "x", "more": {deep}}}',
        f'{{"id": "3", "text": "\\ud83d", "more": {deep}}}',
        '{"id": "4", "body": 5, "link_id": "t3_a"}',
        '{"id": "5", "title": 5, "selftext": [], "subreddit": "z"}',
        '{"id": ["6"], "body": "x", "link_id": "t3_a"}',
        '{"id": "7", "storyID": "s", "revisions": [{"body": {"a": 1}}]}',
    ]
    dump.write_text("\n".join(rows))
    found = rejects_of(run, dump)
    assert [line for line, _ in found] == [2, 3, 4, 5, 6, 7]
    assert [reason for _, reason in found[:3]] == [
        *("it is nested too deep", "it is nested too deep", '"text" must be a string, not int')
    ]


def test_what_cannot_be_written_does_not_stop_a_run(run: Run, tmp_path: Path) -> None:
    dump = tmp_path / "dump.jsonl"
    digits = "9" * 5_000
    rows = [
        f'{{"id": "1", "text": "x", "created_at": {10**30}}}',
        '{"id": "2", "text": "x", "created_at": "0001-01-01T00:00:00+14:00"}',
        '{"id": "3", "text": "x", "created_at": ["\\ud83d"]}',
        '{"id": "4", "text": "x", "extra": 5}',
        f'{{"id": "5", "body": "&#{digits}; x", "link_id": "t3_a"}}',
        f'{{"id": "6", "storyID": "s", "revisions": [{{"body": "<b>&#{digits}; \\ud83d x"}}]}}',
    ]
    dump.write_text("\n".join(rows))
    result = run("score", dump, "-o", "-", "-q", "--tier", "fast")
    records = [json.loads(line) for line in result.out.splitlines()]
    assert [record["extra"] for record in records[:4]] == [
        {"created_at": str(10**30)},
        {"created_at": "0001-01-01T00:00:00+14:00"},
        {"created_at": ["?"]},
        {"extra": 5},
    ]
    assert [record["text"] for record in records[4:]] == ["\ufffd x", "\ufffd ? x"]


def test_a_comment_may_speak_of_an_export(run: Run, tmp_path: Path) -> None:
    """Where one of the first comments held an address of Disqus, the whole dump was read as its export."""
    text = "see http://disqus.com and http://wordpress.org/export <rss>"
    jsonl, table, page = tmp_path / "a.jsonl", tmp_path / "a.csv", tmp_path / "a.html"
    jsonl.write_text(json.dumps({"id": "1", "text": text}))
    table.write_text(f"id,text\n1,{text}\n")
    page.write_text(f"<html><p>Title</p><li class='comment'><p class='comment-text'>{text}</p></li></html>")
    for path in (jsonl, table, page):
        record = json.loads(run("score", path, "-o", "-", "-q", "--tier", "fast").out)
        assert record["text"].startswith("see http://disqus.com and")


def test_utf16_that_is_damaged_costs_the_damaged_line_only(run: Run, tmp_path: Path) -> None:
    dump = tmp_path / "dump.jsonl"
    rows = [
        {"id": "1", "text": "one \u2028\x85 line"},
        {"id": "2", "text": "CUT"},
        {"id": "3", "text": "three"},
    ]
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    dump.write_bytes(lines.encode("utf-16").replace("CUT".encode("utf-16-le"), b"\x00\xd8A\0") + b"\0")
    assert rejects_of(run, dump) == [
        (2, "not UTF-16, though the file begins as such"),
        (4, "not UTF-16, though the file begins as such"),
    ]
    written = [*map(json.loads, (tmp_path / "out.jsonl").read_bytes().splitlines())]
    assert [record["text"] for record in written] == ["one \u2028\x85 line", "three"]
    page = tmp_path / "page.html"
    page.write_bytes(
        "<html><p>T</p><li class='comment'><p class='comment-text'>é</p></li></html>".encode("utf-16")
    )
    assert json.loads(run("score", page, "-o", "-", "-q", "--tier", "fast").out)["text"] == "é"


def test_a_malformed_row_of_a_table_is_shown_among_the_rejects(run: Run, tmp_path: Path) -> None:
    dump = tmp_path / "dump.csv"
    dump.write_bytes(b"id,text\n1,one\rtwo\n2,three\n")
    assert [line for line, _ in rejects_of(run, dump)] == [2]
    (reject,) = Path(f"{tmp_path / 'out.jsonl'}.rejects.jsonl").read_text().splitlines()
    assert json.loads(reject)["row"] == "1,one\rtwo\n"

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from modfilter.report import gather, render

from .conftest import THREADS, Run

HOSTILE = [
    "kill them </script><script>alert(1)</script>",
    "kill them <img src=x onerror=alert(1)>",
    'kill them "}]</script> \u2028 \u2029 <!-- <script>',
    "kill them \u202edetrever\u202c & &lt;b&gt;",
    "kill them " + "x" * 50_000,
]


@pytest.fixture
def scored(run: Run, tmp_path: Path) -> Path:
    out = tmp_path / "scored.jsonl"
    assert run("score", THREADS / "chirundu-market.txt", "-o", out, "-q").status == 0
    return out


class Elements(HTMLParser):
    """Collects the elements of a page, and the text of its scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.found and self.found[-1][0] == "script":
            self.scripts.append(data)


def test_the_report_lists_what_is_to_be_reviewed_most_urgent_first(scored: Path) -> None:
    report = gather(scored)
    actions = [entry.action for entry in report.entries]
    assert report.total == 26
    assert actions == sorted(actions, key=["hold", "flag"].index)
    held = [e.scores["incitement"] for e in report.entries if e.action == "hold"]
    assert held == sorted(held, reverse=True)
    assert all(
        entry.article and entry.article.startswith("Chirundu Market Closed") for entry in report.entries
    )
    assert any(entry.parent for entry in report.entries)
    for entry in report.entries:
        for mark in entry.marks:
            assert 0 <= mark.start < mark.end <= len(entry.text)


def test_the_page_fetches_nothing_and_escapes_everything(run: Run, tmp_path: Path) -> None:
    dump, out = tmp_path / "</title><script>.jsonl".replace("/", "∕"), tmp_path / "out.jsonl"
    dump.write_text(
        "\n".join(json.dumps({"id": n, "text": t, "author": t[:60]}) for n, t in enumerate(HOSTILE))
    )
    assert run("score", dump, "-o", out, "-q").status == 0
    policy = tmp_path / "p.toml"
    policy.write_text("")
    page = render(gather(out))
    elements = Elements(page)
    assert [tag for tag, _ in elements.found].count("script") == 2
    assert not [tag for tag, _ in elements.found if tag in ("img", "iframe", "link", "object")]
    assert not [attrs for _, attrs in elements.found if any(name.startswith("on") for name in attrs)]
    assert not re.findall(r"""(?:src|href|url)\s*[=(]""", page.replace(elements.scripts[0], ""))
    texts = [entry["text"] for entry in json.loads(elements.scripts[0])]
    assert set(texts) <= set(HOSTILE)
    assert texts
    policy_text = next(a["content"] for t, a in elements.found if t == "meta" and "http-equiv" in a)
    assert policy_text is not None
    assert policy_text.startswith("default-src 'none'")


def test_the_command_writes_the_page(run: Run, scored: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    result = run("report", scored, "-o", page)
    assert result.status == 0
    assert "of 26 comments to review" in result.out
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_line_that_is_no_record_is_named(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"id": 1}\n')
    result = run("report", path, "-o", tmp_path / "r.html")
    assert result.status == 1
    assert f"{path}:1: not a record" in result.err


def test_a_report_without_its_articles_still_opens(scored: Path) -> None:
    Path(f"{scored}.articles.jsonl").unlink()
    assert gather(scored).entries[0].article == "chirundu-market"
    Path(f"{scored}.articles.jsonl").write_text("{")
    with pytest.raises(Exception, match="not articles"):
        gather(scored)

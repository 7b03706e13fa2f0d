import csv
import io
import json
import re
import time
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

from modfilter.errors import InputError
from modfilter.records import Article, Decision
from modfilter.report import Report, gather
from modfilter.report.campaigns import Copy, Sketches, campaigns_of
from modfilter.report.context import Near
from modfilter.report.embed import FIELDS, embedded
from modfilter.report.markdown import markdown
from modfilter.report.page import SCRIPTS, render
from modfilter.report.strings import LANGUAGES, strings
from modfilter.report.times import Clock
from modfilter.sinks.files import packed, written

from .conftest import ROOT, THREADS, Run
from .reports import ARTICLE, NOON, decision, write

HOSTILE = [
    "kill them </script><script>alert(1)</script>",
    "kill them <img src=x onerror=alert(1)>",
    'kill them "}]</script> \u2028 \u2029 <!-- <script>',
    "kill them \u202edetrever\u202c & &lt;b&gt;",
    "kill them " + "x" * 49_990,
]


@pytest.fixture
def scored(run: Run, tmp_path: Path) -> Path:
    out = tmp_path / "scored.jsonl"
    assert run("score", THREADS / "chirundu-market.txt", "-o", out, "-q").status == 0
    return out


def report_of(tmp_path: Path, *decisions: Decision, **options: int) -> Report:
    return gather([write(tmp_path / "made.jsonl", decisions)], **options)  # type: ignore[arg-type]


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
        if self.found and self.found[-1][0] == "script" and data.strip():
            self.scripts.append(data)


# ── what is gathered ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_report_lists_what_is_to_be_reviewed_most_urgent_first(scored: Path) -> None:
    report = gather([scored])
    actions = [entry.action for entry in report.entries]
    assert report.overview.total == 26
    assert report.to_review == len(report.entries)
    assert actions == sorted(actions, key=["hold", "flag"].index)
    assert report.entries[0].scores["incitement"] > 0.9
    assert all(
        entry.article and entry.article.startswith("Chirundu Market Closed") for entry in report.entries
    )
    assert any(entry.around.parent for entry in report.entries)
    for entry in report.entries:
        for mark in entry.marks:
            assert 0 <= mark.start < mark.end <= len(entry.text)


def test_of_two_that_incite_alike_the_one_that_drew_answers_comes_first(tmp_path: Path) -> None:
    answers = [decision(f"r{n}", "what", parent_id="answered") for n in range(9)]
    report = report_of(
        tmp_path,
        decision("alone", "kill them", incitement=0.85),
        decision("answered", "kill them all", incitement=0.8),
        decision("flagged", "you fool", insult=0.9),
        *answers,
    )
    assert [entry.id for entry in report.entries] == ["answered", "alone", "flagged"]
    assert report.entries[0].around.replies == 9
    assert [near.id for near in report.entries[0].around.answers] == ["r0", "r1"]


def test_a_comment_stands_between_its_neighbours_and_below_what_it_answers_wherever_that_lies(
    tmp_path: Path,
) -> None:
    first = write(
        tmp_path / "monday.jsonl",
        [
            decision("c1", "one"),
            decision("c2", "kill", incitement=0.9, parent_id="c9"),
            decision("c3", "two"),
        ],
    )
    other = Article(id="a2", title="Other news", body="")
    second = write(
        tmp_path / "tuesday.jsonl",
        [decision("x", "elsewhere", article_id="a2"), decision("c9", "later")],
        [other],
    )
    (entry,) = gather([first, second]).entries
    around = entry.around
    assert around.parent
    assert around.before
    assert around.after
    assert (around.parent.id, around.before.id, around.after.id) == ("c9", "c1", "c3")
    assert entry.article == ARTICLE.title


def test_what_is_beyond_the_cap_is_counted_and_the_page_says_so(tmp_path: Path) -> None:
    made = [decision(f"c{n}", f"kill {n}", incitement=0.6 + n / 100) for n in range(10)]
    report = report_of(tmp_path, *made, most=3)
    assert [entry.id for entry in report.entries] == ["c9", "c8", "c7"]
    assert report.to_review == 10
    assert "3 of 10 comments to review are listed" in render(report)
    assert "more comments are to be reviewed" not in markdown(report_of(tmp_path, *made))


def test_a_page_never_holds_more_than_it_has_room_for(tmp_path: Path) -> None:
    made = [decision(f"c{n}", "kill " * 100, incitement=0.9 - n / 100) for n in range(20)]
    report = report_of(tmp_path, *made)
    data, rows, _ = embedded(report, room=5_000)
    assert 1 < len(rows) < 10
    assert data.columns.id == [f"c{n}" for n in range(len(rows))]
    # A neighbour that was cut off with its row is not pointed at.
    for row in rows:
        for place in (row[FIELDS.index("before")], row[FIELDS.index("after")]):
            assert place is None or (isinstance(place, int) and place >= -len(rows))
    assert len(embedded(report, room_near=0).near) == 0


def test_an_id_that_two_files_decided_on_is_listed_once(tmp_path: Path) -> None:
    one = write(tmp_path / "1.jsonl", [decision("c", "kill", incitement=0.7)])
    two = write(tmp_path / "2.jsonl", [decision("c", "kill", incitement=0.9)])
    report = gather([one, two])
    assert [entry.scores["incitement"] for entry in report.entries] == [0.9]
    assert report.overview.total == 2


@pytest.mark.parametrize("suffix", [".zst", ".gz"])
def test_packed_records_give_the_same_report(tmp_path: Path, suffix: str) -> None:
    plain = write(tmp_path / "s.jsonl", [decision("c", "kill", incitement=0.7), decision("d", "fine")])
    path = tmp_path / f"s.jsonl{suffix}"
    with written(str(path)) as stream, packed(stream, path.name) as packing:
        packing.write(plain.read_bytes())
    Path(f"{path}.articles.jsonl").write_bytes(Path(f"{plain}.articles.jsonl").read_bytes())
    assert gather([path], title="t") == gather([plain], title="t")


def test_records_without_a_comment_give_a_report_that_says_so(tmp_path: Path, run: Run) -> None:
    (tmp_path / "none.jsonl").write_text("")
    page = tmp_path / "none.html"
    assert run("report", tmp_path / "none.jsonl", "-o", page).status == 0
    assert "No comment carries a time." in page.read_text(encoding="utf-8")


def test_the_key_of_the_decisions_is_that_of_the_comments_and_of_nothing_else(tmp_path: Path) -> None:
    one = report_of(tmp_path, decision("c", "kill", incitement=0.7))
    assert one.key == report_of(tmp_path, decision("c", "kill", incitement=0.8)).key
    assert one.key != report_of(tmp_path, decision("d", "kill", incitement=0.7)).key


def test_an_audit_sample_is_listed_whole_with_what_its_comments_answer(tmp_path: Path) -> None:
    how = {"stratum": "publish/en", "probability": 0.1}
    answer = {"sampled": how, "answers": "Who is there?"}
    report = report_of(
        tmp_path,
        decision("calm", "Good morning", parent_id="gone", extra=answer),
        decision("known", "And to you", parent_id="calm", extra=answer),
        decision("held", "kill them", incitement=0.9, extra={"sampled": how}),
        decision("not drawn", "Good evening", extra={"sampled": True, "answers": "a column of the dump"}),
    )
    assert {entry.id: entry.sampled for entry in report.entries} == {
        "held": True,
        "calm": True,
        "known": True,
    }
    assert report.entries[0].id == "held"
    assert report.to_review == 3
    parents = {entry.id: entry.around.parent for entry in report.entries}
    assert parents["calm"] == Near("gone", None, "Who is there?")
    assert parents["known"] == Near("calm", None, "Good morning")
    assert embedded(report).data.columns.sampled == [1, 1, 1]


def test_a_run_and_its_sample_read_as_one_say_what_was_drawn(tmp_path: Path) -> None:
    run = write(
        tmp_path / "run.jsonl", [decision("a", "kill", incitement=0.9), decision("b", "beat", incitement=0.7)]
    )
    drawn = decision("a", "kill", incitement=0.9, extra={"sampled": {"stratum": "hold/en", "probability": 1}})
    sample = write(tmp_path / "sample.jsonl", [drawn])
    assert [(entry.id, entry.sampled) for entry in gather([run, sample]).entries] == [
        ("a", True),
        ("b", False),
    ]


def test_thousands_of_comments_that_all_differ_a_little_hold_up_nobody() -> None:
    words = [f"word{n}" for n in range(2_040)]  # each shares 19 words of 20 with the next, and none with most
    chain = [
        Copy(id=str(n), text=" ".join(words[n : n + 20]), article=str(n % 5), author=None, action="hold")
        for n in range(2_000)
    ]
    begun = time.monotonic()
    assert [*campaigns_of([chain])]
    assert time.monotonic() - begun < 60  # it was minutes


# ── the overview ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_overview_counts_by_action_reason_language_article_and_tier(tmp_path: Path) -> None:
    numbers = report_of(
        tmp_path,
        decision("1", "kill", incitement=0.9, tier="deep"),
        decision("2", "fool", insult=0.9, mix={"sn": 0.6, "en": 0.4}),
        decision("3", "cars", relevance=0.1, article_id="a2"),
        decision("4", "fine", failure="harms: out of memory"),
    ).overview
    assert numbers.actions == {"publish": 1, "flag": 2, "hold": 1, "reject": 0}
    assert numbers.languages["sn"]["flag"] == 1
    assert numbers.mixed == 1
    assert {rule.rule: rule.comments for rule in numbers.rules} == {
        "incitement": 1,
        "insult": 1,
        "off-topic": 1,
    }
    assert numbers.tiers.actions["deep"] == {"publish": 0, "flag": 0, "hold": 1, "reject": 0}
    assert numbers.tiers.failures == {"harms: out of memory": 1}
    assert [(t.title, t.comments, t.incite) for t in numbers.threads] == [(ARTICLE.title, 3, 1), ("a2", 1, 0)]


def test_a_thread_that_left_its_topic_shows_the_comment_at_which_it_turned(tmp_path: Path) -> None:
    made = [decision(str(n), f"comment {n}", relevance=0.9 if n < 10 else 0.1) for n in range(18)]
    made.insert(3, decision("amen", "Amen", relevance=0.1, generic=True))
    (thread,) = report_of(tmp_path, *made).overview.threads
    assert (thread.turned_at, thread.turned_with) == ("10", "comment 10")
    assert (thread.drift.before, thread.drift.after, thread.drift.comments) == (1.0, 0.0, 18)


def test_comments_are_counted_over_time_and_one_wrong_date_does_not_stretch_the_chart() -> None:
    clock = Clock()
    clock.add(NOON - timedelta(days=20_000), incites=False, off_topic=False)
    clock.add(None, incites=True, off_topic=True)
    for n in range(300):
        clock.add(NOON + timedelta(hours=n / 10), incites=n % 3 == 0, off_topic=n % 10 == 0)
    times = clock.times()
    assert times.step == "hour"
    assert len(times.moments) == 30
    assert times.undated == 1
    assert sum(moment.comments for moment in times.moments) == 301
    assert sum(moment.incite for moment in times.moments) == 100
    assert Clock().times().moments == []


@pytest.mark.parametrize(
    ("days", "step"), [(2, "hour"), (10, "6 hours"), (50, "day"), (300, "week"), (9000, "year")]
)
def test_the_step_of_the_chart_fits_the_time_that_the_comments_span(days: int, step: str) -> None:
    clock = Clock()
    for n in range(100):
        clock.add(NOON + timedelta(days=days * n / 100), incites=False, off_topic=False)
    times = clock.times()
    assert times.step == step
    assert len(times.moments) <= 60


def test_rejects_and_the_account_of_the_run_are_told(run: Run, tmp_path: Path) -> None:
    dump, out, page = tmp_path / "d.jsonl", tmp_path / "s.jsonl", tmp_path / "r.html"
    dump.write_text('{"id": "1", "text": "fine"}\n{"id": "2"}\n{"id": "3", "te\n{"id": "<b>"}\n')
    assert run("score", dump, "-o", out, "-q").status == 0
    numbers = gather([out]).overview
    assert numbers.rejects == 3
    assert numbers.reject_reasons['"text" is missing'] == 2
    assert [reject.line for reject in numbers.rejected] == [2, 3, 4]
    assert numbers.tiers.runs[0].rejects == 3
    assert "3  rows could not be read" in run("report", out, "-o", page).out
    assert "&lt;b&gt;" in page.read_text(encoding="utf-8")


# ── campaigns ─────────────────────────────────────────────────────────────────────────────────────────────────

CALL = "All of them must leave our market by Friday, pass this on to every group"


def test_copies_and_near_copies_of_a_comment_across_articles_are_one_campaign(tmp_path: Path) -> None:
    near = [CALL.upper() + "!!!", CALL.replace("Friday", "Fridayyy"), "please " + CALL, CALL, CALL]
    made = [
        decision(f"c{n}", text, incitement=0.7, article_id=f"a{n % 3}", author=f"u{n % 2}", created_at=NOON)
        for n, text in enumerate(near)
    ]
    others = [decision(f"o{n}", f"The council should mend road number {n} in ward {n * 7}") for n in range(9)]
    unlike = decision("u", "All of them were at the market on Friday and the police came to every stall")
    report = report_of(tmp_path, *made, *others, unlike)
    campaign = next(c for c in report.overview.campaigns if "c0" in c.ids)
    assert set(campaign.ids) == {f"c{n}" for n in range(5)}
    assert (campaign.exact, len(campaign.articles), campaign.authors) == (3, 3, 2)
    assert (campaign.first, campaign.last) == (NOON, NOON)
    assert all("u" not in c.ids for c in report.overview.campaigns)
    entry = next(entry for entry in report.entries if entry.id == "c0")
    assert entry.copies == 5
    assert entry.reach > 5


def test_what_everybody_says_is_no_campaign() -> None:
    sketches = Sketches()
    for text in ["So sad", "Amen!", "RIP"] * 20:
        sketches.add(text)
    assert sketches.groups() == []


def test_copies_under_one_article_are_told_from_five_on() -> None:
    copies = [Copy(id=str(n), text=CALL, article="a", author="u", action="publish") for n in range(5)]
    assert [len(c.ids) for c in campaigns_of([copies])] == [5]
    assert list(campaigns_of([copies[:4]])) == []


def test_copies_are_found_among_many_comments_whatever_block_they_come_in() -> None:
    sketches = Sketches()
    for n in range(2_500):
        sketches.add(
            CALL if n % 500 == 7 else f"comment {n * 7919} says something else about {n * 104729} things"
        )
    (group,) = [group for group in sketches.groups() if 7 in group]
    assert group == [7, 507, 1007, 1507, 2007]


def test_comments_beyond_those_that_are_compared_are_counted() -> None:
    sketches = Sketches(looked_at=2)
    for n in range(5):
        sketches.add(f"{CALL} {n}")
    assert sketches.passed_over == 3


# ── the page ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_page_fetches_nothing_and_escapes_everything(tmp_path: Path) -> None:
    made = [
        decision(str(n), text, incitement=0.9, author=text[:60], site=text[:20])
        for n, text in enumerate(HOSTILE)
    ]
    articles = [
        Article(id="a1", title="</title><script>alert(1)</script>", body="", url="javascript:alert(1)")
    ]
    path = write(tmp_path / "</title><script>.jsonl".replace("/", "∕"), made, articles)
    page = render(gather([path]))
    elements = Elements(page)
    assert [tag for tag, _ in elements.found].count("script") == 4
    assert not [tag for tag, _ in elements.found if tag in ("img", "iframe", "link", "object", "base")]
    assert not [a for _, a in elements.found if any(name.startswith("on") or name == "style" for name in a)]
    links = [attrs.get("href") or attrs.get("src") for _, attrs in elements.found]
    assert all(link.startswith("#") for link in links if link)
    assert "url(" not in page.partition("</style>")[0]
    assert len(json.loads(elements.scripts[0])["columns"]["id"]) == len(HOSTILE)
    rows = [json.loads(line) for line in elements.scripts[1].split("\n")]
    assert {row[FIELDS.index("text")] for row in rows} == set(HOSTILE)
    policy = next(a["content"] for t, a in elements.found if t == "meta" and "http-equiv" in a) or ""
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_every_string_stands_in_both_languages_with_the_same_places_to_fill() -> None:
    for name, texts in strings().items():
        assert set(texts) == set(LANGUAGES), name
        assert all(texts.values()), name
        places = {tag: set(re.findall(r"\{(\w+)\}", text)) for tag, text in texts.items()}
        assert places["en"] == places["sn"], name


def test_every_string_that_the_page_names_is_there_and_every_one_that_is_there_is_named() -> None:
    folder = ROOT / "modfilter" / "report"
    files = [*(folder / "page_files").iterdir(), folder / "markdown.py", folder / "page.py"]
    source = "\n".join(file.read_text(encoding="utf-8") for file in files)
    parts = {name.partition(".")[0] for name in strings()}
    named = {
        name
        for name in re.findall(r"[\"'`]([a-z]+\.[a-z_0-9]+)[\"'`]", source)
        if name.partition(".")[0] in parts
    }
    assert {name for name in named - strings().keys() if not name.endswith((".js", ".css"))} == set()
    # Names that are put together: say(`score.${name}`), t("keys." ~ name).
    made = {"action", "level", "stance", "score", "reason", "sort", "keys", "language", "because"}
    unused = {name for name in strings().keys() - named if name.partition(".")[0] not in made}
    assert unused - {"overview.fast", "overview.deep"} == set()


def test_the_page_is_made_of_all_its_files() -> None:
    folder = ROOT / "modfilter" / "report" / "page_files"
    scripts = {path.name for path in folder.glob("*.js") if not path.name.startswith("store_")}
    assert scripts == set(SCRIPTS)


# ── the other forms, and mistakes ─────────────────────────────────────────────────────────────────────────────


def test_the_command_writes_the_page_and_says_what_is_in_it(run: Run, scored: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    result = run("report", scored, "-o", page)
    assert result.status == 0
    assert "of 26 comments to review" in result.out
    assert "26 comments under 1 articles: publish" in result.out
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert run("report", scored, "-o", page, "-q").out == ""


def test_in_markdown_a_strangers_text_stays_text(tmp_path: Path) -> None:
    hostile = "kill ![x](http://evil.example/t.png) <img src=x> @everyone www.evil.example\n# Title\n| a |"
    text = markdown(report_of(tmp_path, decision("c", hostile, incitement=0.9, author="*bold*")))
    assert "![" not in text
    assert "<img" not in text
    assert "@everyone" not in text
    assert "www." not in text
    assert "http:" not in text
    assert "\n# Title" not in text
    assert "\\*bold\\*" in text
    assert "| incitement | Calls for, threatens or justifies violence against people. | hold | 1 |" in text


def test_the_table_is_safe_to_open_in_a_spreadsheet(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "s.jsonl", [decision("c", "=HYPERLINK(1)", incitement=0.9, author="+1")])
    out = tmp_path / "queue.csv"
    assert run("report", path, "-o", out, "-q").status == 0
    (row,) = csv.DictReader(io.StringIO(out.read_text(encoding="utf-8-sig")))
    assert (row["text"], row["author"]) == ("'=HYPERLINK(1)", "'+1")
    assert (row["urgency"], row["action"], row["incitement"]) == ("1", "hold", "0.9")


def test_a_line_that_is_no_record_is_named(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"id": 1}\n')
    result = run("report", path, "-o", tmp_path / "r.html")
    assert result.status == 1
    assert f"{path}:1: not a record" in result.err
    assert not (tmp_path / "r.html").exists()


def test_what_lies_beside_the_records_must_be_what_it_seems(tmp_path: Path) -> None:
    path = write(tmp_path / "s.jsonl", [decision("c", "kill", incitement=0.9)])
    Path(f"{path}.articles.jsonl").unlink()
    assert gather([path]).entries[0].article == "a1"
    for kind, message in (
        ("articles.jsonl", "not articles"),
        ("rejects.jsonl", "not rejects"),
        ("run.json", "not the account"),
    ):
        beside = Path(f"{path}.{kind}")
        beside.write_text("{")
        with pytest.raises(InputError, match=message):
            gather([path])
        beside.unlink()


def test_a_file_given_twice_and_a_format_that_is_not_known_are_mistakes(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "s.jsonl", [decision("c", "kill", incitement=0.9)])
    assert "given twice" in run("report", path, path, "-o", tmp_path / "r.html").err
    result = run("report", path, "-o", tmp_path / "r.pdf")
    assert result.status == 2
    assert "End the name in one of .html, .md, .csv" in result.err


def test_the_page_needs_its_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = report_of(tmp_path, decision("c", "kill", incitement=0.9))
    monkeypatch.setitem(__import__("sys").modules, "jinja2", None)
    with pytest.raises(Exception, match=re.escape("pip install 'modfilter[report]'")):
        render(report)


def test_a_report_is_plain_values(tmp_path: Path) -> None:
    report = report_of(tmp_path, decision("c", "kill", incitement=0.9))
    assert msgspec.json.decode(msgspec.json.encode(report), type=Report) == report

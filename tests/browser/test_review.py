"""Every interaction of the review page in a real browser: from disk and from a server, on a desktop and a phone."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from modfilter.records import Article, Decision

from ..reports import NOON, decision
from .conftest import SIZES, Open, Pages, disk_only, press, see, settle

TEXT = "🔥🔥 Vaurayei vese, then burn the shops"
"""Emoji take two places in a browser and one in a record."""


def thread() -> list[Decision]:
    """Give five comments to review, most urgent first, and three that are not."""
    return [
        decision("p1", "What are they doing here?", author="Mai Tino"),
        decision(
            "h1",
            TEXT,
            incitement=0.95,
            marks=[(3, 16), (23, 37)],
            mix={"sn": 0.3, "en": 0.7},
            author="Jah",
            spans=[(3, 16, "sn"), (18, 37, "en")],
            parent_id="p1",
            created_at=NOON,
            section="news",
        ),
        decision("h2", "kill them all", incitement=0.8, marks=[(0, 4)], created_at=NOON + timedelta(hours=3)),
        decision("p2", "Shame on you", parent_id="h1", author="Gogo"),
        decision("f1", "you fool", insult=0.9, created_at=NOON - timedelta(days=1)),
        decision(
            "f2",
            "Buy my cars",
            relevance=0.05,
            article_id="a2",
            tier="deep",
            created_at=NOON - timedelta(days=3),
        ),
        decision("f3", "ibenzi", insult=0.7, mix={"sn": 1.0}, created_at=NOON - timedelta(days=2)),
        decision("p3", "Peace", author="Baba"),
    ]  # fmt: skip


def busy_day() -> list[Decision]:
    """Give the thread, a campaign under four articles, a thread that drifts, and what a judge could not read."""
    campaign = [
        decision(f"c{n}", "All meet at the market at six, bring sticks", article_id=f"a{n}", incitement=0.7)
        for n in range(4)
    ]
    drifting = [
        decision(f"d{n}", f"comment {n}", relevance=0.9 if n < 9 else 0.1, article_id="a9") for n in range(16)
    ]
    hidden = decision(
        "hidden", "kill \u202e them", incitement=0.7, marks=[(0, 4)], failure="relevance: no memory"
    )
    return [*thread(), *campaign, *drifting, hidden]


@pytest.fixture
def address(page_of: Pages) -> str:
    articles = (
        Article(
            id="a1", title="Border closed after clashes", body="The border.", url="https://news.example/1"
        ),
        Article(id="a2", title="Water is back", body="Water."),
    )
    return page_of(*thread(), articles=articles)


@pytest.fixture(params=list(SIZES))
def page(request: pytest.FixtureRequest, address: str, open_page: Open) -> Any:
    return open_page(address, request.param)


CHOSEN = "current() === null ? '' : C.id[current()]"
"""The id of the comment that is shown."""
WORDS = """(() => {
  const comment = document.querySelector('#card .comment').cloneNode(true);
  comment.querySelectorAll('.tag').forEach((tag) => tag.remove());
  return comment.textContent;
})()"""
"""The words of that comment as they stand there, without the labels of languages."""
LISTED = "shown.map((n) => C.id[n])"
DECIDED = "Object.fromEntries([...verdicts].map(([id, v]) => [id, v.verdict]))"


def name(page: Any, moderator: str = "Rudo") -> None:
    """Say who decides, as a page from disk asks it at the first decision, and take that back."""
    if page.live:
        return
    press(page, "s")
    page.fill("#name", moderator)
    page.keyboard.press("Enter")
    page.wait_for_selector("#name-dialog", state="hidden")
    see(page, "verdicts.size", 1)
    settle(page)
    press(page, "u")
    see(page, "verdicts.size", 0)


def filters(page: Any) -> None:
    if not page.is_visible("#filters"):
        page.click("#more")


# ── going through and deciding ────────────────────────────────────────────────────────────────────────────────


def test_j_and_k_go_through_the_list_and_stop_at_its_ends(page: Any) -> None:
    see(page, CHOSEN, "h1")
    seen = []
    for key in "jjjjjkkk":
        press(page, key)
        seen.append(page.evaluate(CHOSEN))
    assert seen == ["h2", "f1", "f3", "f2", "f2", "f3", "f1", "h2"]
    selected = page.locator("[role=option][aria-selected=true]")
    assert selected.count() == 1
    assert selected.get_attribute("aria-posinset") == "2"
    assert "Comment 2 of 5" in page.inner_text("#announce")


@disk_only
def test_the_first_decision_asks_once_who_decides(page: Any) -> None:
    press(page, "r")
    assert page.is_visible("#name-dialog")
    see(page, DECIDED, {})
    page.keyboard.press("Enter")  # no name, no decision
    see(page, DECIDED, {})
    page.keyboard.type("Tendai")
    page.keyboard.press("Enter")
    page.wait_for_selector("#name-dialog", state="hidden")
    see(page, DECIDED, {"h1": "remove"})
    press(page, "a")
    see(page, DECIDED, {"h1": "remove", "h2": "approve"})
    assert page.input_value("#moderator") == "Tendai"


def test_deciding_goes_on_to_the_next(page: Any) -> None:
    name(page)
    for key, expected in (("r", "h2"), ("a", "f1"), ("s", "f3")):
        press(page, key)
        see(page, CHOSEN, expected)
    see(page, DECIDED, {"h1": "remove", "h2": "approve", "f1": "skip"})
    assert "3 decided" in page.inner_text("#status")
    press(page, "k")
    assert re.match("skipped by Rudo, ", page.text_content("#verdict") or "")


def test_u_takes_back_the_last_decision_and_shows_its_comment(page: Any) -> None:
    name(page)
    see(page, DECIDED, {})
    press(page, "a")
    press(page, "a")
    press(page, "k")
    press(page, "r")  # h2 again: another decision in place of the first
    see(page, DECIDED, {"h1": "approve", "h2": "remove"})
    press(page, "u")
    see(page, DECIDED, {"h1": "approve", "h2": "approve"})
    see(page, CHOSEN, "h2")
    press(page, "u")
    press(page, "u")
    see(page, DECIDED, {})
    press(page, "u")
    assert "nothing to take back" in (page.text_content("#said") or "")
    page.reload()
    page.wait_for_selector("body[data-ready]")
    see(page, DECIDED, {})


def test_the_reason_is_that_of_the_rule_unless_another_is_chosen(page: Any) -> None:
    name(page)
    assert page.input_value("#reason") == "incitement"
    press(page, "5")
    press(page, "r")
    press(page, "r")
    press(page, "j")
    press(page, "j")
    assert page.input_value("#reason") == "off_topic"
    reasons = page.evaluate("[...verdicts.values()].map((v) => v.reason)")
    assert reasons == ["spam", "incitement"]


def test_decisions_outlive_the_page_and_are_exported_as_json_lines(page: Any) -> None:
    who = "Rudo" if page.live else 'Tendai "T|T" 🇿🇼'
    name(page, who)
    press(page, "ras")
    page.reload()
    page.wait_for_selector("body[data-ready]")
    see(page, DECIDED, {"h1": "remove", "h2": "approve", "f1": "skip"})
    if page.size == "phone":
        assert not page.is_visible("#reader")
    with page.expect_download() as download:
        page.click("#export")
    assert re.fullmatch(r"decisions-[0-9a-f]{16}\.jsonl", download.value.suggested_filename)
    lines = [json.loads(line) for line in Path(download.value.path()).read_text("utf-8").splitlines()]
    assert [list(line) for line in lines] == [["id", "verdict", "reason", "moderator", "at"]] * 3
    assert [(line["id"], line["verdict"], line["reason"]) for line in lines] == [
        ("h1", "remove", "incitement"),
        ("h2", "approve", None),
        ("f1", "skip", None),
    ]
    assert {line["moderator"] for line in lines} == {who}
    assert all(
        abs(datetime.fromisoformat(line["at"]) - datetime.now(UTC)) < timedelta(minutes=5) for line in lines
    )


@disk_only
def test_an_audit_sample_is_reviewed_like_the_rest_and_can_be_shown_alone(
    page_of: Pages, open_page: Open
) -> None:
    how = {"sampled": {"stratum": "publish/en", "probability": 0.1}, "answers": "Who is there?"}
    held = decision("h", "kill them", incitement=0.9, marks=[(0, 4)])
    page = open_page(page_of(held, decision("calm", "Good morning", parent_id="gone", extra=how)))
    name(page)
    filters(page)
    page.select_option("[name=audit]", "1")
    see(page, LISTED, ["calm"])
    assert "publish" in page.inner_text("#card .badge")
    assert "audit sample" in page.inner_text("#card .facts")
    assert "Who is there?" in page.inner_text("#card .near")
    press(page, "r")
    see(page, "verdicts.get('calm').verdict", "remove")
    page.select_option("[name=audit]", "0")
    see(page, LISTED, ["h"])
    page.select_option("[name=audit]", "")
    page.select_option("[name=action]", "publish")
    see(page, LISTED, ["calm"])


def test_without_an_audit_sample_there_is_no_filter_for_it(page: Any) -> None:
    filters(page)
    assert not page.is_visible("[name=audit]")


def test_the_buttons_do_what_the_keys_do(page: Any) -> None:
    if page.size == "phone":
        page.click("[role=option] >> nth=0")
        assert not page.is_visible("#list")
    page.click("[data-verdict=remove]")
    if not page.live:
        page.fill("#name", "Rudo")
        page.click("#name-form [type=submit]")
    page.click("[data-verdict=approve]")
    page.click("#next")
    page.click("#previous")
    page.click("[data-verdict=skip]")
    page.click("#undo")
    see(page, DECIDED, {"h1": "remove", "h2": "approve"})
    see(page, CHOSEN, "f1")
    if page.size == "phone":
        page.click("#back")
        assert page.is_visible("#list")


def test_the_help_lists_every_key_and_single_keys_can_be_turned_off(page: Any) -> None:
    press(page, "?")
    assert page.is_visible("#keys-dialog")
    keys = page.locator("#keys-dialog dt").all_inner_texts()
    assert {"j", "k", "a", "r", "s", "u", "/", "?"} <= set(keys)
    press(page, "a")
    assert not page.is_visible("#name-dialog")
    page.uncheck("#single-keys")
    page.click("#keys-dialog [data-close]")
    press(page, "j")
    see(page, CHOSEN, "h1")
    page.reload()
    page.wait_for_selector("body[data-ready]")
    press(page, "j")
    see(page, CHOSEN, "h1")
    press(page, "?")
    page.check("#single-keys")
    page.keyboard.press("Escape")
    page.wait_for_selector("#keys-dialog", state="hidden")
    settle(page)
    press(page, "j")
    see(page, CHOSEN, "h2")


def test_keys_typed_into_a_field_decide_nothing(page: Any) -> None:
    press(page, "/")
    page.keyboard.type("jars")
    assert not page.is_visible("#name-dialog")
    assert page.input_value("[name=text]") == "jars"
    page.keyboard.press("Escape")
    page.keyboard.press("Control+a")
    assert not page.is_visible("#name-dialog")


def test_all_can_be_done_from_the_keyboard_alone(page: Any) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    see(page, "document.activeElement.id === 'list'", True)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    see(page, CHOSEN, "f2")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "detail"
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.verdict") == "remove":
            break
    page.keyboard.press("Enter")
    if not page.live:
        page.keyboard.type("Rudo")
        page.keyboard.press("Enter")
        page.wait_for_selector("#name-dialog", state="hidden")
    see(page, DECIDED, {"h1": "remove"})


# ── finding ───────────────────────────────────────────────────────────────────────────────────────────────────


FILTERS = [
    ("action", "flag", ["f1", "f3", "f2"]),
    ("rule", "insult", ["f1", "f3"]),
    ("language", "sn", ["h1", "f3"]),
    ("text", "BURN the", ["h1"]),
    ("text", "jah", ["h1"]),
    ("state", "open", ["h1", "h2", "f1", "f3", "f2"]),
    ("sort", "newest", ["h2", "h1", "f1", "f3", "f2"]),
    ("sort", "oldest", ["f2", "f3", "f1", "h1", "h2"]),
    ("sort", "thread", ["h1", "h2", "f1", "f3", "f2"]),
    ("sort", "replies", ["h1", "h2", "f1", "f3", "f2"]),
    ("text", "nothing like it", []),
]


def test_filters_and_order(page: Any) -> None:
    filters(page)
    for field, value, expected in FILTERS:
        control = page.locator(f"#filters [name={field}]")
        if field == "text":
            control.fill(value)
        else:
            control.select_option(value)
        see(page, LISTED, expected)
        if not expected:
            assert "No comment matches" in page.inner_text("#status")
        page.click("#filters [type=reset]")
        see(page, LISTED, ["h1", "h2", "f1", "f3", "f2"])


def test_filters_by_article_score_and_state(page: Any) -> None:
    filters(page)
    page.select_option("[name=article]", label="Water is back (1)")
    see(page, LISTED, ["f2"])
    page.click("#filters [type=reset]")
    page.wait_for_timeout(50)
    page.select_option("[name=score]", "insult")
    page.fill("[name=least]", "80")
    see(page, LISTED, ["f1"])
    page.select_option("[name=sort]", "score")
    page.fill("[name=least]", "60")
    see(page, LISTED, ["f1", "f3"])
    page.click("#filters [type=reset]")
    page.focus("#list")
    name(page)
    press(page, "a")
    page.select_option("[name=state]", "decided")
    see(page, LISTED, ["h1"])
    assert "(1)" in page.inner_text("#more")


@pytest.mark.parametrize("size", list(SIZES))
def test_the_overview_tells_what_happened(tmp_path: Path, page_of: Pages, open_page: Open, size: str) -> None:
    (tmp_path / "scored.jsonl.rejects.jsonl").write_text('{"line": 7, "reason": "no text", "row": "{}"}\n')
    page = open_page(page_of(*busy_day()), size)
    page.click("nav a[href='#overview']")
    tiles = page.locator("#overview .tiles dt, #overview .tiles dd").all_inner_texts()
    assert tiles == "comments 29 articles 5 publish 12 flag 10 hold 7".split()
    page.click("#overview summary")
    told = {
        part.partition("\n")[0]: " ".join(part.split())
        for part in page.locator("#overview > section").all_inner_texts()
    }
    for part, words in {
        "Reasons": "Calls for, threatens or justifies violence against people. hold 7",
        "Over time": "2026-03-02 12:00 2 2 0" if not page.live else "UTC",
        "Articles, and where their threads drift": "a9 turned from 100 % to 0 % at comment 9 16",
        "Campaigns: the same comment again and again": "4 times (4 word for word), 4 articles, 0 names",
        "Languages": "Shona (sn) · 1 (Show in the queue) 1 (Show in the queue) 2",
        "What the tiers did": "1 comments could not be judged: relevance: no memory",
        "Rows that could not be read": "refused when it comes" if page.live else "line 7: no text {}",
    }.items():
        assert words in told[part]
    assert ("carry no time" in told["Over time"]) is not page.live
    assert "deep · 1 · 1" in told["What the tiers did"]
    assert page.locator("#overview .chart rect.incite").count() > 0
    assert page.locator("#overview .drift polyline").count() == 2
    page.click("[data-filter=language][data-value=sn] >> nth=0")
    see(page, LISTED, ["h1", "f3"])
    filters(page)
    page.click("#filters [type=reset]")
    page.select_option("[name=sort]", "copies")
    see(page, f"{LISTED}.slice(0, 4).every((id) => id.startsWith('c'))", True)
    assert "copies: 4" in page.text_content("#card .facts")


def test_the_overview_leads_into_the_queue(page: Any) -> None:
    page.click("nav a[href='#overview']")
    assert page.is_visible("#overview")
    assert not page.is_visible("#queue")
    page.click("[data-filter=rule][data-value=insult]")
    page.wait_for_timeout(50)
    assert page.is_visible("#list")
    see(page, LISTED, ["f1", "f3"])
    page.click("nav a[href='#overview']")
    page.click("[data-filter=article] >> nth=0")
    see(page, LISTED, ["h1", "h2", "f1", "f3"])
    page.click("nav a[href='#overview']")
    press(page, "j")
    assert page.is_visible("#list")


# ── what is shown ─────────────────────────────────────────────────────────────────────────────────────────────


def test_deciding_words_and_languages_stand_where_the_record_says(page: Any) -> None:
    assert page.locator("#card .comment mark").all_text_contents() == ["Vaurayei vese", "burn the shops"]
    spans = page.locator("#card .comment .span")
    assert spans.locator(".tag").all_text_contents() == ["sn", "en"]
    assert spans.evaluate_all("all => all.map((span) => span.lang)") == ["sn", "en"]
    backgrounds = spans.evaluate_all("all => all.map((span) => getComputedStyle(span).backgroundColor)")
    assert len(set(backgrounds)) == 2
    assert page.evaluate(WORDS) == TEXT


def test_a_comment_shows_why_it_is_here_and_what_stands_around_it(page: Any) -> None:
    card = page.text_content("#card")
    for told in (
        "It answers Mai Tino · p1What are they doing here?",
        "Calls for, threatens or justifies violence against people.",
        "the rule “incitement” says 0.60 or more",
        "incites violence", "very likely (95 %)", "Towards violence, it most likely calls for it.",
        "Nearest sentence of the article", "The border at Chirundu.",
        "Answered by Gogo", "After it in the thread", "kill them all", "read by the fast tier", "answers: 1",
    ):  # fmt: skip
        assert told in card, told
    link = page.locator("#card .under a")
    assert link.get_attribute("href") == "https://news.example/1"
    assert link.get_attribute("rel") == "noreferrer noopener"


def test_a_neighbour_that_is_listed_too_can_be_gone_to(page: Any) -> None:
    if page.size == "phone":
        page.keyboard.press("Enter") if page.evaluate("document.activeElement.id") == "list" else None
        page.click("[role=option] >> nth=0")
    page.click("#card [data-go]")
    see(page, CHOSEN, "h2")


def test_the_page_speaks_shona(page: Any) -> None:
    page.select_option("#language", "sn")
    assert page.evaluate("document.documentElement.lang") == "sn"
    assert "Bvumidza" in (page.text_content("[data-verdict=approve]") or "")
    assert "Rinodana, rinotyisidzira" in (page.text_content("#card") or "")
    assert page.get_attribute("#detail", "aria-label") == "Shoko racho"
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert "Pfupiso" in page.inner_text("nav")
    assert "{" not in page.inner_text("body")


def test_on_paper_stand_the_overview_and_the_comments(page: Any) -> None:
    page.emulate_media(media="print", color_scheme="dark")
    see(page, "document.querySelectorAll('#print .card').length", 5)
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(28, 30, 33)"  # paper is white
    assert page.is_visible("#overview")
    assert not page.is_visible("#decide")
    assert not page.is_visible("nav")


def test_the_page_fits_its_screen(page: Any) -> None:
    for view in ("#queue", "#overview"):
        page.evaluate(f"location.hash = '{view}'")
        page.wait_for_timeout(50)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.evaluate("location.hash = '#queue'")
    if page.size == "phone":
        page.click("[role=option] >> nth=0")
    assert page.evaluate(
        "document.getElementById('detail').scrollWidth <= document.getElementById('detail').clientWidth"
    )
    small = page.evaluate(
        "[...document.querySelectorAll('button, select, input, summary, nav a')].filter((node) => node.offsetParent)"
        ".filter((node) => node.getBoundingClientRect().height < 24).map((node) => node.outerHTML.slice(0, 80))"
    )
    assert [node for node in small if "checkbox" not in node] == []


# ── keeping decisions ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_browser_that_keeps_nothing_still_exports_and_says_so_where_that_matters(
    address: str, open_page: Open
) -> None:
    full = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };"
    page = open_page(address, script=full)
    name(page)
    press(page, "a")
    assert page.is_visible("#not-saved") is not page.live
    with page.expect_download() as download:
        page.click("#export")
    assert json.loads(Path(download.value.path()).read_text("utf-8"))["verdict"] == "approve"


def test_loading_the_page_again_loses_neither_the_filters_nor_the_way_back(page: Any) -> None:
    name(page)
    filters(page)
    page.select_option("[name=article]", label="Border closed after clashes (4)")
    page.select_option("[name=rule]", "insult")
    page.select_option("[name=sort]", "oldest")
    see(page, LISTED, ["f3", "f1"])
    page.focus("#list")
    press(page, "r")
    page.reload()
    page.wait_for_selector("body[data-ready]")
    see(page, LISTED, ["f3", "f1"])
    see(page, CHOSEN, "f1")  # the first that is open
    press(page, "u")
    see(page, DECIDED, {})
    see(page, CHOSEN, "f3")


def test_what_another_window_decides_is_shown(address: str, open_page: Open) -> None:
    page = open_page(address)
    other = open_page(address, context=page.context)
    name(other)
    press(other, "a")
    see(page, "verdicts.size === 1", True)
    see(page, DECIDED, {"h1": "approve"})
    assert "approved by Rudo" in page.text_content("#verdict")
    press(other, "u")
    see(page, "verdicts.size === 0", True)


@disk_only
def test_another_report_has_decisions_of_its_own(page_of: Pages, open_page: Open) -> None:
    page = open_page(page_of(decision("h1", "kill", incitement=0.9)))
    name(page)
    press(page, "a")
    press(page, "a")
    again = open_page(
        page_of(decision("h1", "kill", incitement=0.9), decision("h2", "x")), context=page.context
    )
    see(again, DECIDED, {})


def test_an_empty_report_says_that_there_is_nothing_to_do(page_of: Pages, open_page: Open) -> None:
    page = open_page(page_of(decision("p", "fine")))
    assert "Nothing to review" in page.inner_text("#status")
    press(page, "jkarsu")
    assert not page.is_visible("#name-dialog")
    page.click("#export")
    assert not page.is_visible("#decide")


@disk_only
def test_of_a_long_list_only_what_is_in_sight_exists(page_of: Pages, open_page: Open) -> None:
    page = open_page(page_of(*(decision(f"c{n}", f"kill {n}", incitement=0.9) for n in range(3_000))))
    assert page.locator("[role=option]").count() < 40
    page.focus("#list")
    page.keyboard.press("End")
    see(page, CHOSEN, page.evaluate(LISTED)[-1])
    last = page.locator("[role=option][aria-selected=true]")
    assert last.get_attribute("aria-posinset") == "3000"
    assert last.is_visible()
    page.evaluate("document.getElementById('list').scrollTop = 50_000")
    page.wait_for_timeout(100)
    places = page.locator("[role=option]").evaluate_all("all => all.map((row) => Number(row.dataset.place))")
    assert places == sorted(places)
    assert len(places) < 40

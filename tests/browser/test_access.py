"""Nobody is kept out: axe-core finds nothing of WCAG 2.2 A or AA, in any view, size and colour scheme."""

from typing import Any

import pytest

from modfilter.records import Article

from .conftest import SIZES, Open, Pages, disk_only, press
from .test_review import busy_day, name

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture
def address(page_of: Pages) -> str:
    articles = (Article(id="a1", title="Border closed", body="x", url="https://news.example"),)
    return page_of(*busy_day(), articles=articles)


def violations(page: Any, axe: str) -> list[str]:
    # The page's own policy forbids what axe would add as an element; evaluated, it runs beside the page.
    page.evaluate(axe)
    found = page.evaluate(
        "(levels) => axe.run(document, { runOnly: { type: 'tag', values: levels } })"
        ".then((found) => found.violations.flatMap((v) =>"
        " v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 150)} ${n.failureSummary}`)))",
        LEVELS,
    )
    return list(found)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", list(SIZES))
def test_axe_finds_nothing(address: str, open_page: Open, axe: str, size: str, scheme: str) -> None:
    page = open_page(address, size, color_scheme=scheme)
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(245, 244, 241)", "dark": "rgb(22, 23, 26)"}[scheme]
    page.click("#more")
    name(page)
    press(page, "r")
    assert violations(page, axe) == []
    if size == "phone":
        page.click("[role=option] >> nth=0")
        assert violations(page, axe) == []
    press(page, "?")
    assert violations(page, axe) == []
    page.keyboard.press("Escape")
    page.evaluate("location.hash = '#overview'")
    page.wait_for_timeout(50)
    if size == "phone":
        page.evaluate("document.body.classList.remove('reading')")
    page.evaluate("document.querySelectorAll('details').forEach((node) => { node.open = true; })")
    assert violations(page, axe) == []


@disk_only
def test_axe_would_find_something(address: str, open_page: Open, axe: str) -> None:
    page = open_page(address)
    page.evaluate("document.getElementById('export').textContent = ''")
    assert any(found.startswith("button-name") for found in violations(page, axe))


def test_what_has_the_focus_is_seen_and_is_not_covered(address: str, open_page: Open) -> None:
    page = open_page(address)
    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        state = page.evaluate(
            "(() => { const node = document.activeElement; if (node === document.body) return null;"
            " const box = node.getBoundingClientRect(); const style = getComputedStyle(node);"
            " return [node.id || node.name || node.className || node.dataset.verdict || node.tagName,"
            "  parseFloat(style.outlineWidth) >= 2 && style.outlineStyle !== 'none',"
            "  box.width > 0 && box.top < innerHeight && box.bottom > 0]; })()"
        )
        if state is None:
            break
        assert state[1], f"{state[0]} does not show its focus"
        assert state[2], f"{state[0]} is out of sight"
        seen.add(state[0])
    assert {
        "skip",
        "moderator",
        "export",
        "keys",
        "language",
        "more",
        "list",
        "detail",
        "undo",
        "reason",
    } <= seen


def test_the_page_can_be_read_at_twice_its_size_and_with_wide_spacing(address: str, open_page: Open) -> None:
    page = open_page(address)
    page.set_viewport_size({"width": 640, "height": 512})  # 1280 by 1024 at 200 %
    page.evaluate("document.documentElement.style.fontSize = '150%'")
    page.evaluate(
        "for (const node of document.querySelectorAll('*'))"
        " Object.assign(node.style, { letterSpacing: '0.12em', wordSpacing: '0.16em' });"
    )
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.click("[role=option] >> nth=0")
    assert page.is_visible("#card .comment")
    assert page.is_visible("[data-verdict=approve]")

"""What strangers write stays text, and leaves the page as it is."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from modfilter.records import Article, Decision
from modfilter.store import Said

from ..reports import decision
from .conftest import SIZES, Open, Pages, Queue, disk_only, press, see
from .test_review import name

PAYLOADS = [
    line.replace("\\n", "\n")
    for line in (Path(__file__).parent / "payloads.txt").read_text(encoding="utf-8").splitlines()
]
ZALGO = "k" + "".join(chr(0x300 + n % 0x6F) for n in range(400)) + "ill them"
ODD = {
    "a word of 50,000 letters": "kill" + "x" * 49_996,
    "zalgo": ZALGO * 20,
    "an override of direction": "kill \u202egnp.tac\u202c them \u2066\u2067\u2069",
    "right to left": "اقتلوهم جميعا kill " * 20,
    "zero width": "k\u200bi\ufeffl\u2060l\u00ad them",
    "control characters": "kill\u0000\u0001\u0007\u001b[31m\u007f them",
    "an end of the script": "</script></body></html> kill",
    "a breaker of JSON": 'kill \\" \\u0022}]} \u2028\u2029 \\',
    "many lines": "kill\n" * 3_000,
    "tags of language": "kill\U000e0001\U000e0065\U000e006e",
    "wide letters": "﷽" * 300 + " kill 𒐫𒐫𒐫",
    "many spans": "kill " * 400,
}

READ_AND_DECIDE = """async () => {
  const seen = [];
  for (let n = 0; n < COUNT; n++) {
    choose(n);
    await new Promise((done) => setTimeout(done));
    seen.push([row(current())[F.text], document.querySelector("#card .comment").childElementCount]);
    if (n % 2) decide("remove");
  }
  return seen;
}"""


def hostile(id: str, text: str, **given: Any) -> Decision:
    return decision(id, text, incitement=0.9, author=text[:200], site=text[:80], marks=[(0, 1)], **given)


def test_there_are_200_payloads() -> None:
    assert len(set(PAYLOADS)) == 200


def test_none_of_200_payloads_runs_wherever_it_stands(page_of: Pages, open_page: Open) -> None:
    made = []
    for n, payload in enumerate(PAYLOADS):
        article = f"article {n}: {payload}"
        made.append(hostile(payload, payload, article_id=article, section=payload, created_at=None))
        made.append(decision(f"answer {n}", payload, parent_id=payload, article_id=article, author=payload))
    articles = tuple(
        Article(id=f"article {n}: {payload}", title=payload, body=payload, url=payload)
        for n, payload in enumerate(PAYLOADS)
    )
    # open_page fails where anything ran, was blocked, was fetched or raised an error.
    page = open_page(page_of(*made, articles=articles, title="</title><script>alert(1)</script>"))
    name(page, '"><img src=x onerror=alert(1)>')
    seen = page.evaluate(READ_AND_DECIDE)
    assert {text for text, _ in seen} == set(PAYLOADS)
    assert {children for _, children in seen} == {1}  # the mark
    page.hover("#card .comment")
    page.click("#card .comment")
    page.evaluate("location.hash = '#overview'")
    page.select_option("#language", "sn")
    page.emulate_media(media="print")
    page.wait_for_timeout(300)
    assert (
        page.evaluate(
            "document.querySelectorAll('img, iframe, object, embed, base, link, video, audio, form').length"
        )
        == 2 + page.live  # to log out
    )
    assert page.evaluate("document.scripts.length") == 4
    with page.expect_download():
        page.evaluate("exportAll()")
    page.reload()
    page.wait_for_selector("body[data-ready]")
    page.wait_for_timeout(200)


def test_a_moderators_name_runs_nothing_either(queue: Queue, open_page: Open) -> None:
    queue.log(*(hostile(payload, payload) for payload in PAYLOADS[:100]))
    queue.append(
        *(
            Said(site="daily", comment_id=id, decision=n, moderator=id, verdict="skip", at=datetime.now(UTC))
            for n, id in enumerate(PAYLOADS[:100], 1)
        )
    )
    page = open_page(queue.address)
    see(page, "verdicts.size", 100)
    shown = page.evaluate("shown.map((n, place) => { choose(place); return $('verdict').textContent; })")
    assert len(set(shown)) == 100


@disk_only
@pytest.mark.parametrize("size", list(SIZES))
def test_odd_text_is_shown_whole_and_breaks_nothing(page_of: Pages, open_page: Open, size: str) -> None:
    page = open_page(page_of(*(hostile(what, text) for what, text in ODD.items())), size)
    assert page.evaluate("COUNT") == len(ODD)
    if size == "phone":
        page.click("[role=option] >> nth=0")
    for _ in ODD:
        what = page.evaluate("C.id[current()]")
        for button in page.locator("#card .words button").all():
            button.click()
        shown = page.evaluate("document.querySelector('#card .comment').textContent")
        named = "(text) => plain(text).replace(/\\[(U\\+[0-9A-F]+|\\+\\d+ marks)\\]/g, '$1')"
        assert shown == page.evaluate(named, ODD[what]), what
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), what
        assert page.evaluate(
            "['detail', 'list'].map((id) => document.getElementById(id))"
            ".every((box) => box.scrollWidth <= box.clientWidth)"
        ), what
        assert page.evaluate(
            "(() => { const inner = document.querySelector('#card .words').getBoundingClientRect();"
            " const outer = document.getElementById('detail').getBoundingClientRect();"
            " return inner.left >= outer.left && inner.right <= outer.right + 1; })()"
        ), what
        press(page, "j")
    assert page.evaluate("current()") == len(ODD) - 1


@disk_only
def test_hidden_characters_are_named_in_the_page_as_in_the_rest_of_the_report(
    page_of: Pages, open_page: Open
) -> None:
    from modfilter.report.visible import visible

    page = open_page(page_of(decision("c", "kill", incitement=0.9)))
    everything = ".".join(chr(n) for n in [*range(0x3000), *range(0xFE00, 0x10000), *range(0xE0000, 0xE0200)])
    assert page.evaluate("(text) => plain(text)", everything) == visible(everything)

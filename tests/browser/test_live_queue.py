"""The page from a running server, in real browsers: two moderators at once, and a server that is killed."""

import re
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from modfilter.server.access import HASHED, hashed
from modfilter.store import DecisionLog, Said
from modfilter.store.decisions import Entry, Ground

from ..reports import ARTICLE, decision
from ..server.running import Running
from .conftest import SIZES, WATCH, press, see
from .test_access import violations
from .test_hostile import PAYLOADS
from .test_review import CHOSEN, DECIDED, LISTED, filters

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="starts a server of processes")

MODERATORS = "\n".join(
    f'[[moderator]]\nname = "{name}"\ntokens = ["{HASHED}{hashed(token)}"]\nsites = ["daily"]'
    for name, token in (("Rudo", "rudo's"), ("Tendai", "tendai's"))
)
TEXTS = ("kill them all", "beat them", "burn the shops", "hit her")
Enter = Callable[..., Any]


class Live:
    """A server with a log that is filled by hand, so that no model decides what is on the page."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.server = folder, Running(folder, tables=MODERATORS)
        self.server.wait()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    def log(self, *decisions: Any, article: Any = ARTICLE) -> None:
        log = DecisionLog(self.folder / "data" / "decisions.sqlite")
        log.append(
            [
                Entry(
                    site="daily",
                    protocol="native",
                    decision=each,
                    answered=each.action,
                    policy=Ground(b"p"),
                    models=Ground(b"m"),
                    article=article,
                    at=datetime.now(UTC),
                )
                for each in decisions
            ]
        ).result(5)
        log.close()

    def said(self) -> list[tuple[str, str | None, str]]:
        """Comment, verdict and moderator of each row, oldest first."""
        database = sqlite3.connect(self.folder / "data" / "decisions.sqlite")
        rows = database.execute(
            "SELECT comment_id, verdict, moderator FROM verdict ORDER BY number"
        ).fetchall()
        database.close()
        return rows

    def kill(self) -> None:
        """Kill the server as a failing machine would."""
        self.server.process.send_signal(signal.SIGKILL)
        self.server.process.wait(20)
        self.server.errors.close()

    def start(self) -> None:
        """Start it again, at the same address."""
        self.server = Running(self.folder, tables=MODERATORS, port=self.server.port)
        self.server.wait()


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    made = Live(tmp_path)
    yield made
    if made.server.process.poll() is None:
        made.server.stop()
    made.server.errors.close()


@pytest.fixture
def enter(browser: Any, live: Live) -> Iterator[Enter]:
    """Log in, in a browser of its own; nothing may run, be blocked or raise an error in it."""
    wrong: list[str] = []
    contexts: list[Any] = []

    def enter(token: str, size: str = "desktop") -> Any:
        width, height = SIZES[size]
        context = browser.new_context(viewport={"width": width, "height": height}, has_touch=size == "phone")
        contexts.append(context)
        context.add_init_script(WATCH)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on(
            "request",
            lambda asked: wrong.append(asked.url) if not asked.url.startswith(live.address) else None,
        )
        page.goto(f"{live.address}/queue")
        login(page, token)
        return page

    yield enter
    for context in contexts:
        for page in context.pages:
            wrong.extend(page.evaluate("window.__wrong"))
        context.close()
    assert wrong == []


def login(page: Any, token: str) -> None:
    page.fill("#token", token)
    page.keyboard.press("Enter")
    page.wait_for_selector("body[data-ready]")


def held(id: str, text: str = TEXTS[0], **given: Any) -> Any:
    return decision(id, text, incitement=0.9, marks=[(0, 3)], **given)


def test_two_moderators_see_each_others_verdicts_and_the_later_holds(live: Live, enter: Enter) -> None:
    live.log(*(held(f"c{n}", text) for n, text in enumerate(TEXTS)))
    rudo, tendai = enter("rudo's"), enter("tendai's", "phone")
    for page in (rudo, tendai):
        see(page, LISTED, ["c0", "c1", "c2", "c3"])
    assert rudo.input_value("#moderator") == "Rudo"
    press(rudo, "ra")
    see(rudo, DECIDED, {"c0": "remove", "c1": "approve"})
    see_late(tendai, DECIDED, {"c0": "remove", "c1": "approve"})
    assert tendai.evaluate(CHOSEN) == "c0"  # the page stays where its reader is
    assert re.match("removed by Rudo", tendai.text_content("#verdict") or "")
    press(tendai, "a")  # c0: another opinion
    see_late(rudo, DECIDED, {"c0": "approve", "c1": "approve"})
    assert live.said() == [
        ("c0", "remove", "Rudo"),
        ("c1", "approve", "Rudo"),
        ("c0", "approve", "Tendai"),
    ]
    press(tendai, "u")  # Rudo's holds again, and nobody says it a second time
    see(tendai, "verdicts.get('c0').moderator", "Rudo")
    see_late(rudo, "verdicts.get('c0').verdict", "remove")
    assert live.said()[3:] == [("c0", None, "Tendai")]
    rudo.reload()
    rudo.wait_for_selector("body[data-ready]")
    see(rudo, DECIDED, {"c0": "remove", "c1": "approve"})


def test_at_the_same_moment_both_are_stored_and_both_pages_come_to_show_the_same(
    live: Live, enter: Enter
) -> None:
    live.log(held("c0"))
    pages = [enter("rudo's"), enter("tendai's")]
    for page, verdict in zip(pages, ("approve", "remove"), strict=True):
        page.evaluate(f"decide('{verdict}')")
    for page in pages:
        see(page, "verdicts.size", 1)
    until(lambda: len(live.said()) == 2)
    _, verdict, moderator = live.said()[-1]
    for page in pages:
        see_late(page, "[verdicts.get('c0').verdict, verdicts.get('c0').moderator]", [verdict, moderator])


def test_a_server_that_is_killed_loses_no_verdict(live: Live, enter: Enter) -> None:
    live.log(*(held(f"c{n}", text) for n, text in enumerate(TEXTS)))
    page = enter("rudo's")
    with page.expect_response("**/queue/verdicts"):
        press(page, "r")
    live.kill()  # the moment after it has answered
    assert live.said() == [("c0", "remove", "Rudo")]
    press(page, "a")  # and the work goes on
    page.wait_for_selector("#not-saved:visible")
    assert "wait in this tab" in page.inner_text("#not-saved")
    press(page, "s")
    live.start()
    see_late(page, "document.getElementById('not-saved').textContent.includes('logged out')", True)
    page.reload()
    login(page, "rudo's")
    see(page, DECIDED, {"c0": "remove", "c1": "approve", "c2": "skip"})
    until(lambda: len(live.said()) == 3)
    assert live.said()[1:] == [("c1", "approve", "Rudo"), ("c2", "skip", "Rudo")]
    assert not page.is_visible("#not-saved")


def test_what_waits_in_a_tab_is_never_sent_in_anothers_name(live: Live, enter: Enter) -> None:
    live.log(held("c0"))
    page = enter("rudo's")
    live.kill()
    press(page, "r")
    page.wait_for_selector("#not-saved:visible")
    live.start()
    page.goto(f"{live.address}/queue")
    login(page, "tendai's")
    page.wait_for_timeout(6_000)
    see(page, DECIDED, {})
    assert live.said() == []


def test_new_comments_are_told_and_shown_when_asked_for(live: Live, enter: Enter) -> None:
    live.log(held("c0"))
    page = enter("rudo's")
    see(page, LISTED, ["c0"])
    live.log(held("c1", TEXTS[1]), decision("calm", "Good morning"))
    page.wait_for_selector("#newer:visible", timeout=10_000)
    assert "have come (1)" in page.inner_text("#newer")
    page.click("#newer a")
    page.wait_for_selector("body[data-ready]")
    see(page, LISTED, ["c0", "c1"])


def test_a_wrong_token_and_logging_out_lead_to_the_form(live: Live, enter: Enter) -> None:
    live.log(held("c0"))
    page = enter("rudo's")
    page.click("form[action='/queue/logout'] button")
    page.wait_for_selector("#token")
    page.fill("#token", "wrong")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=alert]")
    assert "not the token" in page.inner_text("[role=alert]")
    assert page.evaluate("document.activeElement.id") == "token"
    login(page, "rudo's")
    assert page.evaluate("location.search") == ""


@pytest.mark.parametrize("size", list(SIZES))
def test_axe_finds_nothing_in_the_form_and_in_the_live_page(
    live: Live,
    enter: Enter,
    axe: str,
    size: str,
) -> None:
    live.log(held("c0"))
    page = enter("rudo's", size)
    live.log(held("c1"))
    page.wait_for_selector("#newer:visible", timeout=10_000)
    assert violations(page, axe) == []
    page.click("form[action='/queue/logout'] button")
    page.wait_for_selector("#token")
    page.fill("#token", "wrong")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=alert]")
    assert violations(page, axe) == []


@pytest.mark.parametrize("size", list(SIZES))
def test_the_page_works_from_the_server_as_from_disk(live: Live, enter: Enter, size: str) -> None:
    live.log(
        decision("p", "What are they doing?"),
        held("c0", parent_id="p"),
        decision("f", "you fool", insult=0.9, article_id="a1"),
    )
    page = enter("rudo's", size)
    see(page, LISTED, ["c0", "f"])
    if size == "phone":
        page.click("[role=option] >> nth=0")
    assert "What are they doing?" in page.inner_text("#card .near >> nth=0")
    assert ARTICLE.title in page.inner_text("#card .under")
    page.click("[data-verdict=remove]")
    until(lambda: live.said() == [("c0", "remove", "Rudo")])
    page.click("#undo")
    until(lambda: live.said()[1:] == [("c0", None, "Rudo")])
    see(page, DECIDED, {})
    if size == "phone":
        page.click("#back")
    filters(page)
    page.select_option("[name=action]", "flag")
    see(page, LISTED, ["f"])
    page.evaluate("location.hash = '#overview'")
    assert "3" in page.inner_text("#overview .tiles")
    page.select_option("#language", "sn")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_none_of_200_payloads_runs_from_the_server_either(live: Live, enter: Enter) -> None:
    made = [held(payload, payload, author=payload, section=payload, site=payload) for payload in PAYLOADS]
    live.log(*made, article=ARTICLE)
    log = DecisionLog(live.folder / "data" / "decisions.sqlite")
    log.append(
        [
            Said(
                site="daily", comment_id=payload, decision=n + 1, moderator=payload, verdict="skip",
                at=datetime.now(UTC),
            )
            for n, payload in enumerate(PAYLOADS[:100])
        ]
    ).result(5)  # fmt: skip
    log.close()
    page = enter("rudo's")
    assert page.evaluate("COUNT") == len(PAYLOADS)
    see(page, "verdicts.size", 100)
    for _ in PAYLOADS:
        page.keyboard.press("j")
    page.keyboard.press("r")
    until(lambda: len(live.said()) == 101)
    assert (
        page.evaluate("document.querySelectorAll('img, iframe, object, embed, base, video, audio').length")
        == 0
    )
    assert page.evaluate("document.forms.length") == 3


def see_late(page: Any, script: str, expected: Any) -> None:
    """Wait for what another moderator did: the page asks for it every five seconds."""
    see(page, script, expected, tries=300)


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)

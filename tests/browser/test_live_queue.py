"""What only the page from a server does: two moderators at once, logging in, new comments, a server that is killed."""

import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from modfilter.server.access import HASHED, hashed

from ..reports import decision
from ..server.running import Running
from .conftest import SIZES, Open, Queue, login, press, see
from .test_access import violations
from .test_review import CHOSEN, DECIDED, LISTED

TEXTS = ("kill them all", "beat them", "burn the shops", "hit her")


def held(id: str, text: str = TEXTS[0], **given: Any) -> Any:
    return decision(id, text, incitement=0.9, marks=[(0, 3)], **given)


@pytest.fixture
def both(queue: Queue, open_page: Open) -> tuple[Any, Any]:
    """Two moderators at the same four comments, Rudo at a desk and Tendai with a phone."""
    queue.log(*(held(f"c{n}", text) for n, text in enumerate(TEXTS)))
    return open_page(queue.address), open_page(queue.address, "phone", token="tendai's")


def test_two_moderators_see_each_others_verdicts_and_the_later_holds(queue: Queue, both: Any) -> None:
    rudo, tendai = both
    for page in both:
        see(page, LISTED, ["c0", "c1", "c2", "c3"])
        assert page.evaluate("EVERY") == 5_000
    assert rudo.input_value("#moderator") == "Rudo"
    press(rudo, "ra")
    see(rudo, DECIDED, {"c0": "remove", "c1": "approve"})
    see_late(tendai, DECIDED, {"c0": "remove", "c1": "approve"})
    assert tendai.evaluate(CHOSEN) == "c0"  # the page stays where its reader is
    assert re.match("removed by Rudo", tendai.text_content("#verdict") or "")
    press(tendai, "a")  # c0: another opinion
    see_late(rudo, DECIDED, {"c0": "approve", "c1": "approve"})
    assert queue.said() == [
        ("c0", "remove", "Rudo"),
        ("c1", "approve", "Rudo"),
        ("c0", "approve", "Tendai"),
    ]
    press(tendai, "u")  # Rudo's holds again, and nobody says it a second time
    see(tendai, "verdicts.get('c0').moderator", "Rudo")
    see_late(rudo, "verdicts.get('c0').verdict", "remove")
    assert queue.said()[3:] == [("c0", None, "Tendai")]
    rudo.reload()
    rudo.wait_for_selector("body[data-ready]")
    see(rudo, DECIDED, {"c0": "remove", "c1": "approve"})


def test_at_the_same_moment_both_are_stored_and_both_pages_come_to_show_the_same(
    queue: Queue, both: Any
) -> None:
    for page, verdict in zip(both, ("approve", "remove"), strict=True):
        page.evaluate(f"decide('{verdict}')")
    for page in both:
        see(page, "verdicts.size", 1)
    until(lambda: len(queue.said()) == 2)
    _, verdict, moderator = queue.said()[-1]
    for page in both:
        see_late(page, "[verdicts.get('c0').verdict, verdicts.get('c0').moderator]", [verdict, moderator])


def test_new_comments_are_told_and_shown_when_asked_for(queue: Queue, open_page: Open) -> None:
    queue.log(held("c0"))
    page = open_page(queue.address)
    see(page, LISTED, ["c0"])
    queue.log(held("c1", TEXTS[1]), decision("calm", "Good morning"))
    page.wait_for_selector("#newer:visible")
    assert "have come (1)" in page.inner_text("#newer")
    with page.expect_navigation():
        page.click("#newer a")
    page.wait_for_selector("body[data-ready]")
    see(page, LISTED, ["c0", "c1"])


@pytest.mark.parametrize("size", list(SIZES))
def test_a_moderator_of_two_sites_chooses_between_them(queue: Queue, open_page: Open, size: str) -> None:
    queue.log(held("c0"))
    queue.log(held("w0", TEXTS[1]), site="weekly")
    page = open_page(queue.address, size, token="tendai's")
    press(page, "r")
    see(page, DECIDED, {"c0": "remove"})
    with page.expect_navigation():
        page.select_option("#site", "weekly")
    page.wait_for_selector("body[data-ready]")
    see(page, LISTED, ["w0"])
    see(page, DECIDED, {})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", list(SIZES))
def test_a_wrong_token_and_logging_out_lead_to_the_form_that_is_open_to_all(
    queue: Queue, open_page: Open, axe: str, size: str, scheme: str
) -> None:
    queue.log(held("c0"))
    page = open_page(queue.address, size, color_scheme=scheme)
    assert page.evaluate("location.search") == ""
    page.click("form[action='/queue/logout'] button")
    page.wait_for_selector("#token")
    page.fill("#token", "wrong")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=alert]")
    assert "not the token" in page.inner_text("[role=alert]")
    assert violations(page, axe) == []
    login(page, "rudo's")


# ── a server that is killed ───────────────────────────────────────────────────────────────────────────────────

MODERATORS = "\n".join(
    f'[[moderator]]\nname = "{name}"\ntokens = ["{HASHED}{hashed(token)}"]\nsites = ["daily"]'
    for name, token in (("Rudo", "rudo's"), ("Tendai", "tendai's"))
)
needs_processes = pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="starts a server of processes"
)


class Mortal(Queue):
    """The queue of a server that is a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.server = folder, Running(folder, tables=MODERATORS).wait()
        super().__init__(self.server.port, folder / "data" / "decisions.sqlite")

    def kill(self) -> None:
        """Kill the server as a failing machine would."""
        self.server.process.send_signal(signal.SIGKILL)
        self.server.process.wait(20)
        self.server.errors.close()

    def start(self) -> None:
        """Start it again, at the same address."""
        self.server = Running(self.folder, tables=MODERATORS, port=self.server.port).wait()


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Mortal]:
    made = Mortal(tmp_path)
    made.log(*(held(f"c{n}", text) for n, text in enumerate(TEXTS)))
    yield made
    if made.server.process.poll() is None:
        made.server.stop()
    made.server.errors.close()


@needs_processes
def test_a_server_that_is_killed_loses_no_verdict_of_two_moderators(mortal: Mortal, open_page: Open) -> None:
    rudo, tendai = open_page(mortal.address), open_page(mortal.address, "phone", token="tendai's")
    for page, key in ((rudo, "r"), (tendai, "a")):
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            page.keyboard.press(key)
    rudo.keyboard.press("a")  # c1: on its way, or already there, or not
    mortal.kill()
    answered = [("c0", "remove", "Rudo"), ("c0", "approve", "Tendai")]
    assert mortal.said()[:2] == answered
    for page in (rudo, tendai):  # and the work goes on
        press(page, "s")
        page.wait_for_selector("#not-saved:visible")
        assert "wait in this tab" in page.inner_text("#not-saved")
    mortal.start()
    waited = {
        "rudo's": {("c1", "approve", "Rudo"), ("c2", "skip", "Rudo")},
        "tendai's": {("c1", "skip", "Tendai")},
    }
    for page, token in ((rudo, "rudo's"), (tendai, "tendai's")):
        see_late(page, "document.getElementById('not-saved').textContent.includes('logged out')", True)
        page.reload()
        login(page, token)
        until(lambda token=token: waited[token] <= set(mortal.said()))
        assert not page.is_visible("#not-saved")
    assert set(mortal.said()) == {*answered, *waited["rudo's"], *waited["tendai's"]}
    for page in (rudo, tendai):  # of two the later
        see_late(page, DECIDED, {"c0": "approve", "c1": "skip", "c2": "skip"})


@needs_processes
def test_what_waits_in_a_tab_is_never_sent_in_anothers_name(mortal: Mortal, open_page: Open) -> None:
    page = open_page(mortal.address)
    mortal.kill()
    press(page, "r")
    page.wait_for_selector("#not-saved:visible")
    mortal.start()
    page.goto(mortal.address)
    login(page, "tendai's")
    page.wait_for_timeout(1_000)  # four times as long as it takes to ask again
    see(page, DECIDED, {})
    assert mortal.said() == []


def see_late(page: Any, script: str, expected: Any) -> None:
    """Wait for what another moderator did, however busy the machine is."""
    see(page, script, expected, tries=300)


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)

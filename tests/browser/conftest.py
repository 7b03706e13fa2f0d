"""A real browser for the tests of the page: Debian's chromium, driven by Playwright.

What asks for a page gets it from disk and from a server, unless it is marked `disk_only`. Where there
is no browser these tests are skipped, and say so; with MODFILTER_BROWSER=required, as in CI, they fail.
"""

import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import uvicorn

from modfilter.pipeline import Judges
from modfilter.policy import Policy
from modfilter.records import Article, Decision
from modfilter.report import gather
from modfilter.report.page import render
from modfilter.server.run import Impatient
from modfilter.store import DecisionLog
from modfilter.store.decisions import Entry, Ground

from ..reports import ARTICLE, write
from ..server.conftest import Server
from ..server.running import free_port

FLAGS = (
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
SIZES = {"desktop": (1280, 800), "phone": (390, 844)}
NAMES = ("chromium", "chromium-browser", "google-chrome")

Pages = Callable[..., str]
Open = Callable[..., Any]
disk_only = pytest.mark.parametrize("source", ["disk"], indirect=True)


# No longer than the tests in here: while Playwright runs, no other test may begin an event loop of its own.
@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        reason = f"no browser: install one of {', '.join(NAMES)} (apt-get install chromium)"
        if os.environ.get("MODFILTER_BROWSER") == "required":
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    # Chromium refuses its sandbox to root, and CI runs as root.
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else [*FLAGS]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=flags)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def axe() -> str:
    return (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


class Queue:
    """A server's queue that is filled by hand, so that no model decides what is on the page."""

    def __init__(self, port: int, database: Path) -> None:
        self.address, self.database = f"http://127.0.0.1:{port}/queue", database

    def log(
        self, *decisions: Decision, articles: Sequence[Article] = (ARTICLE,), site: str = "daily"
    ) -> None:
        """Log decisions as the server would."""
        shelf = {article.id: article for article in articles}
        self.append(
            *(
                Entry(
                    site=site,
                    protocol="native",
                    decision=each,
                    answered=each.action,
                    policy=Ground(b"p"),
                    models=Ground(b"m"),
                    article=shelf.get(each.assessment.comment.article_id or ""),
                    at=datetime.now(UTC),
                )
                for each in decisions
            )
        )

    def append(self, *rows: Any) -> None:
        log = DecisionLog(self.database)
        log.append(rows).result(20)
        log.close()

    def said(self) -> list[tuple[str, str | None, str]]:
        """Comment, verdict and moderator of each row, oldest first."""
        database = sqlite3.connect(self.database)
        rows = database.execute("SELECT comment_id, verdict, moderator FROM verdict ORDER BY number")
        found = rows.fetchall()
        database.close()
        return found


class Host:
    """Serves whichever application it has, over HTTP, as `modfilter serve` does."""

    def __init__(self) -> None:
        self.app: Any = None
        self.port = free_port()
        config = uvicorn.Config(
            self, port=self.port, http=Impatient, ws="none", lifespan="off", log_config=None
        )
        self.server = uvicorn.Server(config)
        self.thread = Thread(target=self.server.run)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)

    def __enter__(self) -> "Host":
        self.thread.start()
        while not self.server.started:
            assert self.thread.is_alive()
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self.thread.join()


@pytest.fixture(scope="session")
def host() -> Iterator[Host]:
    with Host() as running:
        yield running


@pytest.fixture
def queue(host: Host, tmp_path: Path, stub_judges: Judges, default_policy: Policy) -> Iterator[Queue]:
    """A queue of this test's own: Rudo sees one site, Tendai two."""
    made = Server(tmp_path / "server", stub_judges, default_policy)
    host.app = made.client.app
    yield Queue(host.port, made.log.path)
    made.client.close()
    made.log.close()
    made.articles.close()


@pytest.fixture(params=["disk", "server"])
def source(request: pytest.FixtureRequest) -> str:
    """Where pages come from."""
    return str(request.param)


@pytest.fixture
def page_of(source: str, tmp_path: Path, request: pytest.FixtureRequest) -> Pages:
    """Give the address of a page of some decisions; `options` are for a page from disk."""
    queue = request.getfixturevalue("queue") if source == "server" else None

    def page(*decisions: Decision, articles: Sequence[Article] = (ARTICLE,), **options: Any) -> str:
        if queue is not None:
            queue.log(*decisions, articles=articles)
            return str(queue.address)
        scored = write(tmp_path / "scored.jsonl", decisions, articles)
        out = tmp_path / "report.html"
        out.write_text(render(gather([scored], **options)), encoding="utf-8")
        return out.as_uri()

    return page


@pytest.fixture
def open_page(browser: Any) -> Iterator[Open]:
    """Open a page in a browser of its own, and log in where that is asked.

    Nothing may be fetched from elsewhere, blocked or raised in it.
    """
    wrong: list[str] = []
    contexts: list[Any] = []

    def open(
        address: str,
        size: str = "desktop",
        *,
        token: str = "rudo's",
        script: str = "",
        context: Any = None,
        **given: Any,
    ) -> Any:
        width, height = SIZES[size]
        home = "file:" if address.startswith("file:") else address.removesuffix("/queue")
        if context is None:
            context = browser.new_context(
                viewport={"width": width, "height": height}, has_touch=size == "phone", **given
            )
            contexts.append(context)
        context.add_init_script(f"{WATCH}{HURRY}{script}")
        page = context.new_page()
        page.size, page.live = size, home != "file:"
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on(
            "console", lambda said: None if is_unanswered(said) else wrong.append(f"{said.type}: {said.text}")
        )
        page.on("dialog", lambda dialog: (wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda asked: None if asked.url.startswith(home) else wrong.append(asked.url))
        page.goto(address)
        page.wait_for_selector("body[data-ready], #token")
        if page.query_selector("#token"):
            login(page, token)
        return page

    yield open
    for context in contexts:
        for page in context.pages:
            wrong.extend(page.evaluate("window.__wrong"))
        context.close()
    assert wrong == []


def login(page: Any, token: str) -> None:
    """Log in from the keyboard: the form has the focus."""
    assert page.evaluate("document.activeElement.id") == "token"
    page.keyboard.type(token)
    page.keyboard.press("Enter")
    page.wait_for_selector("body[data-ready]")


WATCH = """
window.__wrong = [];
for (const name of ["alert", "confirm", "prompt"])
  window[name] = (...said) => window.__wrong.push(`ran: ${name}(${said})`);
document.addEventListener("securitypolicyviolation", (event) =>
  window.__wrong.push(`blocked: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""
"""Counts what a stranger's text made run, and what the page's policy had to block: both must stay at nothing."""
HURRY = """
{
  const patient = setTimeout;
  window.setTimeout = (work, time, ...given) => patient(work, time === 5000 ? 250 : time, ...given);
}
"""
"""A page from a server asks every five seconds what others said; nobody waits for that here."""


def press(page: Any, keys: str) -> None:
    """Press single keys, each after the page has answered the one before, as a person does."""
    for key in keys:
        page.keyboard.press(key)
        settle(page)


def settle(page: Any) -> None:
    """Wait until the page has drawn what it knows."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 20)))")


def see(page: Any, script: str, expected: Any, tries: int = 50) -> None:
    """Wait until a script gives what is expected; fail with what it gives instead."""
    for _ in range(tries):
        found = page.evaluate(script)
        if found == expected:
            return
        page.wait_for_timeout(50)
    assert found == expected


def is_unanswered(said: Any) -> bool:
    """Whether the browser only tells that a server refused or did not answer, as some tests want, or gives advice."""
    return said.type == "verbose" or said.text.startswith("Failed to load resource")

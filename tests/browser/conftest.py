"""A real browser for the tests of the page: Debian's chromium, driven by Playwright.

Where there is none these tests are skipped, and say so; with MODFILTER_BROWSER=required, as in CI, they fail.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from modfilter.records import Article, Decision
from modfilter.report import gather
from modfilter.report.page import render

from ..reports import write

FLAGS = (
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
SIZES = {"desktop": (1280, 800), "phone": (390, 844)}
NAMES = ("chromium", "chromium-browser", "google-chrome")

Open = Callable[..., Any]


@pytest.fixture(scope="session")
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


@pytest.fixture
def page_of(tmp_path: Path) -> Callable[..., Path]:
    """Write the page of some decisions to disk."""

    def page(*decisions: Decision, articles: tuple[Article, ...] | None = None, **options: Any) -> Path:
        given = {} if articles is None else {"articles": articles}
        scored = write(tmp_path / "scored.jsonl", decisions, **given)
        out = tmp_path / "report.html"
        out.write_text(render(gather([scored], **options)), encoding="utf-8")
        return out

    return page


@pytest.fixture
def open_page(browser: Any) -> Iterator[Open]:
    """Open a page from disk in a browser of its own; nothing may be fetched, blocked or raised in it."""
    wrong: list[str] = []
    contexts: list[Any] = []

    def open(
        path: Path, size: str = "desktop", *, script: str | None = None, context: Any = None, **given: Any
    ) -> Any:
        width, height = SIZES[size]
        if context is None:
            context = browser.new_context(
                viewport={"width": width, "height": height}, has_touch=size == "phone", **given
            )
            contexts.append(context)
        context.add_init_script(WATCH)
        if script:
            context.add_init_script(script)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on("console", lambda said: wrong.append(f"{said.type}: {said.text}"))
        page.on("dialog", lambda dialog: (wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on(
            "request", lambda asked: wrong.append(asked.url) if not asked.url.startswith("file:") else None
        )
        page.goto(path.as_uri())
        page.wait_for_selector("body[data-ready]")
        return page

    yield open
    for context in contexts:
        for page in context.pages:
            wrong.extend(page.evaluate("window.__wrong"))
        context.close()
    assert wrong == []


WATCH = """
window.__wrong = [];
for (const name of ["alert", "confirm", "prompt"])
  window[name] = (...said) => window.__wrong.push(`ran: ${name}(${said})`);
document.addEventListener("securitypolicyviolation", (event) =>
  window.__wrong.push(`blocked: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""
"""Counts what a stranger's text made run, and what the page's policy had to block: both must stay at nothing."""


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

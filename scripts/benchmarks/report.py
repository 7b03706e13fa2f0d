"""Measures the review page with 50,000 comments to review: how it is made, opens, answers and scrolls.

PYTHONPATH=scripts python scripts/benchmarks/report.py [--flagged 50000 --published 100000] [--keep FOLDER]

Needs chromium and Playwright (the dev extra). Prints a line a figure; exits with 1 where one misses its limit.
"""

import argparse
import json
import random
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from modfilter.contract import encode
from modfilter.records import (
    Action,
    Article,
    Assessment,
    Comment,
    Decision,
    Evidence,
    LanguageMix,
    LanguageSpan,
    Reason,
    Score,
    Stance,
    StanceLabel,
    Topic,
)
from modfilter.report import gather
from modfilter.report.page import render

CORPUS = Path(__file__).parents[2] / "fixtures" / "corpus"
LIMITS = {"file, MB": 30, "open to first key, s": 2.0, "longest task while scrolling, ms": 200}
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
BECAUSE = "Calls for, threatens or justifies violence against people."


def decisions(flagged: int, published: int) -> Iterator[Decision]:
    """Give decisions on comments of the corpus, over and over, each with a few words of its own."""
    rng = random.Random(5)
    rows = [
        json.loads(line)
        for file in sorted(CORPUS.glob("*/*.jsonl"))
        if file.parent.name in ("dev", "test", "train")
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    held = [True] * flagged + [False] * published
    rng.shuffle(held)
    begun = datetime(2026, 3, 1, tzinfo=UTC)
    for number, hold in enumerate(held):
        row = rows[number % len(rows)]
        turn = number // len(rows)
        text = f"{row['text']} {rng.choice(rows)['text'][:30]}"
        incites = round(rng.uniform(0.6, 1), 4) if hold else round(rng.uniform(0, 0.5), 4)
        middle = len(text) // 2
        spans = [
            LanguageSpan(start=0, end=middle, language="sn"),
            LanguageSpan(start=middle, end=len(text), language="en"),
        ]
        mixed = rng.random() < 0.3 and middle > 0
        parent = f"{turn}-{row['parent_id']}" if row.get("parent_id") else None
        scores = (
            Score(name="relevance", value=round(rng.random(), 4), evidence=(quote(rng, rows),)),
            Score(name="incitement", value=incites, evidence=tuple(marks(text)) if hold else ()),
            *(
                Score(name=name, value=round(rng.random() / 5, 4))
                for name in ("identity_attack", "insult", "obscene", "spam")
            ),
        )
        label, other = (StanceLabel.CALLS_FOR, StanceLabel.NONE)
        if incites < 0.5:
            label, other = other, label
        share = max(incites, 1 - incites)
        yield Decision(
            assessment=Assessment(
                comment=Comment(
                    id=f"{turn}-{row['id']}",
                    text=text,
                    article_id=f"{turn}-{row['article_id']}",
                    parent_id=parent,
                    author=row.get("author"),
                    created_at=begun + timedelta(minutes=number / 10),
                ),
                languages=LanguageMix(
                    main="sn",
                    mix={"sn": 0.6, "en": 0.4} if mixed else {"sn": 1.0},
                    confidence=0.9,
                    spans=tuple(spans) if mixed else (),
                ),
                scores=scores,
                topic=Topic(via="article"),
                stance=Stance.of(dict.fromkeys(StanceLabel, 0.0) | {label: share, other: 1 - share}),
                tier="deep" if hold else "fast",
                models={"harms": "3"},
            ),
            action=Action.HOLD if hold else Action.PUBLISH,
            reasons=(
                Reason(
                    rule="incitement",
                    action=Action.HOLD,
                    score="incitement",
                    value=incites,
                    at_least=0.6,
                    because=BECAUSE,
                ),
            )
            if hold
            else (),
            policy="default@2",
        )


def marks(text: str) -> Iterator[Evidence]:
    """Mark the second third of a text."""
    third = max(len(text) // 3, 1)
    yield Evidence(
        score="incitement",
        start=third,
        end=min(2 * third + 1, len(text)),
        cue="these words raise the score most",
    )


def quote(rng: random.Random, rows: list[dict[str, str]]) -> Evidence:
    """Quote some sentence as if it were the article's."""
    return Evidence(
        score="relevance",
        article_start=0,
        article_end=9,
        cue="nearest",
        quote=rng.choice(rows[:5000])["text"][:200],
    )


def main() -> None:
    """Make a page, open it, press keys, scroll; print what it took."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--flagged", type=int, default=50_000)
    options.add_argument("--published", type=int, default=100_000)
    options.add_argument("--keep", type=Path)
    given = options.parse_args()
    folder = given.keep or Path(tempfile.mkdtemp())
    folder.mkdir(exist_ok=True)
    scored, page = folder / "scored.jsonl", folder / "report.html"
    articles: set[str] = set()
    with scored.open("wb") as file:
        for decision in decisions(given.flagged, given.published):
            file.write(encode(decision) + b"\n")
            articles.add(decision.assessment.comment.article_id or "")
    with Path(f"{scored}.articles.jsonl").open("wb") as file:
        for key in sorted(articles):
            file.write(msgspec.json.encode(Article(id=key, title=f"What the council said of {key}")) + b"\n")
    begun = time.perf_counter()
    gathered = gather([scored])
    drawn = time.perf_counter()
    page.write_text(render(gathered), encoding="utf-8")
    figures: dict[str, float] = {
        "comments to review": gathered.to_review,
        "gathered, s": drawn - begun,
        "drawn, s": time.perf_counter() - drawn,
        "peak memory, MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "file, MB": page.stat().st_size / 1e6,
        **in_browser(page),
    }
    missed = False
    for name, value in figures.items():
        limit = LIMITS.get(name)
        missed |= limit is not None and value > limit
        print(f"{name:<34}{value:>12,.2f}" + ("" if limit is None else f"   (limit {limit})"))
    if given.keep is None:
        shutil.rmtree(folder)
    sys.exit(1 if missed else 0)


WATCH = """
window.tasks = [];
new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map((t) => [t.startTime, t.duration])))
  .observe({ type: "longtask", buffered: true });
"""


def in_browser(path: Path) -> dict[str, float]:
    """Open the page in a fresh headless chromium, and time what a moderator does."""
    from playwright.sync_api import sync_playwright

    figures: dict[str, float] = {}
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = chromium.new_page(viewport={"width": 1280, "height": 800})
        page.add_init_script(WATCH)
        begun = time.perf_counter()
        page.goto(path.as_uri(), wait_until="commit")
        # What a person does: press j as soon as there is a list; the answer is the next comment on the screen.
        page.wait_for_selector("[role=option][aria-posinset='1']", state="attached")
        figures["list is there, s"] = time.perf_counter() - begun
        page.keyboard.press("j")
        page.wait_for_selector("[role=option][aria-posinset='2'][aria-selected=true]")
        figures["open to first key, s"] = time.perf_counter() - begun
        figures["longest task at opening, ms"] = longest(page, 0)
        now = page.evaluate("performance.now()")
        page.mouse.move(200, 400)
        for turn in range(60):
            page.mouse.wheel(0, 4_000 * (turn % 7 + 1))
            page.wait_for_timeout(16)
        for share in (0.2, 0.9, 0.5, 1, 0):
            page.evaluate(
                "(share) => { const l = document.getElementById('list'); l.scrollTop = share * l.scrollHeight; }",
                share,
            )
            page.wait_for_timeout(100)
        figures["longest task while scrolling, ms"] = longest(page, now)
        now = page.evaluate("performance.now()")
        for _ in range(40):
            page.keyboard.press("j")
        figures["longest task at j, ms"] = longest(page, now)
        page.evaluate("document.getElementById('moderator').value = 'Tendai'")
        now = page.evaluate("performance.now()")
        for key in "raaasauraa":
            page.keyboard.press(key)
        figures["longest task at a decision, ms"] = longest(page, now)
        now = page.evaluate("performance.now()")
        page.click("#more")
        page.fill("[name=text]", "market")
        page.wait_for_timeout(600)
        figures["longest task at a search, ms"] = longest(page, now)
        chromium.close()
    return figures


def longest(page: object, since: float) -> float:
    """Give the longest task of the page since a moment, in ms; 0 where none took 50 ms."""
    page.wait_for_timeout(150)  # type: ignore[attr-defined]
    script = (
        "(since) => Math.max(0, ...window.tasks.filter((task) => task[0] >= since).map((task) => task[1]))"
    )
    return float(page.evaluate(script, since))  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()

"""The whole way: from a real thread to the page, and from the page's own export into a policy."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from modfilter.readers.scored import decisions
from modfilter.records import Action
from modfilter.report import scored

from .. import runs
from ..conftest import SEED_PAGE, Run
from .conftest import SIZES, Open, Pages, press, see
from .test_review import CHOSEN, WORDS, name


@pytest.fixture(scope="session")
def real_thread(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not SEED_PAGE.exists():
        pytest.skip("the real page lies beside the checkout only")
    out = tmp_path_factory.mktemp("real") / "scored.jsonl"
    subprocess.run([sys.executable, "-m", "modfilter", "score", SEED_PAGE, "-o", out, "-q"], check=True)
    return out


@pytest.mark.parametrize("size", list(SIZES))
def test_the_real_thread_opens_and_shows_what_is_held(
    real_thread: Path, page_of: Pages, open_page: Open, size: str
) -> None:
    made = [*decisions(real_thread)]
    listed = {d.assessment.comment.id: d for d in made if d.action is not Action.PUBLISH}
    page = open_page(page_of(*made, articles=[*scored.articles(real_thread).values()]), size)
    if size == "phone":
        page.click("[role=option] >> nth=0")
    shown: list[str] = []
    for _ in listed:
        shown.append(page.evaluate(CHOSEN))
        decision = listed[shown[-1]]
        assert page.evaluate(WORDS) == page.evaluate(
            "(text) => plain(text)", decision.assessment.comment.text
        )
        card = page.inner_text("#card")
        assert "Under: Russia Admits ‘Significant Losses" in card
        assert all(reason.because in card for reason in decision.told)
        assert page.locator("#card .comment mark").count() > 0 or not decision.evidence
        press(page, "j")
    assert sorted(shown) == sorted(listed)
    held = [listed[id].action is Action.HOLD for id in shown]
    assert held == sorted(held, reverse=True)  # what is held stands first
    assert any(held)


def test_what_the_page_exports_is_learned_from(
    source: str, tmp_path: Path, page_of: Pages, open_page: Open, run: Run
) -> None:
    made = [
        runs.decision(f"c{n}", incitement=0.95 - n / 400, article=f"a{n % 10}", day=n % 5) for n in range(120)
    ]
    page = open_page(page_of(*made))
    name(page)
    for n in range(120):
        page.keyboard.press("r" if n < 50 else "a")
    see(page, "verdicts.size", 120)
    with page.expect_download() as download:
        page.click("#export")
    exported, records, reviewed, new = (
        tmp_path / file for file in ("decisions.jsonl", "scored.jsonl", "reviewed.jsonl", "new.toml")
    )
    download.value.save_as(exported)
    commands: list[list[Any]] = [
        ["feedback", "import", exported, "--scored", records, "-o", reviewed],
        ["calibrate", reviewed, "--scored", records, "--at-most", "20/day", "-o", new],
        ["policy", "replay", records, "--policy", new],
    ]
    if source == "server":
        commands.insert(0, ["log", "export", tmp_path / "server", "-o", records])
    for command in commands:
        result = run(*command)
        assert result.status == 0, result.err
    lines = [json.loads(line) for line in reviewed.read_text().splitlines()]
    assert {line["record"]["id"]: line["verdicts"][0]["verdict"] for line in lines} == {
        f"c{n}": "remove" if n < 50 else "approve" for n in range(120)
    }
    assert {line["verdicts"][0]["moderator"] for line in lines} == {"Rudo"}
    assert "[[calibration]]" in new.read_text()

import re
from collections import Counter
from pathlib import Path

import pytest

from modfilter import policy as policies
from modfilter.learning.replay import EXAMPLES, page, replay
from modfilter.records import Action, Decision

from .conftest import Run
from .runs import DEFAULT, MEASURED, decision, written
from .test_report import HOSTILE, Elements

STRICTER = policies.parse(
    policies.read().replace("at_least = 0.6", "at_least = 0.4").replace('"default"', '"stricter"'), "stricter"
)


def run_of(n: int = 60) -> list[Decision]:
    """A third is published either way, a third is flagged and would be held, a third is held either way."""
    return [
        decision(f"c{i}", "sn" if i % 2 else "en", incitement=(0.1, 0.45 + i / 10_000, 0.9)[i % 3])
        for i in range(n)
    ]


def test_a_replay_counts_what_changes_by_language_and_by_rule() -> None:
    played = replay(run_of(), STRICTER, MEASURED)
    change = (Action.FLAG, Action.HOLD)
    assert (played.total, played.changed) == (60, 20)
    assert played.transitions == Counter({change: 20})
    assert played.by_language == Counter({("sn", change): 10, ("en", change): 10})
    assert (played.rules_added, played.rules_gone) == (Counter({"incitement": 20}), Counter())
    assert (played.before[Action.HOLD], played.after[Action.HOLD]) == (20, 40)


def test_the_policy_that_decided_changes_nothing() -> None:
    played = replay(run_of(), DEFAULT, MEASURED)
    assert (played.changed, played.examples) == (0, [])


def test_examples_are_drawn_by_a_seed_and_shown_most_serious_first() -> None:
    run = run_of(600)
    first, again, other = (replay(run, STRICTER, MEASURED, seed).examples for seed in (1, 1, 2))
    assert len(first) == EXAMPLES
    assert first == again != other
    values = [change.before.assessment.value("incitement") for change in first]
    assert values == sorted(values, reverse=True)
    # Not the first twenty: they come from the whole run.
    assert max(int(change.before.assessment.comment.id[1:]) for change in first) > 300


def test_the_page_runs_nothing_and_shows_hostile_text_as_text() -> None:
    run = [
        decision(f"<b>{i}</b>", text=text, article="<img src=x>", incitement=0.5)
        for i, text in enumerate(HOSTILE)
    ]
    drawn = page(replay(run, STRICTER, MEASURED), "</title><script>alert(1)</script>")
    elements = Elements(drawn)
    tags = {tag for tag, _ in elements.found}
    assert not tags & {"script", "img", "iframe", "link", "object", "b"}
    assert not [attrs for _, attrs in elements.found if any(name.startswith("on") for name in attrs)]
    assert not re.findall(r"""\s(?:src|href)\s*=""", re.sub(r"&lt;.*?&gt;", "", drawn))
    csp = next(a["content"] for t, a in elements.found if t == "meta" and "http-equiv" in a)
    assert csp is not None
    assert csp.startswith("default-src 'none'; style-src 'sha256-")
    assert "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;" in drawn
    assert "x" * 2_000 not in drawn


def test_the_command_prints_and_writes_what_would_change(run: Run, tmp_path: Path) -> None:
    scored, policy, out = written(tmp_path / "run.jsonl", run_of()), tmp_path / "p.toml", tmp_path / "r.html"
    policy.write_text(policies.read().replace("at_least = 0.6", "at_least = 0.4"))
    result = run("policy", "replay", scored, "--policy", policy, "--html", out)
    assert result.status == 0
    assert "20 of 60 decisions would be others (33.3%)" in result.out
    assert "flag → hold" in result.out
    assert "20 of the 20, drawn at random" in out.read_text()


def test_a_run_of_other_models_is_replayed_as_it_stands(run: Run, tmp_path: Path) -> None:
    scored = written(tmp_path / "run.jsonl", run_of())
    scored.write_text(scored.read_text().replace('"models":{}', '"models":{"harms":"99"}'))
    policy = tmp_path / "p.toml"
    policy.write_text(policies.read())
    assert "0 of 60 decisions" in run("policy", "replay", scored, "--policy", policy).out


@pytest.mark.parametrize("broken", ['{"id": "x"}', "nonsense", '{"id": "x", "text": "\\ud800"}'])
def test_a_line_that_is_no_record_is_named(run: Run, tmp_path: Path, broken: str) -> None:
    scored = written(tmp_path / "run.jsonl", run_of(2))
    scored.write_text(scored.read_text() + broken + "\n")
    policy = tmp_path / "p.toml"
    policy.write_text(policies.read())
    for command in (["policy", "replay", scored, "--policy", policy], ["report", "--transparency", scored]):
        result = run(*command)
        assert result.status == 1
        assert f"{scored}:3: not a record" in result.err

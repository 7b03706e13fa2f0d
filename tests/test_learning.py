import random
import tomllib
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modfilter import policy as policies
from modfilter.contract import to_record
from modfilter.errors import InputError, UsageError
from modfilter.learning.calibration import Group, refit
from modfilter.learning.estimates import calibration_error, share, wilson
from modfilter.learning.lesson import Goal, learn
from modfilter.learning.reviewed import Reviewed
from modfilter.learning.rewrite import rewritten
from modfilter.learning.rules import carried, stepped
from modfilter.learning.workload import STEPS, Audit, workloads
from modfilter.policy import Calibration, Override, Policy, Rule, decide, log_odds, margin, probability
from modfilter.records import Action, Decision

from .conftest import Run, message_of
from .runs import DEFAULT, MEASURED, decision, verdict, written


def reviewed(of: Decision, removed: bool, weight: float | None = 1.0, reason: str = "incitement") -> Reviewed:
    known = of.assessment
    said = verdict(known.comment.id, "remove" if removed else "approve", reason if removed else None)
    stratum = f"{of.action.value}/{known.languages.main}"
    return Reviewed(
        record=to_record(of), verdicts=(said,), weight=weight, stratum=stratum if weight else None
    )


def site_of(
    n: int, shift: float, seed: int = 0, language: str = "sn", weight: float | None = 1.0
) -> list[Reviewed]:
    """Review a run on which incitement is as likely as its score says, moved by `shift` log odds."""
    rng = random.Random(seed)
    rows = []
    for i in range(n):
        value = round(rng.betavariate(0.5, 0.8), 4)
        removed = rng.random() < probability(log_odds(value) + shift)
        comment = decision(
            f"{language}{seed}-{i}", language, day=i % 20, article=f"a{i % 20}", incitement=value
        )
        rows.append(reviewed(comment, removed, weight))
    return rows


def decided(rows: Sequence[Reviewed], policy: Policy) -> list[Decision]:
    return [decide(each.decision.assessment, policy, MEASURED) for each in rows]


def test_a_shifted_site_is_found_and_corrected() -> None:
    policy, refits = refit(site_of(1500, shift=-1.5), DEFAULT)
    (calibration,) = policy.calibration
    assert (calibration.score, calibration.language, calibration.site) == ("incitement", None, None)
    assert calibration.slope == pytest.approx(1, abs=0.2)
    assert calibration.intercept == pytest.approx(-1.5, abs=0.3)
    (made,) = [each for each in refits if each.calibration]
    assert made.gain is not None
    assert made.gain.after < 0.5 * made.gain.before
    assert made.gain.after_within[0] <= made.gain.after_within[1] < made.gain.before


def test_a_site_whose_scores_are_right_keeps_them() -> None:
    policy, refits = refit(site_of(1500, shift=0), DEFAULT)
    kept = [each for each in refits if each.group == Group() and each.score == "incitement"]
    assert policy.calibration == () or abs(policy.calibration[0].intercept) < 0.2
    assert kept[0].n == 1500


def test_a_language_gets_its_own_calibration_where_it_needs_one() -> None:
    rows = [*site_of(600, -2, 1, "sn"), *site_of(600, 0.5, 2, "en")]
    policy, _ = refit(rows, DEFAULT)
    corrected = {
        language: policy.value(decision("x", language, incitement=0.5).assessment, "incitement")
        for language in ("sn", "en")
    }
    assert corrected["sn"] == pytest.approx(probability(-2), abs=0.06)
    assert corrected["en"] == pytest.approx(probability(0.5), abs=0.08)
    assert [c.language for c in policy.calibration] in ([None, "en", "sn"], ["en", "sn"])


def test_too_few_verdicts_leave_a_score_as_it_was() -> None:
    rows = [*site_of(600, -2, 1, "sn"), *site_of(60, -2, 2, "en")]
    _, refits = refit(rows, DEFAULT)
    english = next(each for each in refits if str(each.group) == "en" and each.score == "incitement")
    assert english.calibration is None
    assert "too few verdicts: 100 are needed, 20 of them" in english.why


def test_verdicts_that_run_against_the_score_refit_nothing() -> None:
    rng = random.Random(3)
    rows = []
    for i in range(400):
        value = round(rng.random(), 4)
        comment = decision(f"c{i}", article=f"a{i % 20}", incitement=value)
        rows.append(reviewed(comment, rng.random() > value))
    policy, refits = refit(rows, DEFAULT)
    assert policy == DEFAULT
    assert any(each.why == "the verdicts do not follow the score" for each in refits)


def test_with_an_audit_only_what_stands_for_the_run_counts() -> None:
    audited = site_of(800, shift=-1.5, seed=4)
    chosen = site_of(800, shift=+3, seed=5, weight=None)
    policy, _ = refit([*audited, *chosen], DEFAULT)
    assert policy == refit(audited, DEFAULT)[0]


rules = st.builds(
    lambda n, score, at, action: Rule(name=f"r{n}", score=score, at_least=at, action=action, because="b"),
    st.integers(0, 10**6),
    st.sampled_from(["incitement", "insult", "relevance"]),
    st.integers(20, 99).map(lambda n: n / 100),
    st.sampled_from([Action.FLAG, Action.HOLD, Action.REJECT]),
) | st.builds(
    lambda n, at: Rule(name=f"b{n}", score="relevance", below=at, action=Action.HOLD, because="b"),
    st.integers(0, 10**6),
    st.integers(1, 99).map(lambda n: n / 100),
)
values = st.integers(0, 10_000).map(lambda n: n / 10_000)


@given(
    st.lists(rules, min_size=1, max_size=4, unique_by=lambda rule: rule.name),
    st.booleans(),
    st.sampled_from(STEPS),
    st.tuples(values, values, values),
    st.sampled_from(["sn", "en"]),
)
def test_a_step_holds_just_what_has_the_margin_for_it(
    rules: list[Rule], corrected: bool, step: float, scores: tuple[float, float, float], language: str
) -> None:
    calibrations = (Calibration(score="incitement", slope=0.8, intercept=-1.5),) if corrected else ()
    own = tuple(
        Override(rule=rule.name, language="en", at_least=0.5) for rule in rules if rule.at_least is not None
    )
    policy = Policy(name="p", version=1, rule=tuple(rules), override=own, calibration=calibrations)
    known = decision("c", language, incitement=scores[0], insult=scores[1], relevance=scores[2]).assessment
    at = margin(known, policy, MEASURED)
    held = decide(known, stepped(policy, {Group(): step}), MEASURED).action.strictness >= 2
    # Thresholds are written with 4 decimals, and so are scores: at the very bound the two may differ.
    near = any(
        min(value, 1 - value) < 0.002 or abs(at - step) < 0.0002 / (value * (1 - value)) for value in scores
    )
    assert near or held == (at >= step)


def test_a_group_step_keeps_the_overrides_that_there_are() -> None:
    policy = Policy(
        name="p",
        version=1,
        rule=(Rule(name="r", score="incitement", at_least=0.6, action=Action.HOLD, because="b"),),
        override=(
            Override(rule="r", site="s", at_least=0.5),
            Override(rule="r", language="en", at_least=0.9),
        ),
    )
    new = stepped(policy, {Group(): 1.0, Group(language="sn"): -1.0})
    sn = [("sn", "t", 0.6), ("sn", "s", 0.5)]
    for language, site, before in [*sn, ("en", "t", 0.9), ("nd", "s", 0.5), ("nd", "t", 0.6)]:
        step = -1 if language == "sn" else 1
        expected = round(probability(log_odds(before) + step), 4)
        for value, action in ((expected, Action.HOLD), (round(expected - 0.001, 4), Action.PUBLISH)):
            known = decision("c", language, site=site, incitement=value).assessment
            assert decide(known, new, MEASURED).action is action, (language, site, value)


def test_a_recalibration_alone_decides_nothing_anew() -> None:
    rows = site_of(1500, shift=-1.5)
    lesson = learn(rows, DEFAULT, MEASURED, Goal())
    assert lesson.policy.calibration
    after = decided(rows, lesson.policy)
    changed = [d for d, each in zip(after, rows, strict=True) if d.action is not each.record.action]
    # Thresholds and scores have 4 decimals: at the very bound they may fall on another side.
    assert len(changed) <= 2
    assert lesson.policy.rule[0].at_least == pytest.approx(probability(log_odds(0.6) - 1.5), abs=0.08)


def test_thresholds_go_along_with_each_further_calibration() -> None:
    once = msgspec.structs.replace(
        DEFAULT, calibration=(Calibration(score="incitement", slope=0.8, intercept=-1.0),)
    )
    twice = msgspec.structs.replace(
        DEFAULT, calibration=(Calibration(score="incitement", slope=1.2, intercept=0.5),)
    )
    there = carried(DEFAULT, once)
    further = carried(there, msgspec.structs.replace(there, calibration=twice.calibration))
    direct = carried(DEFAULT, twice)
    for one, other in zip(further.rule, direct.rule, strict=True):
        assert (one.at_least or one.below) == pytest.approx(other.at_least or other.below, abs=0.0005)


def test_at_most_holds_no_more_than_that_and_no_more_than_before(tmp_path: Path) -> None:
    rows = site_of(2000, shift=-1.5)
    run = written(tmp_path / "run.jsonl", [each.decision for each in rows])
    lesson = learn(rows, DEFAULT, MEASURED, Goal(at_most=10), run)
    held = sum(d.action is Action.HOLD for d in decided(rows, lesson.policy)) / 20
    assert lesson.held_after is not None
    assert held == pytest.approx(lesson.held_after[0])
    assert 5 < held < lesson.held_after[1] <= 10
    generous = learn(rows, DEFAULT, MEASURED, Goal(at_most=1000), run)
    assert generous.held_before is not None
    assert generous.held_after is not None
    assert 0.9 * generous.held_before[0] < generous.held_after[0] <= generous.held_before[0]


def test_recall_is_reached_surely() -> None:
    rows = site_of(2000, shift=-1.5)
    lesson = learn(rows, DEFAULT, MEASURED, Goal(recall=0.8))
    wanted = [
        d for d, each in zip(decided(rows, lesson.policy), rows, strict=True) if each.outcome == "remove"
    ]
    found = sum(d.action is Action.HOLD for d in wanted) / len(wanted)
    after = lesson.steps[0].after
    assert after is not None
    assert found == pytest.approx(after.value)
    assert 0.8 <= after.low < found < 0.95


def test_recall_without_a_random_sample_of_what_was_published_is_refused() -> None:
    seen = [each for each in site_of(2000, -1.5) if each.record.action is Action.HOLD]
    message = message_of(lambda: learn(seen, DEFAULT, MEASURED, Goal(recall=0.8)), InputError)
    assert "fewer than 50 published comments were reviewed at random" in message
    assert "modfilter sample" in message


def test_recall_out_of_reach_is_refused_with_what_can_be_reached() -> None:
    rows = [reviewed(decision(f"c{i}", article=f"a{i}", incitement=0.1), i % 3 == 0) for i in range(300)]
    rows += [reviewed(decision(f"h{i}", article=f"a{i}", incitement=0.9), True) for i in range(30)]
    message = message_of(lambda: learn(rows, DEFAULT, MEASURED, Goal(recall=0.8)), InputError)
    assert "out of reach: at the lowest thresholds recall is 23%" in message


def test_a_workload_out_of_reach_is_refused(tmp_path: Path) -> None:
    policy = msgspec.structs.replace(
        DEFAULT,
        rule=(Rule(name="r", when="unsupported_language", action=Action.HOLD, because="b"), *DEFAULT.rule),
    )
    run = written(
        tmp_path / "r.jsonl", [decision(f"c{i}", "pt", day=i % 9, policy=policy) for i in range(90)]
    )
    rows = site_of(10, 0)
    message = message_of(lambda: learn(rows, policy, MEASURED, Goal(at_most=3), run), InputError)
    assert "at the highest thresholds 10.0 comments a day are held" in message


def test_a_run_without_dates_needs_its_days() -> None:
    undated = [decision(f"c{i}", incitement=0.9) for i in range(30)]
    message = message_of(lambda: workloads(undated, [DEFAULT], MEASURED, None), UsageError)
    assert "30 comments of the run have no created_at" in message
    (work,) = workloads(undated, [DEFAULT], MEASURED, 3)
    mean, high = work.a_day()
    assert mean == 10
    assert 12 < high < 17
    with pytest.raises(UsageError, match="--at-most needs the run"):
        learn([], DEFAULT, MEASURED, Goal(at_most=3))


def test_the_bound_of_recall_holds_on_other_draws() -> None:
    """Of 40 runs of 1,000 comments, some drawn at random, the bound may be above the truth in 1 of 20."""
    wrong, seen = 0, 40
    for seed in range(seen):
        rng = random.Random(seed)
        run = [
            reviewed(
                decision(f"c{i}", article=f"a{i % 40}", incitement=round(value, 4)), rng.random() < value
            )
            for i in range(1000)
            for value in [rng.betavariate(0.3, 3)]
        ]
        wanted = [each for each in run if each.outcome == "remove"]
        truth = sum(each.record.action is Action.HOLD for each in wanted) / len(wanted)
        held = [each for each in run if each.record.action is Action.HOLD]
        rest = [each for each in run if each.record.action is not Action.HOLD]
        drawn = [
            msgspec.structs.replace(each, weight=len(rest) / 120, stratum="rest")
            for each in rng.sample(rest, 120)
        ]
        wrong += Audit([*held, *drawn], DEFAULT, MEASURED).recall().low > truth
    assert wrong <= 5  # the chance of more than 5 of 40 at 5 % each is 1 %


def test_what_was_learned_is_written_into_the_policy_as_a_person_left_it(run: Run, tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(
        "# Ours. Talk to Rudo before you change it.\n"
        + policies.read().replace('name = "default"', 'name = "harare-daily"')
        + '\n[[override]] # a quiet section\nrule = "incitement"\nsection = "sport"\nat_least = 0.8\n'
    )
    rows = [*site_of(900, -1.5, 1, "sn"), *site_of(900, -1.0, 2, "en")]
    path, out = tmp_path / "reviewed.jsonl", tmp_path / "new.toml"
    path.write_bytes(b"".join(msgspec.json.encode(each) + b"\n" for each in rows))
    result = run("calibrate", path, "--policy", mine, "-o", out, "--recall", 0.8)
    assert result.status == 0, result.err
    text = out.read_text()
    assert text.startswith("# Ours. Talk to Rudo before you change it.\n")
    assert "# a quiet section" in text
    assert "was 0.6; recall of at least 80%" in text
    assert "# calibration error" in text
    new = policies.load(out)
    assert (new.name, new.version) == ("harare-daily", 3)
    assert {override.language for override in new.override} == {None, "sn", "en"}
    assert new.override[0].section == "sport"
    assert "removed" in result.out
    assert run("policy", "check", out).status == 0


def test_overrides_written_as_inline_tables_are_kept() -> None:
    text = policies.read().replace(
        "version = 2\n",
        'version = 2\noverride = [{rule = "incitement", site = "s", at_least = 0.4}]\n',
    )
    old = policies.parse(text, "p")
    lesson = learn(
        [*site_of(900, -1.5, 1, "sn"), *site_of(900, -1.0, 2, "en")], old, MEASURED, Goal(recall=0.8)
    )
    assert policies.parse(rewritten(text, old, lesson), "new") == lesson.policy


def test_nothing_learned_changes_nothing() -> None:
    lesson = learn(site_of(20, 0), DEFAULT, MEASURED, Goal())
    assert lesson.policy == DEFAULT
    assert tomllib.loads(rewritten(policies.read(), DEFAULT, lesson)) == tomllib.loads(policies.read())


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["--at-most", "many"], 2, "is no number"),
        (["--at-most", "0"], 2, "must be above 0"),
        (["--at-most", "4/day", "--recall", "0.8"], 2, "do not go together"),
        (["--at-most", "4/day"], 2, "--at-most needs the run"),
        (["--policy", "gone.toml"], 1, "gone.toml does not exist"),
    ],
)
def test_a_mistake_in_calibrate_gets_a_sentence(
    run: Run, tmp_path: Path, arguments: list[str], status: int, says: str
) -> None:
    path = tmp_path / "reviewed.jsonl"
    path.write_bytes(b"".join(msgspec.json.encode(each) + b"\n" for each in site_of(30, 0)))
    result = run("calibrate", path, "-o", tmp_path / "new.toml", *arguments)
    assert result.status == status
    assert says in result.err
    assert not (tmp_path / "new.toml").exists()


def test_a_line_that_is_no_reviewed_comment_is_named(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "reviewed.jsonl"
    path.write_bytes(msgspec.json.encode(site_of(1, 0)[0]) + b"\n{}\n")
    result = run("calibrate", path, "-o", tmp_path / "new.toml")
    assert result.status == 1
    assert f"{path}:2: not a reviewed comment" in result.err
    gone = run("calibrate", tmp_path / "gone.jsonl", "-o", tmp_path / "new.toml")
    assert gone.status == 1
    assert "does not exist" in gone.err


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    rng = np.random.default_rng(0)
    for p, n in ((0.02, 50), (0.3, 20), (0.5, 200)):
        inside = [low <= p <= high for hits in rng.binomial(n, p, 2000) for low, high in [wilson(hits, n)]]
        assert np.mean(inside) > 0.92


def test_a_weighted_share_is_that_of_the_rows_written_out() -> None:
    known = share([True, False, False], [2, 1, 1])
    assert known is not None
    assert known.value == 0.5
    assert share([]) is None


@given(st.lists(st.tuples(st.booleans(), values, st.integers(1, 4)), min_size=1, max_size=60))
def test_calibration_error_is_a_share_and_0_where_every_value_is_right(
    rows: list[tuple[bool, float, int]],
) -> None:
    truth, given_, weights = (np.array(column) for column in zip(*rows, strict=True))
    assert 0 <= calibration_error(truth, given_, weights) <= 1
    assert calibration_error(truth, truth.astype(float), weights) == 0

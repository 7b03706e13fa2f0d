from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modfilter import policy as policies
from modfilter.errors import PolicyError
from modfilter.policy import Calibration, Policy, Rule, decide, margin
from modfilter.records import Action, Assessment, Comment, Evidence, LanguageMix, Score

from .conftest import message_of

RULE = 'name = "p"\nversion = 1\n[[rule]]\nname = "r"\naction = "hold"\nbecause = "b"\n'
MEASURED = frozenset({"sn", "en"})


def assessed(language: str = "sn", site: str | None = None, **scores: float) -> Assessment:
    return Assessment(
        comment=Comment(id="1", text="some words of a comment", site=site),
        languages=LanguageMix(main=language, mix={language: 1.0}, confidence=0.9),
        scores=tuple(
            Score(name=name, value=value, evidence=(Evidence(score=name, start=0, end=4, cue="c"),))
            for name, value in scores.items()
        ),
    )


def test_the_strictest_rule_wins_and_every_reason_is_told(default_policy: Policy) -> None:
    decision = decide(assessed(incitement=0.94, relevance=0.1), default_policy, MEASURED)
    assert decision.action is Action.HOLD
    assert [reason.rule for reason in decision.reasons] == ["incitement", "incitement-possible", "off-topic"]
    assert decision.reasons[0].value == 0.94
    assert decision.reasons[2].below == 0.5
    assert decision.evidence[0].score == "incitement"
    assert decision.policy == "default@2"


def test_a_harmless_comment_on_topic_is_published(default_policy: Policy) -> None:
    decision = decide(assessed(incitement=0.1, relevance=0.8), default_policy, MEASURED)
    assert (decision.action, decision.reasons) == (Action.PUBLISH, ())


def test_an_unknown_relevance_is_not_off_topic(default_policy: Policy) -> None:
    assert decide(assessed(), default_policy, MEASURED).action is Action.PUBLISH


def test_the_default_policy_never_rejects(default_policy: Policy) -> None:
    assert Action.REJECT not in {rule.action for rule in default_policy.rule} | {default_policy.on_failure}


def test_a_comment_in_an_unmeasured_language_is_flagged(default_policy: Policy) -> None:
    decision = decide(assessed("ka"), default_policy, MEASURED)
    assert decision.action is Action.FLAG
    assert decision.reasons[0].when == "unsupported_language"
    nothing = Assessment(comment=Comment(id="1", text="😂"))
    assert decide(nothing, default_policy, MEASURED).action is Action.PUBLISH


def test_what_could_not_be_judged_is_held_and_says_why(default_policy: Policy) -> None:
    failed = Assessment(comment=Comment(id="1", text="x"), failure="harms: out of paper")
    decision = decide(failed, default_policy, MEASURED)
    assert decision.action is Action.HOLD
    assert "out of paper" in decision.reasons[0].because


def test_an_override_changes_a_rule_for_a_language_and_a_site(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text(
        RULE
        + 'score = "incitement"\nat_least = 0.8\n'
        + '[[override]]\nrule = "r"\nlanguage = "sn"\nsite = "s"\nat_least = 0.4\naction = "flag"\n'
    )
    policy = policies.load(path)
    assert decide(assessed(site="s", incitement=0.5), policy, MEASURED).action is Action.FLAG
    assert decide(assessed(site="t", incitement=0.5), policy, MEASURED).action is Action.PUBLISH
    assert decide(assessed("en", site="s", incitement=0.5), policy, MEASURED).action is Action.PUBLISH
    assert decide(assessed("en", site="s", incitement=0.9), policy, MEASURED).action is Action.HOLD


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nonsense", "not TOML"),
        ("version = 1", "name"),
        (RULE + 'score = "rudeness"\nat_least = 0.5\n', "rule 'r' needs a score, one of relevance"),
        (RULE + 'score = "insult"\n', "needs either at_least or below"),
        (RULE + 'score = "insult"\nat_least = 0.5\nbelow = 0.7\n', "needs either"),
        (RULE + 'score = "insult"\nat_least = 7\n', "outside (0, 1]"),
        (RULE + 'score = "insult"\nat_least = 0.01\n', "would fire below 0.2"),
        (RULE + 'score = "insult"\nat_lest = 0.5\n', "at_lest"),
        (RULE + 'score = "insult"\nwhen = "unsupported_language"\n', "both a score and a condition"),
        (RULE.replace('"b"', '" "') + 'score = "insult"\nat_least = 0.5\n', "does not say why"),
        (RULE.replace("hold", "burn") + 'score = "insult"\nat_least = 0.5\n', "burn"),
        (
            RULE + 'score = "insult"\nat_least = 0.5\n[[override]]\nrule = "q"\n',
            "an override names rule 'q', which does not exist",
        ),
        (
            RULE + 'score = "insult"\nat_least = 0.5\n[[override]]\nrule = "r"\nbelow = 0.4\n',
            "needs either at_least or below",
        ),
        (
            (RULE + 'score = "insult"\nat_least = 0.5\n')
            + RULE[RULE.index("[[") :]
            + 'score="spam"\nbelow=0.5\n',
            "two",
        ),
    ],
)
def test_a_policy_that_makes_no_sense_says_which_rule(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "p.toml"
    path.write_text(text)
    message = message_of(lambda: policies.load(path), PolicyError)
    assert message.startswith(f"{path}: ")
    assert says in message


def test_scores_in_a_language_that_was_never_measured_are_not_acted_upon(default_policy: Policy) -> None:
    foreign = decide(assessed("ka", incitement=0.9), default_policy, MEASURED)
    assert [reason.rule for reason in foreign.reasons] == ["unmeasured-language"]
    own = decide(assessed("sn", incitement=0.9), default_policy, MEASURED)
    assert own.action is Action.HOLD


CALIBRATED = Policy(
    name="p",
    version=1,
    rule=(
        Rule(name="r", action=Action.HOLD, because="b", score="incitement", at_least=0.6),
        Rule(name="off", action=Action.FLAG, because="b", score="relevance", below=0.5),
    ),
    calibration=(
        Calibration(score="incitement", slope=1, intercept=-1),
        Calibration(score="incitement", language="sn", slope=1, intercept=1),
        Calibration(score="incitement", language="sn", site="s", slope=2, intercept=0),
    ),
)


def test_a_calibration_changes_what_a_rule_sees_and_not_what_the_models_said() -> None:
    decision = decide(assessed(incitement=0.5), CALIBRATED, MEASURED)
    assert decision.action is Action.HOLD
    assert decision.reasons[0].value == 0.7311
    assert decision.assessment.value("incitement") == 0.5
    assert decide(assessed("en", incitement=0.7), CALIBRATED, MEASURED).action is Action.PUBLISH


def test_the_last_calibration_that_matches_counts() -> None:
    assert CALIBRATED.value(assessed(site="s", incitement=0.5), "incitement") == 0.5
    assert CALIBRATED.value(assessed(site="t", incitement=0.5), "incitement") == 0.7311
    assert CALIBRATED.value(assessed("nd", incitement=0.5), "incitement") == 0.2689
    assert CALIBRATED.value(assessed(), "incitement") is None


def test_no_calibration_makes_a_harm_rule_fire_without_evidence() -> None:
    raised = Policy(
        name="p",
        version=1,
        rule=CALIBRATED.rule,
        calibration=(Calibration(score="incitement", slope=1, intercept=5),),
    )
    assert decide(assessed(incitement=0.19), raised, MEASURED).action is Action.PUBLISH
    assert decide(assessed(incitement=0.2), raised, MEASURED).action is Action.HOLD


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ('score = "rudeness"\nslope = 1\nintercept = 0', "needs a score, one of relevance"),
        ('score = "insult"\nslope = 0\nintercept = 0', "needs a slope above 0"),
        ('score = "insult"\nslope = 1\nintercept = inf', "finite intercept"),
        ('score = "insult"\nslope = 1', "intercept"),
    ],
)
def test_a_calibration_that_makes_no_sense_is_refused(tmp_path: Path, table: str, says: str) -> None:
    path = tmp_path / "p.toml"
    path.write_text(RULE + f'score = "insult"\nat_least = 0.5\n[[calibration]]\n{table}\n')
    assert says in message_of(lambda: policies.load(path), PolicyError)


values = st.integers(0, 10_000).map(lambda n: n / 10_000)


@given(values, values, st.sampled_from(["sn", "en", "ka"]), st.sampled_from([None, "s"]))
def test_a_margin_of_0_or_more_is_a_comment_that_is_held(
    incitement: float, relevance: float, language: str, site: str | None
) -> None:
    known = assessed(language, site, incitement=incitement, relevance=relevance)
    for policy in (policies.load(), CALIBRATED):
        for action in (Action.FLAG, Action.HOLD):
            does = decide(known, policy, MEASURED).action.strictness >= action.strictness
            assert does == (margin(known, policy, MEASURED, action) >= 0)


def test_what_could_not_be_judged_is_held_at_any_threshold(default_policy: Policy) -> None:
    failed = Assessment(comment=Comment(id="1", text="x"), failure="harms: out of paper")
    assert margin(failed, default_policy, MEASURED) == float("inf")

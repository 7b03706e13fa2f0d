from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modfilter.contract import Record, decode, encode, json_schema, to_record
from modfilter.records import (
    SCORES,
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
    Thread,
    Topic,
)

from .conftest import ROOT

# Lone surrogates are no text; everything else that people paste is.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
shares = st.floats(0, 1).map(lambda value: round(value, 4))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)
times = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@st.composite
def stances(draw: st.DrawFn) -> Stance:
    weights = [draw(st.integers(0, 50)) + (n == 7) for n in range(len(StanceLabel))]
    return Stance.of({label: w / sum(weights) for label, w in zip(StanceLabel, weights, strict=True)})


@st.composite
def decisions(draw: st.DrawFn) -> Decision:
    text = draw(texts)
    comment = Comment(
        id="c1",
        text=text,
        article_id=draw(st.none() | names),
        parent_id=draw(st.none() | names.filter(lambda name: name != "c1")),
        author=draw(st.none() | texts),
        created_at=draw(st.none() | times),
        extra=draw(st.dictionaries(texts, json_values, max_size=3)),
    )

    def evidence(score: str) -> tuple[Evidence, ...]:
        if not text or draw(st.booleans()):
            return (Evidence(score=score, article_start=0, article_end=3, cue="c", quote=draw(texts)),)
        start = draw(st.integers(0, len(text) - 1))
        return (Evidence(score=score, start=start, end=draw(st.integers(start + 1, len(text))), cue="c"),)

    chosen = draw(st.sets(st.sampled_from(SCORES)))
    scores = tuple(
        Score(name=name, value=draw(shares), evidence=evidence(name)) for name in SCORES if name in chosen
    )
    share = draw(shares)
    mixed = LanguageMix(
        main="sn",
        mix={"sn": share, "en": round(1 - share, 4)},
        confidence=draw(shares),
        spans=(LanguageSpan(start=0, end=len(text), language="sn"),) if text else (),
    )
    reasons = tuple(
        Reason(rule=draw(names), action=action, score="insult", value=draw(shares), below=0.3, because="b")
        for action in draw(st.lists(st.sampled_from(Action), max_size=2))
    )
    return Decision(
        assessment=Assessment(
            comment=comment,
            languages=draw(st.sampled_from([mixed, LanguageMix()])),
            scores=scores,
            topic=draw(st.sampled_from([Topic(), Topic(via="thread"), Topic(generic=True)])),
            stance=draw(st.none() | stances()),
            failure=draw(st.none() | texts),
            models=draw(st.dictionaries(names, names, max_size=2)),
        ),
        action=max((r.action for r in reasons), key=lambda a: a.strictness, default=Action.PUBLISH),
        reasons=reasons,
        policy="default@1",
    )


@given(decisions())
def test_a_decision_survives_its_record(decision: Decision) -> None:
    assert decode(encode(decision)) == decision


def test_the_keys_of_a_record_come_in_the_order_of_the_contract() -> None:
    decision = Decision(assessment=Assessment(comment=Comment(id="1", text="x")), policy="p@1")
    assert list(msgspec.to_builtins(to_record(decision))) == [
        *("id", "article_id", "parent_id", "author", "created_at", "permalink", "site", "section", "text"),
        *("languages", "scores", "topic", "stance", "evidence", "action", "reasons", "failure", "extra"),
        *("tier", "hurried", "modfilter", "models", "policy"),
    ]
    assert Record.__struct_fields__[0] == "id"


def test_the_published_schema_is_that_of_the_code() -> None:
    published = msgspec.json.decode((ROOT / "docs" / "record.schema.json").read_bytes())
    assert published == json_schema(), "run `python scripts/write_schema.py`"


def test_of_two_reasons_about_one_score_the_stricter_is_told() -> None:
    told = [
        Reason(rule="possible", action=Action.FLAG, score="incitement", value=0.9, because="May call."),
        Reason(rule="certain", action=Action.HOLD, score="incitement", value=0.9, because="Calls."),
        Reason(rule="insult", action=Action.FLAG, score="insult", value=0.6, because="Insults."),
    ]
    decision = Decision(
        assessment=Assessment(comment=Comment(id="1", text="x"), languages=LanguageMix()),
        action=Action.HOLD,
        reasons=tuple(told),
        policy="default@2",
    )
    assert [reason.rule for reason in decision.told] == ["certain", "insult"]


def test_incitement_is_the_sum_of_its_three_stances() -> None:
    stance = Stance.of(
        dict.fromkeys(StanceLabel, 0.0)
        | {StanceLabel.CALLS_FOR: 0.5, StanceLabel.JUSTIFIES: 0.2, StanceLabel.NONE: 0.3}
    )
    assert stance.label is StanceLabel.CALLS_FOR
    assert stance.incitement == 0.7


@pytest.mark.parametrize(
    ("born", "says"),
    [
        (lambda: Article(id="a"), "neither a title nor a body"),
        (lambda: Comment(id="", text=""), "needs an id"),
        (lambda: Comment(id="1", text="", parent_id="1"), "its own parent"),
        (lambda: Comment(id="1", text="", created_at=datetime(2022, 4, 8)), "time zone"),
        (lambda: Thread(comments=(Comment(id="1", text=""),) * 2), "share an id"),
        (
            lambda: Thread(
                article=Article(id="a", title="t"), comments=(Comment(id="1", text="", article_id="b"),)
            ),
            "another article",
        ),
        (lambda: LanguageSpan(start=3, end=3, language="sn"), "no span"),
        (lambda: LanguageMix(main="sn"), "is not in the mix"),
        (lambda: LanguageMix(main="sn", mix={"sn": 0.4}), "do not sum to 1"),
        (lambda: LanguageMix(main="sn", mix={"sn": 1.0}, confidence=1.1), "not in"),
        (
            lambda: LanguageMix(
                main="sn",
                mix={"sn": 1.0},
                spans=(
                    LanguageSpan(start=0, end=4, language="sn"),
                    LanguageSpan(start=3, end=6, language="en"),
                ),
            ),
            "overlap",
        ),
        (lambda: Evidence(score="insult", cue="c"), "one place"),
        (lambda: Evidence(score="insult", start=2, end=2, cue="c"), "one place"),
        (lambda: Evidence(score="insult", start=0, end=2, article_start=1, article_end=2, cue="c"), "one"),
        (lambda: Score(name="insult", value=1.2), "must lie in"),
        (lambda: Score(name="rudeness", value=0.2), "no score is called"),
        (
            lambda: Score(
                name="insult", value=0.5, evidence=(Evidence(score="spam", start=0, end=1, cue="c"),)
            ),
            "another score",
        ),
        (lambda: Stance(label=StanceLabel.NONE, none=0.5), "do not sum"),
        (lambda: Stance(label=StanceLabel.NONE, none=0.4, reports=0.6), "not likeliest"),
        (
            lambda: Assessment(comment=Comment(id="1", text=""), scores=(Score(name="spam", value=0.1),) * 2),
            "given twice",
        ),
        (
            lambda: Assessment(
                comment=Comment(id="1", text="ab"),
                scores=(
                    Score(
                        name="spam", value=0.9, evidence=(Evidence(score="spam", start=0, end=9, cue="c"),)
                    ),
                ),
            ),
            "shorter than its evidence",
        ),
        (lambda: Reason(rule="r", action=Action.HOLD, because="b"), "a score or a condition"),
        (lambda: Reason(rule="r", action=Action.HOLD, when="failure", because=""), "does not say why"),
        (
            lambda: Decision(
                assessment=Assessment(comment=Comment(id="1", text="")), action=Action.HOLD, policy="p"
            ),
            "does not follow",
        ),
    ],
)
def test_a_value_that_makes_no_sense_is_not_born(born: object, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        born()  # type: ignore[operator]

"""What the shipped models must and must not say. Known failures are listed, so that mending one shows."""

import json
import time
from pathlib import Path

import pytest

from modfilter import policy as policies
from modfilter.pipeline import Judges, moderate
from modfilter.records import Article, Comment, Decision, Thread

CASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "cases.jsonl").read_text(encoding="utf-8").splitlines()
]


def decided(judges: Judges, text: str, parent: str | None = None, article: Article | None = None) -> Decision:
    """Decide on one comment, under an article and below a parent where they are given."""
    comments = [Comment(id="c", text=text, parent_id="p" if parent else None)]
    if parent:
        comments.insert(0, Comment(id="p", text=parent))
    thread = Thread(article=article, comments=tuple(comments))
    *_, last = moderate([thread], judges, policies.load())
    return last


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["label"])
def test_case(judges: Judges, case: dict[str, str], request: pytest.FixtureRequest) -> None:
    if "known_failure" in case:
        request.node.add_marker(pytest.mark.xfail(strict=True, reason=case["known_failure"]))
    if "language" in case:
        (mix,) = judges.language([case["text"]])
        assert " ".join(sorted(mix.mix) or [mix.main]) == case["language"]
    else:
        decision = decided(judges, case["text"], parent=case.get("answers"))
        held = any(reason.rule == "incitement" for reason in decision.reasons)
        assert held == (case["expect"] == "hold"), decision.assessment.stance


def test_a_comment_is_more_relevant_to_its_own_article(judges: Judges) -> None:
    bridge = Article(
        id="1", title="Save bridge falls", body="The bridge over the Save river at Birchenough fell."
    )
    match = Article(
        id="2", title="Derby drawn", body="Rovers and Stars drew 1-1 in the Harare derby on Sunday."
    )
    text = "bhiriji rekuBirchenough rawa here nhai? The Save river was full"
    own, other = (decided(judges, text, article=article).assessment for article in (bridge, match))
    assert (own.value("relevance") or 0) > (other.value("relevance") or 1)
    assert own.topic.via == "article"
    quotes = [e.quote for score in own.scores for e in score.evidence if e.quote]
    assert quotes == ["The bridge over the Save river at Birchenough fell."]


def test_the_deciding_words_are_those_of_the_call(judges: Judges) -> None:
    text = "The road to Mutoko was closed all day and the buses were late, kill all these foreigners now"
    known = decided(judges, text).assessment
    (evidence,) = next(score for score in known.scores if score.name == "incitement").evidence
    assert "kill" in text[evidence.start : evidence.end]


@pytest.mark.parametrize("text", ["lol", "so sad", "Amen", "😂😂", "First!", "ehe"])
def test_a_short_reaction_is_generic_and_never_off_topic(judges: Judges, text: str) -> None:
    article = Article(id="1", title="Save bridge falls", body="The bridge over the Save river fell.")
    known = decided(judges, text, article=article).assessment
    assert known.topic.generic
    assert known.value("relevance") == 0.5


def test_a_reply_is_read_with_what_it_answers(judges: Judges) -> None:
    reply = "good, do it"
    under_a_call = decided(judges, reply, parent="Let us burn down the houses of these foreigners tonight")
    under_a_recipe = decided(judges, reply, parent="I want to bake a cake for my daughter's birthday")
    assert (under_a_call.assessment.value("incitement") or 0) > 0.1
    assert (under_a_recipe.assessment.value("incitement") or 0) < 0.1


@pytest.mark.parametrize(
    "text",
    [
        "😂" * 3000,
        "a" * 50_000,
        "ngavarohwe " * 4_500,
        "=+-|/\\_" * 400,
        "\x00\x07\u202eabc\u2066",
        "ﷺ مرحبا بالعالم",
        "k." * 2_000,
    ],
    ids=["emoji", "one letter", "long", "ASCII art", "control", "right to left", "dots"],
)
def test_odd_text_is_judged_in_bounded_time(judges: Judges, text: str) -> None:
    begun = time.monotonic()
    assert decided(judges, text).assessment.failure is None
    assert time.monotonic() - begun < 60


def test_a_call_at_the_end_of_a_long_comment_is_found(judges: Judges) -> None:
    talk = "We waited for the bus in the rain and talked about the price of bread and the school fees. " * 60
    call = "Let us go tonight and burn these foreigners in their houses, kill them all."
    held = decided(judges, talk + call)
    assert (held.assessment.value("incitement") or 0) >= 0.3
    (evidence,) = [e for e in held.evidence if e.score == "incitement"][:1] or [None]
    assert evidence is None or (evidence.start or 0) >= len(talk)

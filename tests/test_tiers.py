"""Which tier speaks, what it reads, and what its numbers mean."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from modfilter.encoder import Encode, Encoded
from modfilter.harms import Harms
from modfilter.harms.calibration import GROUPS, HEADS, Calibration, Platt, group_of, incitement_logit
from modfilter.pipeline import Judges, Tier, assess
from modfilter.reading import MOST_WINDOWS, Reading, readings
from modfilter.records import Article, Comment, LanguageMix, Score, Stance, StanceLabel, Thread, Topic
from modfilter.relevance import Relevance

from .conftest import encode_nothing


def tier_that_says(value: float) -> Tier:
    """Make a tier that gives every comment one incitement score."""

    def harms(
        readings: Sequence[Reading], _languages: Sequence[LanguageMix], _encoded: Encoded
    ) -> list[Harms]:
        stance = Stance.of(
            dict.fromkeys(StanceLabel, 0.0) | {StanceLabel.CALLS_FOR: value, StanceLabel.NONE: 1 - value}
        )
        return [Harms(stance, (Score(name="incitement", value=value),))] * len(readings)

    def relevance(
        readings: Sequence[Reading],
        _encoded: Encoded,
        _encode: Encode,
        _parents: Sequence[int | float | None],
        _shelf: Sequence[Article],
    ) -> list[Relevance]:
        return [Relevance(None, Topic())] * len(readings)

    return Tier(encode_nothing, harms, relevance)


@pytest.mark.parametrize(("fast", "speaks"), [(0.05, "fast"), (0.2, "deep"), (0.8, "deep"), (0.95, "fast")])
def test_the_deep_tier_is_asked_where_the_fast_one_is_undecided(
    stub_judges: Judges, fast: float, speaks: str
) -> None:
    judges = replace(
        stub_judges,
        tiers={"fast": tier_that_says(fast), "deep": tier_that_says(0.5)},
        undecided={"incitement": (0.2, 0.9)},
    )
    (known,) = assess([Thread(comments=(Comment(id="1", text="a comment of some words"),))], judges)
    assert known.tier == speaks
    assert known.value("incitement") == (0.5 if speaks == "deep" else fast)


def test_short_and_long_comments_go_deep_sooner(stub_judges: Judges) -> None:
    tiers = {"fast": tier_that_says(0.15), "deep": tier_that_says(0.5)}
    judges = replace(stub_judges, tiers=tiers, undecided={"incitement": (0.2, 0.9)})
    texts = ("kill them", "a comment of some words", "word " * 200)
    comments = tuple(Comment(id=str(n), text=text) for n, text in enumerate(texts))
    assert [known.tier for known in assess([Thread(comments=comments)], judges)] == ["deep", "fast", "deep"]


def test_a_tier_asked_for_alone_judges_every_comment(stub_judges: Judges) -> None:
    judges = replace(stub_judges, tiers={"deep": tier_that_says(0.01)}, undecided={"incitement": (0.2, 0.9)})
    (known,) = assess([Thread(comments=(Comment(id="1", text="hi"),))], judges)
    assert known.tier == "deep"


def test_a_reply_is_read_with_the_beginning_of_its_parent() -> None:
    parent = Comment(id="p", text="k1ll them " + "x" * 1000)
    thread = Thread(comments=(parent, Comment(id="c", text="yes", parent_id="p")))
    first, reply = readings(thread)
    assert first.answers is None
    assert reply.answers is not None
    assert reply.answers.startswith("kill them")
    assert len(reply.answers) <= 400


def test_a_long_comment_is_read_in_windows_that_cover_it() -> None:
    text = "word " * 2_000
    (read,) = readings(Thread(comments=(Comment(id="1", text=text),)))
    assert "".join(read.texts) == text
    (endless,) = readings(Thread(comments=(Comment(id="1", text="word " * 100_000),)))
    assert len(endless.windows) == MOST_WINDOWS
    assert endless.windows[-1][1] == 500_000


def test_calibrated_stances_are_probabilities_that_add_up_to_the_incitement_score() -> None:
    table = {head: {group: Platt(2.0, -1.0) for group in GROUPS} for head in HEADS}
    stances = np.random.default_rng(0).normal(size=(20, 8)).astype(np.float32)
    shares, harms = Calibration(table)(stances, np.zeros((20, 4), np.float32), ["sn"] * 20)
    expected = 1 / (1 + np.exp(-(2 * incitement_logit(stances) - 1)))
    assert np.allclose(shares.sum(axis=1), 1, atol=1e-5)
    assert np.allclose(shares[:, :3].sum(axis=1), expected, atol=1e-5)
    assert np.allclose(harms, 1 / (1 + np.exp(1)))


@pytest.mark.parametrize(
    ("mix", "group"),
    [
        ({"sn": 1.0}, "sn"),
        ({"en": 0.6, "sn": 0.4}, "mixed"),
        ({"nd": 0.6, "en": 0.4}, "nd"),
        ({"zu": 1.0}, "nd"),
        ({"fr": 1.0}, "other"),
        ({}, "other"),
    ],
)
def test_scores_are_calibrated_by_language(mix: dict[str, float], group: str) -> None:
    main = max(mix, key=mix.__getitem__) if mix else "und"
    assert group_of(LanguageMix(main=main, mix=mix, confidence=0.9 if mix else 0.0)) == group

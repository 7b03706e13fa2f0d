"""What the shipped models must and must not say. Known failures are listed, so that mending one shows."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from modfilter.language import langdetect
from modfilter.pipeline import Judges
from modfilter.records import Article

CASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "cases.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["label"])
def test_case(judges: Judges, case: dict[str, str], request: pytest.FixtureRequest) -> None:
    if "known_failure" in case:
        request.node.add_marker(pytest.mark.xfail(strict=True, reason=case["known_failure"]))
    if "language" in case:
        (mix,) = judges.language([case["text"]])
        assert " ".join(sorted(mix.mix) or [mix.main]) == case["language"]
    else:
        (harms,) = judges.harms([case["text"]])
        held = harms.stance.incitement >= 0.5
        assert held == (case["expect"] == "hold"), harms.stance


def test_spans_cover_the_words_of_a_mixed_comment(judges: Judges) -> None:
    text = "Hama yangu, vanotambura ndivo vanogara mumukuku, all foreigners in the suburbs have no problems"
    (mix,) = judges.language([text])
    assert [(span.language, text[span.start : span.end]) for span in mix.spans] == [
        ("sn", "Hama yangu, vanotambura ndivo vanogara mumukuku"),
        ("en", "all foreigners in the suburbs have no problems"),
    ]
    assert mix.main == "en"
    assert mix.is_mixed


def test_the_identifier_knows_at_least_100_languages() -> None:
    import tomllib

    text = (Path(__file__).parent.parent / "models" / "language" / "languages.toml").read_text()
    languages = tomllib.loads(text)["languages"]
    assert len(languages) >= 100
    assert {"sn", "nd", "en", "zu", "ny"} <= languages.keys()


def test_identifying_prints_nothing_and_may_be_done_from_threads(
    judges: Judges, capfd: pytest.CaptureFixture[str]
) -> None:
    texts = [f"Ndinoda kuenda kumba nhasi {n} and then we go" for n in range(300)]
    alone = judges.language(texts)
    with ThreadPoolExecutor(4) as pool:
        for answer in pool.map(judges.language, [texts] * 8):
            assert answer == alone
    assert capfd.readouterr() == ("", "")


def test_langdetect_is_seeded() -> None:
    texts = ["The quick brown fox", "Le renard brun", "Ndinoda kuenda kumba"] * 3
    assert langdetect(texts) == langdetect(texts)


def test_a_comment_is_more_relevant_to_its_own_article(judges: Judges) -> None:
    bridge = Article(
        id="1", title="Save bridge falls", body="The bridge over the Save river at Birchenough fell."
    )
    match = Article(
        id="2", title="Derby drawn", body="Rovers and Stars drew 1-1 in the Harare derby on Sunday."
    )
    text = "bhiriji rekuBirchenough rawa here nhai? The Save river was full"
    (own,), (other,) = judges.relevance(bridge, [text]), judges.relevance(match, [text])
    assert own.score is not None
    assert other.score is not None
    assert own.score.value > 0.5 > other.score.value
    assert own.topic.via == "article"
    assert own.score.evidence[0].quote == "The bridge over the Save river at Birchenough fell."


@pytest.mark.parametrize("text", ["lol", "so sad", "Amen", "😂😂", "First!", "ehe"])
def test_a_short_reaction_is_generic_and_never_off_topic(judges: Judges, text: str) -> None:
    article = Article(id="1", title="Save bridge falls", body="The bridge over the Save river fell.")
    (answer,) = judges.relevance(article, [text])
    assert answer.topic.generic
    assert answer.score is not None
    assert answer.score.value == 0.5

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modfilter.bundle import Bundle
from modfilter.encoder import Encoded
from modfilter.errors import ModelError
from modfilter.harms import Harms
from modfilter.pipeline import Judges, assess, moderate
from modfilter.policy import Policy
from modfilter.reading import Reading
from modfilter.records import EVIDENCE_FROM, Action, Article, Comment, LanguageMix, Thread

from .conftest import message_of

ARTICLE = Article(id="a", title="Bridge", body="The bridge over the Save has fallen. Nobody was hurt.")
words = st.sampled_from(
    "ngavarohwe mvura bridge kill them all 😂 . http://a.b @Jah HAHAHA русский 平和 zvakaoma".split()
)
comments = st.lists(st.lists(words, max_size=12).map(" ".join) | st.text(max_size=40), min_size=1, max_size=6)


def thread(texts: Sequence[str], article: Article | None = ARTICLE) -> Thread:
    return Thread(
        article=article,
        comments=tuple(Comment(id=str(n), text=text, article_id="a") for n, text in enumerate(texts)),
    )


@settings(max_examples=60)
@given(comments)
def test_a_batch_equals_its_parts(judges: Judges, texts: list[str]) -> None:
    whole = assess([thread(texts)], judges)
    for comment, known in zip(thread(texts).comments, whole, strict=True):
        (alone,) = assess([Thread(article=ARTICLE, comments=(comment,))], judges)
        assert alone == known


@settings(max_examples=60)
@given(comments)
def test_evidence_lies_in_the_readers_own_text(judges: Judges, texts: list[str]) -> None:
    for known in assess([thread(texts)], judges):
        assert known.failure is None
        for score in known.scores:
            for item in score.evidence:
                if item.start is not None and item.end is not None:
                    assert known.comment.text[item.start : item.end].strip()
                else:
                    assert item.quote
                    assert ARTICLE.body[item.article_start : item.article_end].startswith(item.quote)
            if score.value >= EVIDENCE_FROM and score.name != "relevance" and known.comment.text.strip():
                assert score.evidence, score.name


def test_decisions_come_in_the_order_of_the_comments(stub_judges: Judges, default_policy: Policy) -> None:
    threads = [
        Thread(comments=tuple(Comment(id=f"{t}-{n}", text="kill" if n % 2 else "hi") for n in range(400)))
        for t in range(5)
    ]
    decided = [*moderate(iter(threads), stub_judges, default_policy)]
    assert [d.assessment.comment for d in decided] == [c for t in threads for c in t.comments]
    assert {d.action for d in decided[1::2]} == {Action.HOLD}
    assert {d.action for d in decided[0::2]} == {Action.PUBLISH}


def test_a_comment_that_breaks_a_judge_fails_alone(stub_judges: Judges, default_policy: Policy) -> None:
    tier = stub_judges.tiers["fast"]

    def fragile(
        readings: Sequence[Reading], languages: Sequence[LanguageMix], encoded: Encoded
    ) -> list[Harms]:
        if any(reading.comment.text == "bomb" for reading in readings):
            raise RuntimeError("no")
        return tier.harms(readings, languages, encoded)

    broken = replace(stub_judges, tiers={"fast": replace(tier, harms=fragile)})
    decided = [*moderate([thread(["Bridge", "bomb", "Bridge"])], broken, default_policy)]
    assert [d.action for d in decided] == [Action.PUBLISH, Action.HOLD, Action.PUBLISH]
    assert decided[1].assessment.failure == "harms: RuntimeError: no"
    assert decided[1].assessment.stance is None
    assert decided[0].assessment.failure is None


def test_relevance_is_null_where_no_article_is_known(judges: Judges) -> None:
    (known,) = assess([thread(["The bridge has fallen"], article=None)], judges)
    assert known.value("relevance") is None
    assert known.topic.via is None


def test_a_model_file_that_was_changed_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"tampered")
    (tmp_path / "manifest.toml").write_text(
        f'name = "m"\nversion = "1"\n[files]\n"model.bin" = "{"0" * 64}"\n"gone.bin" = "00"\n'
    )
    bundle = Bundle(tmp_path)
    message = message_of(lambda: bundle.path("model.bin"), ModelError)
    assert "is not the file that was tested" in message
    assert "cannot be read" in message_of(lambda: bundle.path("gone.bin"), ModelError)
    assert "does not name other.bin" in message_of(lambda: bundle.path("other.bin"), ModelError)
    (tmp_path / "manifest.toml").write_text("= broken")
    with pytest.raises(ModelError, match="manifest"):
        _ = Bundle(tmp_path).manifest

"""Records as tests of the report need them: made by hand, so that no model decides what is on the page."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

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

BECAUSE = {
    "incitement": "Calls for, threatens or justifies violence against people.",
    "insult": "Insults a person.",
    "off-topic": "Is not about the article or its thread.",
    "spam": "Advertises, begs or lures, and has nothing to do with the thread.",
}
ARTICLE = Article(
    id="a1", title="Border closed after clashes", body="The border at Chirundu was closed today."
)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def decision(
    id: str,
    text: str,
    *,
    incitement: float = 0.01,
    insult: float = 0.01,
    relevance: float | None = 0.9,
    marks: Sequence[tuple[int, int]] = (),
    mix: Mapping[str, float] | None = None,
    spans: Sequence[tuple[int, int, str]] = (),
    tier: Any = "fast",
    generic: bool = False,
    failure: str | None = None,
    **comment: Any,
) -> Decision:
    """Make a decision as the default policy would: holds incitement from 0.6, flags insults and what is off topic."""
    reasons = []
    if incitement >= 0.6:
        reasons.append(_reason("incitement", Action.HOLD, "incitement", incitement, at_least=0.6))
    if insult >= 0.5:
        reasons.append(_reason("insult", Action.FLAG, "insult", insult, at_least=0.5))
    if relevance is not None and relevance < 0.5:
        reasons.append(_reason("off-topic", Action.FLAG, "relevance", relevance, below=0.5))
    evidence = tuple(
        Evidence(score="incitement", start=start, end=end, cue="these words raise the score most")
        for start, end in marks
    )
    scores = [
        Score(name="incitement", value=incitement, evidence=evidence),
        Score(name="insult", value=insult),
    ]
    if relevance is not None:
        quote = Evidence(
            score="relevance", article_start=0, article_end=9, cue="nearest", quote="The border at Chirundu."
        )
        scores.append(Score(name="relevance", value=relevance, evidence=(quote,)))
    languages = dict(mix or {"en": 1.0})
    label = StanceLabel.CALLS_FOR if incitement >= 0.5 else StanceLabel.NONE
    rest = StanceLabel.NONE if incitement >= 0.5 else StanceLabel.CALLS_FOR
    share = max(incitement, 1 - incitement)
    return Decision(
        assessment=Assessment(
            comment=Comment(**{"id": id, "text": text, "article_id": "a1", **comment}),
            languages=LanguageMix(
                main=next(iter(languages)),
                mix=languages,
                confidence=0.9,
                spans=tuple(LanguageSpan(start=s, end=e, language=tag) for s, e, tag in spans),
            ),
            scores=tuple(scores),
            topic=Topic(via="article" if relevance and relevance >= 0.5 else None, generic=generic),
            stance=Stance.of(dict.fromkeys(StanceLabel, 0.0) | {label: share, rest: 1 - share}),
            failure=failure,
            tier=tier,
            models={"harms": "3"},
        ),
        action=max((reason.action for reason in reasons), key=lambda a: a.strictness, default=Action.PUBLISH),
        reasons=tuple(reasons),
        policy="default@2",
    )


def write(path: Path, decisions: Iterable[Decision], articles: Iterable[Article] = (ARTICLE,)) -> Path:
    """Write records and their articles as `modfilter score` does."""
    path.write_bytes(b"".join(encode(one) + b"\n" for one in decisions))
    beside = Path(f"{path}.articles.jsonl")
    beside.write_bytes(b"".join(msgspec.json.encode(article) + b"\n" for article in articles))
    return path


def _reason(rule: str, action: Action, score: str, value: float, **limit: float) -> Reason:
    return Reason(rule=rule, action=action, score=score, value=value, because=BECAUSE[rule], **limit)  # type: ignore[arg-type]

"""Runs without models: decisions made of scores, written as `modfilter score` writes them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from modfilter import policy as policies
from modfilter.contract import encode
from modfilter.policy import Policy, decide
from modfilter.records import Assessment, Comment, Decision, Evidence, LanguageMix, Score
from modfilter.verdicts import Verdict
from modfilter.verdicts import encode as encode_verdict

MEASURED = frozenset({"sn", "en", "nd"})
DEFAULT = policies.load()
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


def decision(
    id: str,
    language: str = "sn",
    *,
    text: str = "some words of a comment",
    site: str | None = None,
    day: int | None = None,
    article: str | None = None,
    parent: str | None = None,
    policy: Policy | None = None,
    **scores: float,
) -> Decision:
    """Decide on a comment with these scores."""
    known = Assessment(
        comment=Comment(
            id=id,
            text=text,
            site=site,
            article_id=article,
            parent_id=parent,
            created_at=None if day is None else MONDAY + timedelta(days=day),
        ),
        languages=LanguageMix(main=language, mix={language: 1.0}, confidence=0.9),
        scores=tuple(
            Score(
                name=name,
                value=value,
                evidence=(Evidence(score=name, start=0, end=min(4, len(text)), cue="c"),),
            )
            for name, value in scores.items()
        ),
    )
    return decide(known, policy or DEFAULT, MEASURED)


def written(path: Path, decisions: Iterable[Decision]) -> Path:
    path.write_bytes(b"".join(encode(each) + b"\n" for each in decisions))
    return path


def verdict(
    id: str, said: str, reason: str | None = None, moderator: str = "rudo", minute: int = 0
) -> Verdict:
    at = MONDAY + timedelta(days=30, minutes=minute)
    return Verdict(id=id, verdict=said, reason=reason, moderator=moderator, at=at)  # type: ignore[arg-type]


def said(path: Path, verdicts: Iterable[Verdict]) -> Path:
    path.write_bytes(b"".join(encode_verdict(each) + b"\n" for each in verdicts))
    return path

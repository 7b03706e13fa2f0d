"""A decision as the flat JSON record that everybody else builds on, and back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct

from modfilter.records import (
    SCORES,
    Action,
    Assessment,
    Comment,
    Decision,
    Evidence,
    LanguageMix,
    Reason,
    Score,
    Stance,
    Topic,
)

VERSION = "0.1.0"


class Scores(Struct, frozen=True, kw_only=True):
    """Every score by name; null where none could be given."""

    relevance: float | None = None
    incitement: float | None = None
    identity_attack: float | None = None
    insult: float | None = None
    obscene: float | None = None
    spam: float | None = None


class Record(Struct, frozen=True, kw_only=True):
    """One line of output. The order of the keys is part of the contract."""

    id: str
    article_id: str | None = None
    parent_id: str | None = None
    author: str | None = None
    created_at: datetime | None = None
    permalink: str | None = None
    site: str | None = None
    section: str | None = None
    text: str
    languages: LanguageMix
    scores: Scores
    topic: Topic
    stance: Stance | None = None
    evidence: tuple[Evidence, ...] = ()
    action: Action
    reasons: tuple[Reason, ...] = ()
    failure: str | None = None
    extra: Mapping[str, Any] = {}
    tier: Literal["fast", "deep"]
    hurried: bool = False
    modfilter: str = VERSION
    models: Mapping[str, str] = {}
    policy: str


_COMMENT_KEYS = Comment.__struct_fields__


def to_record(decision: Decision) -> Record:
    """Lay a decision out flat."""
    known = decision.assessment
    return Record(
        **{key: getattr(known.comment, key) for key in _COMMENT_KEYS},
        languages=known.languages,
        scores=Scores(**{score.name: score.value for score in known.scores}),
        topic=known.topic,
        stance=known.stance,
        evidence=tuple(item for score in known.scores for item in score.evidence),
        action=decision.action,
        reasons=decision.reasons,
        failure=known.failure,
        tier=known.tier,
        hurried=known.hurried,
        models=known.models,
        policy=decision.policy,
    )


def from_record(record: Record) -> Decision:
    """Rebuild the decision that a record was made of; raise ValueError if it breaks an invariant."""
    values = {name: getattr(record.scores, name) for name in SCORES}
    assessment = Assessment(
        comment=Comment(**{key: getattr(record, key) for key in _COMMENT_KEYS}),
        languages=record.languages,
        scores=tuple(
            Score(
                name=name,
                value=value,
                evidence=tuple(item for item in record.evidence if item.score == name),
            )
            for name, value in values.items()
            if value is not None
        ),
        topic=record.topic,
        stance=record.stance,
        failure=record.failure,
        tier=record.tier,
        hurried=record.hurried,
        models=record.models,
    )
    return Decision(assessment=assessment, action=record.action, reasons=record.reasons, policy=record.policy)


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Record)


def encode(decision: Decision) -> bytes:
    """Give a decision as one line of JSON, without the line break."""
    return _encoder.encode(to_record(decision))


def decode(line: bytes | str) -> Decision:
    """Read a line that `encode` wrote; raise msgspec.DecodeError where it is not one."""
    return from_record(_decoder.decode(line))


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema (2020-12) of a record, as published in docs/record.schema.json."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(Record)}
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(schema))
    return plain

"""What a moderator said of a comment: one line of a verdict file."""

from datetime import datetime
from typing import Literal, get_args

import msgspec
from msgspec import Struct

Outcome = Literal["approve", "remove", "skip"]
Cause = Literal["incitement", "identity_attack", "insult", "obscene", "spam", "off_topic", "other"]
CAUSES: tuple[Cause, ...] = get_args(Cause)
"""Why a comment may be removed: a harm score by its name, or that it is off topic, or something else."""


class Verdict(Struct, frozen=True, kw_only=True):
    """One moderator's word on one comment. The order of the keys is part of the contract."""

    id: str
    """The comment's."""
    verdict: Outcome
    """Skip says nothing of the comment; after an earlier verdict of the same moderator it takes that back."""
    reason: Cause | None = None
    moderator: str
    at: datetime
    """When it was said, with its time zone; of several by one moderator the latest counts."""

    def __post_init__(self) -> None:
        if not self.id:
            raise ValueError("a verdict needs the id of a comment")
        if self.at.tzinfo is None:
            raise ValueError(f"verdict on {self.id!r}: at needs a time zone")


_decoder = msgspec.json.Decoder(Verdict)


def encode(verdict: Verdict) -> bytes:
    """Give a verdict as one line of JSON, without the line break.

    >>> from datetime import UTC
    >>> at = datetime(2026, 5, 1, 8, 30, tzinfo=UTC)
    >>> encode(Verdict(id="c1", verdict="remove", reason="spam", moderator="rudo", at=at)).decode()
    '{"id":"c1","verdict":"remove","reason":"spam","moderator":"rudo","at":"2026-05-01T08:30:00Z"}'
    """
    return msgspec.json.encode(verdict)


def decode(line: bytes | str) -> Verdict:
    """Read a line that `encode` wrote; raise ValueError (msgspec's errors are such) where it is not one."""
    return _decoder.decode(line)

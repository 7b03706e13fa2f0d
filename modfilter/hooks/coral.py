"""Coral's external moderation phase: https://github.com/coralproject/talk, server/EXTERNAL_MODERATION_PHASES.md.

Coral publishes on any error, redirect or timeout. So every answer is 200, and a failure is answered with what the
policy does on failure. A `status` ends Coral's pipeline and skips its own premoderation: it is sent only to hold or
reject.
"""

import hmac
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import msgspec

from modfilter.errors import InputError
from modfilter.hooks.message import Asked
from modfilter.hooks.native import read_object
from modfilter.readers.markup import plain
from modfilter.records import Action, Comment, Decision, Reason

NO_OPINION = b"{}"
"""Neither status nor actions: Coral goes on with its own phases."""
_FAILED = "This comment could not be checked."
"""What the author of a comment reads where a judge failed: why it did is in the log, for the site."""
_SHAPE = 'Coral sends {"comment": {"body", "parentID"}, "story": {"id", "url"}, ...}.'
_SPAM, _TOXIC = "COMMENT_DETECTED_SPAM", "COMMENT_DETECTED_TOXIC"
_CODES = {
    "relevance": {"code": "IRRELEVANT_CONTENT"},
    "incitement": {"code": "ILLEGAL_CONTENT", "legalGrounds": "Incitement to violence"},
    "identity_attack": {"code": "HATE_SPEECH"},
    "insult": {"code": "HARASSMENT_BULLYING"},
    "obscene": {"code": "OFFENSIVE"},
    "spam": {"code": "SPAM"},
}


def is_signed(body: bytes, header: str | None, secrets: Sequence[str]) -> bool:
    """Whether one of the signatures in the header (two after a rotation) was made with one of the secrets."""
    given = [part.strip() for part in (header or "").split(",")]
    made = ["sha256=" + hmac.new(secret.encode(), body, sha256).hexdigest() for secret in secrets]
    # Every pair is compared, and each in constant time.
    return any([hmac.compare_digest(a.encode(), b.encode()) for a in given for b in made])  # noqa: C419


def read_message(body: bytes) -> Asked:
    """Read what Coral asks; raise InputError that says what is wrong with it.

    Coral has not saved the comment yet and sends no id: it gets one made of the message.
    """
    row = read_object(body, _SHAPE)
    comment, story, site = (_part(row, key) for key in ("comment", "story", "site"))
    text = comment.get("body")
    if not isinstance(text, str):
        raise InputError(f'"comment.body" is missing\n{_SHAPE}')
    text = text.encode("utf-8", "replace").decode()
    return Asked(
        comments=(
            Comment(
                id=f"coral-{sha256(body).hexdigest()[:24]}",
                text=plain(text),
                article_id=_string(story, "id"),
                parent_id=_string(comment, "parentID"),
                author=_string(_part(row, "author"), "id"),
                site=_string(site, "id"),
                extra={"action": _string(row, "action") or "NEW"},
            ),
        ),
        article_id=_string(story, "id"),
        article_url=_string(story, "url"),
    )


def write_answer(action: Action, reasons: Sequence[Reason], flags_off_topic: bool = False) -> bytes:
    """Say what to do. Coral's flags know only toxic and spam; off topic counts as spam where the site wants it."""
    if action is Action.PUBLISH:
        return NO_OPINION
    flags = [{"actionType": "FLAG", "reason": flag} for flag in _flags(action, reasons, flags_off_topic)]
    if action is Action.FLAG:
        return msgspec.json.encode({"actions": flags}) if flags else NO_OPINION
    if action is Action.HOLD:
        return msgspec.json.encode({"status": "SYSTEM_WITHHELD", "actions": flags})
    strictest = next((reason for reason in reasons if reason.action is Action.REJECT), None)
    why: dict[str, str] = {"code": "OTHER"}
    if strictest is not None:
        because = _FAILED if strictest.when == "failure" else strictest.because
        why = {
            **_CODES.get(strictest.score or "", {"code": "OTHER", "customReason": because}),
            "detailedExplanation": because,
        }
    # moderationAction alone does not end the pipeline; with anything but REJECTED it would notify the author.
    return msgspec.json.encode(
        {
            "status": "REJECTED",
            "actions": flags,
            "moderationAction": {"status": "REJECTED", "rejectionReason": why},
        }
    )


def answer_decision(decision: Decision, flags_off_topic: bool = False) -> bytes:
    """Answer with a decision."""
    return write_answer(decision.action, decision.told, flags_off_topic)


def _flags(action: Action, reasons: Sequence[Reason], flags_off_topic: bool) -> list[str]:
    flags = []
    for reason in reasons:
        if reason.score == "spam" or (reason.score == "relevance" and flags_off_topic):
            flags.append(_SPAM)
        elif reason.score not in (None, "relevance"):
            flags.append(_TOXIC)
    # What is held must say something, or moderators see a comment in the queue without any mark.
    return [*dict.fromkeys(flags)] or ([_TOXIC] if action is Action.HOLD else [])


def _part(row: dict[str, Any], key: str) -> dict[str, Any]:
    part = row.get(key)
    if part is None:
        return {}
    if not isinstance(part, dict):
        raise InputError(f'"{key}" must be an object\n{_SHAPE}')
    return part


def _string(row: dict[str, Any], key: str) -> str | None:
    value = row.get(key)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise InputError(f'"{key}" must be a string\n{_SHAPE}')
    return value.encode("utf-8", "replace").decode()

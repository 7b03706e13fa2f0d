"""OpenAI's `POST /v1/moderations`, as its clients speak it: https://platform.openai.com/docs/api-reference/moderations.

It has a fixed list of categories, and modfilter does not score all of them. A site says that it knows so
(`unscored = "null"`), or every request is refused: an unscored category must not look like a harmless comment.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

import msgspec

from modfilter.errors import InputError
from modfilter.hooks.message import AGAINST, Asked, Reply, is_unscored
from modfilter.hooks.native import read_object
from modfilter.records import Assessment, Comment, Decision

_SHAPE = 'Send {"input": "text"}, a list of texts, or a list of {"type": "text", "text": ...}.'
MOST_INPUTS = 1_000
UNSCORED = (
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/instructions",
    "self-harm/intent",
    "sexual",
    "sexual/minors",
    "violence",
    "violence/graphic",
)
"""`violence` is "content that depicts death, violence, or physical injury", reports included: not what we look for."""
_SCORED = ("harassment", "harassment/threatening", "hate", "hate/threatening")


def read_message(body: bytes) -> Asked:
    """Read the texts; raise InputError that says what is wrong with them."""
    given = read_object(body, _SHAPE).get("input")
    if isinstance(given, str):
        texts = [given]
    elif isinstance(given, list) and given:
        texts = [_text(each) for each in given]
        if any(isinstance(each, dict) for each in given):
            texts = ["\n".join(texts)]  # a list of parts is one input
    else:
        raise InputError(f'"input" is missing\n{_SHAPE}')
    if len(texts) > MOST_INPUTS:
        raise InputError(f"at most {MOST_INPUTS:,} inputs are read at once, not {len(texts):,}")
    return Asked(
        comments=tuple(
            Comment(id=f"input-{place}", text=text.encode("utf-8", "replace").decode())
            for place, text in enumerate(texts)
        )
    )


def write_answer(decisions: Sequence[Decision], fails_closed: bool) -> Reply:
    """Answer with a result for each text. A caller that `fails_closed` is told to try again where one has no scores."""
    if fails_closed and any(map(is_unscored, decisions)):
        return refuse("no score could be given; try again", 503, "server_error")
    return _answered([_result(decision) for decision in decisions])


def answer_shadow(count: int) -> Reply:
    """Answer in shadow mode: nothing is flagged."""
    nothing = _categories(dict.fromkeys(_SCORED, 0.0), dict.fromkeys(_SCORED, False), flagged=False)
    return _answered([nothing] * count)


def refuse(message: str, status: int = 400, kind: str = "invalid_request_error") -> Reply:
    """Give an error as OpenAI does."""
    error = {"message": message, "type": kind, "param": None, "code": None}
    headers = {"Retry-After": "1"} if status in (429, 503) else {}
    return Reply(body=msgspec.json.encode({"error": error}), status=status, headers=headers)


def refuse_categories() -> Reply:
    """Say which categories are not scored, and how a site accepts that."""
    return refuse(
        f'modfilter does not score {", ".join(UNSCORED)}. To get null for them, set unscored = "null" for this site.'
    )


def _text(part: object) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("text"), str):
        return str(part["text"])
    if isinstance(part, dict) and part.get("type") == "image_url":
        raise InputError("images are not read: send text only")
    raise InputError(_SHAPE)


def _result(decision: Decision) -> dict[str, Any]:
    flagged = decision.action in AGAINST
    if is_unscored(decision):
        # Where the policy publishes what fails, null: 0 would be read as harmless.
        score, kept = (1.0, True) if flagged else (None, None)
        return _categories(dict.fromkeys(_SCORED, score), dict.fromkeys(_SCORED, kept), flagged)
    fired = {reason.score for reason in decision.reasons if reason.action in AGAINST}
    incites, hates = "incitement" in fired, "identity_attack" in fired
    found = (incites or "insult" in fired, incites, hates, hates and incites)
    return _categories(_scores(decision.assessment), dict(zip(_SCORED, found, strict=True)), flagged)


def _scores(known: Assessment) -> dict[str, float]:
    incites, insult, hates = (
        known.value(name) or 0.0 for name in ("incitement", "insult", "identity_attack")
    )
    # A threat against a group is both, so neither may be low: the lesser of the two (Goedel's conjunction).
    return dict(zip(_SCORED, (max(insult, incites), incites, hates, min(hates, incites)), strict=True))


def _categories(
    scores: Mapping[str, float | None], found: Mapping[str, bool | None], flagged: bool
) -> dict[str, Any]:
    return {
        "flagged": flagged,
        "categories": {**found, **dict.fromkeys(UNSCORED)},
        "category_scores": {**scores, **dict.fromkeys(UNSCORED)},
        "category_applied_input_types": {name: ["text"] for name in _SCORED}
        | {name: [] for name in UNSCORED},
    }


def _answered(results: Sequence[Mapping[str, Any]]) -> Reply:
    return Reply(
        body=msgspec.json.encode({"id": f"modr-{uuid4().hex}", "model": "modfilter", "results": [*results]})
    )

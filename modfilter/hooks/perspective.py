"""The Perspective API's `comments:analyze` and `comments:suggestscore`, for sites whose calls end with 2026.

Shapes: https://github.com/conversationai/perspectiveapi (2-api/methods.md). An attribute that modfilter does not score
is an error in Perspective's own shape, never a 0: a 0 would be read as "harmless".
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from modfilter.errors import InputError
from modfilter.hooks.message import AGAINST, Asked, Reply, is_unscored
from modfilter.hooks.native import read_object
from modfilter.records import Assessment, Comment, Decision

_SHAPE = 'Send {"comment": {"text": ...}, "requestedAttributes": {"INCITEMENT": {}}}.'


def _score(*names: str) -> Callable[[Assessment], float | None]:
    """Give the highest of some scores."""

    def highest(known: Assessment) -> float | None:
        values = [value for value in map(known.value, names) if value is not None]
        return max(values) if values else None

    return highest


def _threat(known: Assessment) -> float | None:
    return (
        None if known.stance is None else min(1.0, round(known.stance.calls_for + known.stance.threatens, 4))
    )


def _off_topic(known: Assessment) -> float | None:
    relevance = known.value("relevance")
    return None if relevance is None else round(1 - relevance, 4)


ATTRIBUTES: Mapping[str, tuple[Callable[[Assessment], float | None], str | None]] = {
    # What Perspective's own attributes are defined as, in what we score; the second is the score whose words are shown.
    "THREAT": (_threat, "incitement"),
    "TOXICITY": (_score("insult", "obscene", "identity_attack", "incitement"), "insult"),
    "SEVERE_TOXICITY": (_score("identity_attack", "incitement"), "incitement"),
    "IDENTITY_ATTACK": (_score("identity_attack"), "identity_attack"),
    "INSULT": (_score("insult"), "insult"),
    "PROFANITY": (_score("obscene"), "obscene"),
    "OBSCENE": (_score("obscene"), "obscene"),
    "SPAM": (_score("spam"), "spam"),
    # Our own.
    "INCITEMENT": (_score("incitement"), "incitement"),
    "OFF_TOPIC": (_off_topic, None),
}
_SUFFIX = "_EXPERIMENTAL"


class Request(Struct, frozen=True, kw_only=True):
    """What was asked."""

    asked: Asked
    thresholds: Mapping[str, float]
    """For each attribute, the score under which it is left out of the answer."""
    languages: tuple[str, ...]
    spans: bool
    token: str | None


class AnalyzeError(InputError):
    """A request that cannot be answered, with Perspective's own word for why."""

    def __init__(self, message: str, kind: str = "INVALID_REQUEST") -> None:
        super().__init__(message)
        self.kind = kind


def read_request(body: bytes, measured: frozenset[str]) -> Request:
    """Read a request to analyze; raise AnalyzeError. `measured`: languages in which scores mean something."""
    row = _object(body)
    text = _text(row)
    if not text.strip():
        raise AnalyzeError("Comment must be non-empty.", "COMMENT_EMPTY")
    languages = _languages(row)
    attributes = row.get("requestedAttributes")
    if not isinstance(attributes, dict) or not attributes:
        raise AnalyzeError(
            f"Requested_attributes: no attribute is requested. {_SHAPE}", "NO_REQUESTED_ATTRIBUTES"
        )
    for name in attributes:
        if name.removesuffix(_SUFFIX) not in ATTRIBUTES:
            raise AnalyzeError(
                f"Attribute {name} is not scored by modfilter, which scores {', '.join(ATTRIBUTES)}."
            )
        if languages and not measured & {language.split("-")[0] for language in languages}:
            raise AnalyzeError(
                f"Attribute {name} does not support request languages: {', '.join(languages)}",
                "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
            )
    token = row.get("clientToken")
    asked = _asked(row, text, token)
    if asked.article is None and asked.article_id is None and asked.article_url is None:
        unknown = next((name for name in attributes if name.removesuffix(_SUFFIX) == "OFF_TOPIC"), None)
        if unknown:
            raise AnalyzeError(
                f'Attribute {unknown} needs the article: name one that was pushed as "articleId" in "context".'
            )
    return Request(
        asked=asked,
        thresholds={name: _threshold(name, options) for name, options in attributes.items()},
        languages=languages,
        spans=row.get("spanAnnotations") is True,
        token=token if isinstance(token, str) else None,
    )


def write_answer(request: Request, decision: Decision, fails_closed: bool) -> Reply:
    """Answer with the scores of a comment; an attribute that could not be scored makes the whole an error.

    A caller that knows scores alone publishes on an error, unless it `fails_closed`: what the policy holds gets 1 for
    everything instead.
    """
    known = decision.assessment
    scores: dict[str, Any] = {}
    missing = None
    for name, threshold in request.thresholds.items():
        scorer, shown = ATTRIBUTES[name.removesuffix(_SUFFIX)]
        value = scorer(known)
        if value is None:
            missing = name
        elif value >= threshold:
            scores[name] = _told(value, _spans(known, shown, value) if request.spans else ())
    unscored = is_unscored(decision)
    if (unscored or missing) and decision.action in AGAINST and not fails_closed:
        reply = _answered(request, {name: _told(1.0, ()) for name in request.thresholds}, [])
        return msgspec.structs.replace(reply, headers={"X-Modfilter-Failure": "held without a score"})
    if unscored:
        return refuse("no score could be given; try again", 503, "UNAVAILABLE")
    if missing:
        return refuse(
            f"Attribute {missing} could not be scored: {known.failure or 'the article is not known'}."
        )
    return _answered(request, scores, [*(known.languages.mix or [known.languages.main])])


def answer_shadow(request: Request) -> Reply:
    """Answer in shadow mode, in which a site is told to publish whatever was found."""
    return _answered(
        request, {name: _told(0.0, ()) for name, least in request.thresholds.items() if least <= 0}, []
    )


class Suggestion(Struct, frozen=True, kw_only=True):
    """A human verdict: what an attribute's score should have been."""

    comment_id: str | None
    scores: Mapping[str, float]
    token: str | None
    content: bytes


def read_suggestion(body: bytes) -> Suggestion:
    """Read a request to suggest a score; raise AnalyzeError."""
    row = _object(body)
    _text(row)
    given = row.get("attributeScores")
    if not isinstance(given, dict) or not given:
        raise AnalyzeError('"attributeScores" is missing.')
    scores = {}
    for name, score in given.items():
        summary = score.get("summaryScore") if isinstance(score, dict) else None
        value = summary.get("value") if isinstance(summary, dict) else None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise AnalyzeError(f"attributeScores.{name}.summaryScore.value must be a number from 0 to 1.")
        scores[name] = float(value)
    token = row.get("clientToken")
    token = token if isinstance(token, str) else None
    return Suggestion(
        comment_id=token.removeprefix("comment:") if token else None, scores=scores, token=token, content=body
    )


def answer_suggestion(suggestion: Suggestion) -> Reply:
    """Say thanks."""
    return Reply(body=msgspec.json.encode({"clientToken": suggestion.token} if suggestion.token else {}))


def refuse(message: str, code: int = 400, status: str = "INVALID_ARGUMENT", kind: str | None = None) -> Reply:
    """Give an error as Perspective does."""
    error: dict[str, Any] = {"code": code, "message": message, "status": status}
    if kind:
        error["details"] = [
            {"@type": "type.googleapis.com/google.commentanalyzer.v1alpha1.Error", "errorType": kind}
        ]
    headers = {"Retry-After": "1"} if code in (429, 503) else {}
    return Reply(body=msgspec.json.encode({"error": error}), status=code, headers=headers)


def discovery(root: str) -> bytes:
    """Describe both methods as Google's API clients read it (`discoveryServiceUrl`, `static_discovery=False`)."""
    method = {
        "httpMethod": "POST",
        "parameters": {},
        "request": {"$ref": "Message"},
        "response": {"$ref": "Message"},
    }
    return msgspec.json.encode(
        {
            "kind": "discovery#restDescription",
            "name": "commentanalyzer",
            "version": "v1alpha1",
            "rootUrl": root,
            "servicePath": "",
            "baseUrl": root,
            "batchPath": "batch",
            "parameters": {"key": {"type": "string", "location": "query"}},
            "schemas": {"Message": {"id": "Message", "type": "object", "properties": {}}},
            "resources": {
                "comments": {
                    "methods": {
                        name: {
                            "id": f"commentanalyzer.comments.{name}",
                            "path": f"v1alpha1/comments:{name}",
                            **method,
                        }
                        for name in ("analyze", "suggestscore")
                    }
                }
            },
        }
    )


def _object(body: bytes) -> dict[str, Any]:
    try:
        return read_object(body, _SHAPE)
    except InputError as error:
        raise AnalyzeError(str(error)) from error


def _text(row: Mapping[str, Any]) -> str:
    comment = row.get("comment")
    text = comment.get("text") if isinstance(comment, dict) else None
    if not isinstance(text, str):
        raise AnalyzeError(f"comment.text is missing. {_SHAPE}")
    return text.encode("utf-8", "replace").decode()


def _asked(row: Mapping[str, Any], text: str, token: object) -> Asked:
    """Take the comment; in `context` the entries are what it answers, `articleId` or `articleUrl` names its article.

    Perspective takes a context and does not read it: the two names are ours.
    """
    context = row.get("context")
    context = context if isinstance(context, dict) else {}
    entries = context.get("entries")
    texts = [
        entry["text"].encode("utf-8", "replace").decode()
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict) and isinstance(entry.get("text"), str)
    ]
    own = (token.removeprefix("comment:") if isinstance(token, str) else "") or "perspective"
    above = tuple(
        Comment(id=f"{own}-above-{place}", text=each, parent_id=f"{own}-above-{place - 1}" if place else None)
        for place, each in enumerate(texts)
    )
    named = [context.get(key) for key in ("articleId", "articleUrl")]
    article_id, article_url = (name if isinstance(name, str) and name else None for name in named)
    return Asked(
        comments=(Comment(id=own, text=text, parent_id=above[-1].id if above else None),),
        above=above,
        article_id=article_id,
        article_url=article_url,
    )


def _languages(row: Mapping[str, Any]) -> tuple[str, ...]:
    languages = row.get("languages") or []
    if not isinstance(languages, list) or not all(isinstance(each, str) for each in languages):
        raise AnalyzeError('"languages" must be a list of codes, as ["sn", "en"].')
    return tuple(languages)


def _threshold(name: str, options: object) -> float:
    threshold = options.get("scoreThreshold", 0) if isinstance(options, dict) else 0
    if isinstance(threshold, bool) or not isinstance(threshold, int | float):
        raise AnalyzeError(f"requestedAttributes.{name}.scoreThreshold must be a number.")
    return float(threshold)


def _told(value: float, spans: Sequence[tuple[int, int, float]]) -> dict[str, Any]:
    told: dict[str, Any] = {"summaryScore": {"value": value, "type": "PROBABILITY"}}
    if spans:
        told["spanScores"] = [
            {"begin": begin, "end": end, "score": {"value": score, "type": "PROBABILITY"}}
            for begin, end, score in spans
        ]
    return told


def _spans(known: Assessment, shown: str | None, value: float) -> list[tuple[int, int, float]]:
    """Give the deciding words of a score, or else the whole comment; offsets count code points."""
    found = [
        (item.start, item.end, value)
        for score in known.scores
        if score.name == shown
        for item in score.evidence
        if item.start is not None and item.end is not None
    ]
    return found or [(0, len(known.comment.text), value)]


def _answered(request: Request, scores: Mapping[str, Any], detected: Sequence[str]) -> Reply:
    answer: dict[str, Any] = {
        "attributeScores": scores,
        "languages": [*(request.languages or detected)],
        "detectedLanguages": [*detected],
    }
    if request.token is not None:
        answer["clientToken"] = request.token
    return Reply(body=msgspec.json.encode(answer))

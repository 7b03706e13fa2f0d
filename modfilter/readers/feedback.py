"""What moderators said, out of our own verdict files and out of three systems' messages.

Coral says it in its database, and callers of Perspective and Akismet send it back to the filter. Where a message names
no comment (Perspective's need not), its text has to do.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from modfilter import verdicts
from modfilter.errors import UsageError
from modfilter.readers import markup
from modfilter.readers.files import lines, opened
from modfilter.verdicts import Cause, Outcome


class Heard(Struct, frozen=True, kw_only=True):
    """A verdict, on a comment that has yet to be found."""

    id: str | None
    text: str | None = None
    """The comment's text, where its id may not be that of a record."""
    verdict: Outcome
    reason: Cause | None = None
    moderator: str
    at: datetime
    source: str = ""
    line: int = 0
    raw: str = ""
    """The row as it came, for the rejects."""


class Passed(Struct, frozen=True):
    """A row in which no moderator says anything, and why it is passed over."""

    why: str


Format = Callable[[Mapping[str, Any], datetime], Heard | Passed]


def read(path: Path, format: str, reject: Callable[[int, str, str], None]) -> Iterator[Heard | Passed]:
    """Give what each row says; rows that cannot be read go to `reject` with line, reason and row.

    Messages that carry no time are dated by the file's own. Raises InputError for a file that cannot be read at all.
    """
    if format not in FORMATS:
        raise UsageError(f"no feedback is called {format!r}\nThe formats are {', '.join(FORMATS)}.")
    parse = FORMATS[format]
    with opened(str(path)) as (stream, head):
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC) if path.exists() else datetime.now(UTC)
        for number, line, wrong, shown in lines(stream, head):
            if line is None:
                reject(number, wrong, shown)
            elif line.strip():
                try:
                    heard = parse(_row(line), written)
                except ValueError as error:  # msgspec's errors are ValueErrors
                    reject(number, str(error), line)
                    continue
                if isinstance(heard, Heard):
                    heard = msgspec.structs.replace(heard, source=path.name, line=number, raw=line)
                yield heard


def _row(line: str) -> Mapping[str, Any]:
    try:
        row = msgspec.json.decode(line)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    if not isinstance(row, dict):
        raise ValueError("not a JSON object")
    return row


def _verdict(row: Mapping[str, Any], _written: datetime) -> Heard:
    """Read a line of a verdict file; null for a moderator is one without a name."""
    given = verdicts.decode(msgspec.json.encode({**row, "moderator": row.get("moderator") or ""}))
    return Heard(**msgspec.structs.asdict(given))


_STATUSES: Mapping[str, Outcome] = {"APPROVED": "approve", "REJECTED": "remove"}
_CODES: Mapping[str, Cause] = {"SPAM": "spam", "AD": "spam", "IRRELEVANT_CONTENT": "off_topic"}
"""Coral's reasons that name one of ours; "hate speech" or "abusive" may be any of several."""


def _coral(row: Mapping[str, Any], written: datetime) -> Heard | Passed:
    """Read a row of Coral's `comments` or, better, `commentModerationActions`: these say who and when.

    A comment keeps the status that the pipeline gave it until somebody moderates; the one is told from the other by
    `initialStatus`, and by what an external phase answered.
    """
    status = str(row.get("status"))
    if status not in _STATUSES:
        return Passed(f"status {status}: nobody approved or rejected it")
    if "commentID" in row:
        if row.get("moderatorID") is None:
            return Passed("an action of the system, not of a moderator")
        return Heard(
            id=_text(row["commentID"], "commentID"),
            verdict=_STATUSES[status],
            reason=_code(row),
            moderator=_text(row["moderatorID"], "moderatorID"),
            at=_time(row.get("createdAt")) or written,
        )
    revisions = _list(row.get("revisions"))
    if "id" not in row or not revisions or not isinstance(revisions[-1], Mapping):
        raise ValueError("neither a comment nor a moderation action of Coral")
    if status in (row.get("initialStatus"), *_answered(revisions[-1])):
        return Passed(f"status {status} was given before anybody moderated")
    return Heard(
        id=_text(row["id"], "id"),
        text=markup.plain(str(revisions[-1].get("body") or "")) or None,
        verdict=_STATUSES[status],
        reason=_code(row),
        moderator="coral",
        at=_time(row.get("updatedAt")) or _time(revisions[-1].get("createdAt")) or written,
    )


def _answered(revision: Mapping[str, Any]) -> Iterator[object]:
    """Give the statuses that external phases, this filter among them, answered for a revision."""
    for answer in _list(_in(revision, "metadata", "externalModeration")):
        yield _in(answer, "result", "status")


def _code(row: Mapping[str, Any]) -> Cause | None:
    return _CODES.get(str(_in(row, "rejectionReason", "code")))


_ATTRIBUTES: Mapping[str, Cause] = {
    "INCITEMENT": "incitement", "THREAT": "incitement", "IDENTITY_ATTACK": "identity_attack", "INSULT": "insult",
    "PROFANITY": "obscene", "OBSCENE": "obscene", "SEXUALLY_EXPLICIT": "obscene", "SPAM": "spam",
    "OFF_TOPIC": "off_topic",
}  # fmt: skip
"""Perspective's attributes that name one of our reasons; toxicity may be any of several."""


def _perspective(row: Mapping[str, Any], written: datetime) -> Heard | Passed:
    """Read the body of a suggestscore message: attributes of value 1 (removed) or 0 (approved)."""
    attributes = row.get("attributeScores")
    suggested = {
        str(name): value
        for name, score in (attributes.items() if isinstance(attributes, Mapping) else ())
        for value in [_in(score, "summaryScore", "value")]
        if isinstance(value, int | float)
    }
    if not suggested:
        return Passed("a message that suggests no score")
    worst = max(suggested, key=suggested.__getitem__)
    removed = suggested[worst] >= 0.5
    text = _in(row, "comment", "text")
    text = text if isinstance(text, str) else None
    found = _named(row)
    if found is None and not text:
        raise ValueError("neither the id nor the text of a comment")
    return Heard(
        id=found,
        text=text,
        verdict="remove" if removed else "approve",
        reason=_ATTRIBUTES.get(worst.removesuffix("_EXPERIMENTAL")) if removed else None,
        moderator=str(row.get("communityId") or "perspective"),
        at=_time(row.get("at")) or written,
    )


def _named(row: Mapping[str, Any]) -> str | None:
    """Find the comment's id: Coral writes it into the context, and others into the client token."""
    for entry in _list(_in(row, "context", "entries")):
        try:
            named = _in(json.loads(str(_in(entry, "text"))), "Coral_comment_id")
        except (ValueError, RecursionError):
            continue
        if named:
            return str(named)
    token = str(row.get("clientToken") or "")
    return token.removeprefix("comment:") or None


def _akismet(row: Mapping[str, Any], written: datetime) -> Heard:
    """Read the form of a submit-spam or submit-ham call, with "submitted" beside its fields.

    WordPress sends the comment's whole row, its id among it, and who reported it.
    """
    submitted = row.get("submitted")
    if submitted not in ("ham", "spam"):
        raise ValueError('"submitted" must be "ham" or "spam"')
    id, text = row.get("comment_ID") or row.get("comment_id"), row.get("comment_content")
    if not id and not text:
        raise ValueError("neither comment_ID nor comment_content")
    return Heard(
        id=str(id) if id else None,
        text=markup.plain(str(text)) if text else None,
        verdict="remove" if submitted == "spam" else "approve",
        reason="spam" if submitted == "spam" else None,
        moderator=str(row.get("reporter") or "akismet"),
        at=_time(row.get("at")) or written,
    )


def _in(value: object, *keys: str) -> Any:
    """Look into nested objects; None where one of them is missing, or none at all: messages come from strangers."""
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object, key: str) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f'"{key}" must be a string')
    return value


def _time(value: object) -> datetime | None:
    """Read RFC 3339, or MongoDB's extended JSON; None where it is neither, or names no zone."""
    while isinstance(value, Mapping):
        value = value.get("$date")
    try:
        time = msgspec.convert(value, datetime)
    except msgspec.ValidationError:
        return None
    return time if time.tzinfo else None


FORMATS: Mapping[str, Format] = {
    "verdicts": _verdict,
    "coral": _coral,
    "perspective": _perspective,
    "akismet": _akismet,
}
"""The formats of feedback, all of them JSON Lines."""

"""modfilter's own message: a comment as in a dump, with its article and what it answers where they are known."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from modfilter.contract import encode, to_record
from modfilter.errors import InputError
from modfilter.hooks.message import Asked
from modfilter.readers import article_from, comment_from
from modfilter.records import Article, Comment, Decision, Thread

SHAPE = (
    'Send {"id": ..., "text": ...}, and where known "article": {"id", "title", "body"} or "article_id", '
    'and "above": [{"id", "text"}] for what it answers; or {"article": ..., "comments": [...]} for several.'
)
LONGEST_DEADLINE_MS = 60_000


class Message(NamedTuple):
    """What was asked, and whether the comments came as a list."""

    asked: Asked
    several: bool

    @property
    def thread(self) -> Thread:
        """The comments under the article that came with them."""
        return Thread(article=self.asked.article, comments=self.asked.comments, above=self.asked.above)


def read_message(message: bytes, article: Article | None = None) -> Message:
    """Read a message; raise InputError that says what is wrong with it.

    `article` is taken where the message brings none of its own.
    """
    row = read_object(message, SHAPE)
    try:
        own = _article(row.pop("article", None)) or article
        above = _rows(row.pop("above", []), "above")
        deadline = _deadline(row.pop("deadline_ms", None))
        several = "comments" in row
        comments = _rows(row.pop("comments"), "comments") if several else [row]
        asked = Asked(
            comments=tuple(_comment(each, own) for each in comments),
            above=tuple(_comment(each, own) for each in above),
            article=own,
            article_id=own.id if own else _one_article(comments, row.get("article_id")),
            deadline_ms=deadline,
        )
        found = Message(asked, several)
        _ = found.thread  # checks that ids differ and that the comments belong to the article
        return found
    except ValueError as error:
        raise InputError(f"the message cannot be read: {error}\n{SHAPE}") from error


def read_article(message: bytes, id: str) -> Article:
    """Read an article that is pushed; raise InputError that says what is wrong with it."""
    row = read_object(message, 'Send {"title": ..., "body": ..., "url": ...}.')
    try:
        return article_from({**row, "id": id})
    except ValueError as error:
        raise InputError(f"the article cannot be read: {error}") from error


def read_object(message: bytes, shape: str) -> dict[str, Any]:
    """Read a JSON object; raise InputError that says what to send."""
    try:
        row = msgspec.json.decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"the message is not JSON: {error}\n{shape}") from error
    if not isinstance(row, dict):
        raise InputError(f"the message is not a JSON object\n{shape}")
    return row


def _rows(rows: object, key: str) -> list[dict[str, Any]]:
    if not isinstance(rows, list) or not all(isinstance(each, dict) for each in rows):
        raise ValueError(f'"{key}" must be a list of objects')
    return rows


def _one_article(rows: Sequence[Mapping[str, Any]], given: object) -> str | None:
    """Give the one article that all comments name; those under several articles are asked about apart."""
    named = {str(row["article_id"]) for row in rows if row.get("article_id") not in (None, "")}
    if given not in (None, ""):
        named.add(str(given))
    if len(named) > 1:
        raise ValueError(f"the comments name several articles: {', '.join(sorted(named)[:3])}")
    return named.pop() if named else None


def _deadline(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= LONGEST_DEADLINE_MS:
        raise ValueError(f'"deadline_ms" must be a whole number from 1 to {LONGEST_DEADLINE_MS:,}')
    return value


def _article(row: object) -> Article | None:
    if row is None:
        return None
    if not isinstance(row, Mapping):
        raise ValueError('"article" must be an object')
    return article_from({"id": "article", **row})


def _comment(row: Mapping[str, Any], article: Article | None) -> Comment:
    return comment_from(row if article is None else {"article_id": article.id, **row})


def write_answer(decisions: Sequence[Decision], several: bool) -> bytes:
    """Answer one comment with its record, a list with {"records": [...]} in its order."""
    if several:
        return msgspec.json.encode({"records": [to_record(decision) for decision in decisions]})
    (decision,) = decisions
    return encode(decision)

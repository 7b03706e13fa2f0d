"""modfilter's own message: a comment as in a dump, with its article and its parent where they are known."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from modfilter.contract import encode, to_record
from modfilter.errors import InputError
from modfilter.readers import article_from, comment_from
from modfilter.records import Article, Comment, Decision, Thread

_SHAPE = (
    'Send {"id": ..., "text": ...}, and where known "article": {"id", "title", "body"}; '
    'or {"article": ..., "comments": [...]} for several.'
)


class Message(NamedTuple):
    """What was asked: comments under an article, and whether they came as a list."""

    thread: Thread
    several: bool


def read_message(message: bytes, article: Article | None = None) -> Message:
    """Read a message; raise InputError that says what is wrong with it.

    `article` is taken where the message brings none of its own.
    """
    try:
        row = msgspec.json.decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"the message is not JSON: {error}\n{_SHAPE}") from error
    if not isinstance(row, dict):
        raise InputError(f"the message is not a JSON object\n{_SHAPE}")
    try:
        own = _article(row.pop("article", None)) or article
        several = "comments" in row
        rows = row.pop("comments") if several else [row]
        if not isinstance(rows, list) or not all(isinstance(each, dict) for each in rows):
            raise ValueError('"comments" must be a list of objects')
        comments = tuple(_comment(each, own) for each in rows)
        return Message(Thread(article=own, comments=comments), several)
    except ValueError as error:
        raise InputError(f"the message cannot be read: {error}\n{_SHAPE}") from error


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

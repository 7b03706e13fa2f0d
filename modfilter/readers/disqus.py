"""Disqus exports: threads, which stand for articles, then posts."""

from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec

from modfilter.readers import markup
from modfilter.readers.intake import Intake
from modfilter.readers.rows import Read, article_from, comment_from


def read(stream: BinaryIO, intake: Intake) -> Iterator[Read]:
    """Give threads as articles, and posts as comments under them."""
    for element in markup.elements(stream, intake, {"thread", "post"}):
        parent = element.getparent()
        if parent is None or markup.local(parent) != "disqus":
            continue  # the thread that a post names
        if markup.local(element) == "thread":
            yield from _article(element, intake)
        else:
            yield from _comment(element, intake)
        markup.forget(element)


def _article(element: Any, intake: Intake) -> Iterator[Read]:
    row = {
        "id": markup.attribute(element, "id"),
        "title": markup.plain(_text(element, "title")),
        "body": markup.plain(_text(element, "message")),
        "url": _text(element, "link"),
    }
    try:
        yield Read(element.sourceline, article_from(row), "")
    except ValueError as error:
        intake.reject(element.sourceline, str(error), msgspec.json.encode(row).decode())


def _comment(element: Any, intake: Intake) -> Iterator[Read]:
    row: dict[str, Any] = {
        "id": markup.attribute(element, "id"),
        "text": markup.plain(_text(element, "message")),
        "article_id": _named(element, "thread"),
        "parent_id": _named(element, "parent"),
        "author": _text(element, "author/name") or _text(element, "author/username"),
        "created_at": _text(element, "createdAt"),
    }
    row |= {key: True for key in ("isDeleted", "isSpam") if _text(element, key) == "true"}
    try:
        yield Read(element.sourceline, comment_from(row), msgspec.json.encode(row).decode())
    except ValueError as error:
        intake.reject(element.sourceline, str(error), msgspec.json.encode(row).decode())


def _text(element: Any, path: str) -> str:
    found = element.find("/".join(f"{{*}}{part}" for part in path.split("/")))
    return "" if found is None else (found.text or "").strip()


def _named(element: Any, name: str) -> str | None:
    found = element.find(f"{{*}}{name}")
    return None if found is None else markup.attribute(found, "id")

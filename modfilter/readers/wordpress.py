"""WordPress exports (WXR): articles and their comments in one XML file."""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import msgspec

from modfilter.readers import markup
from modfilter.readers.intake import Intake
from modfilter.readers.rows import Read, article_from, comment_from

_ITEM = ("title", "link", "post_id", "encoded", "post_type", "post_date_gmt")
_COMMENT = (
    "comment_id", "comment_author", "comment_date", "comment_date_gmt", "comment_content", "comment_approved",
    "comment_type", "comment_parent",
)  # fmt: skip
_STATUS = {"1": "approved", "0": "pending"}
_NOT_WRITTEN = ("pingback", "trackback")
_NO_DATE = "0000-00-00 00:00:00"


def read(stream: BinaryIO, intake: Intake) -> Iterator[Read]:
    """Give each article before its comments; pages and attachments are articles, too, where readers commented."""
    item: dict[str, str] = {}
    comment: dict[str, str] = {}
    is_told = False
    for element in markup.elements(stream, intake, {"item", "comment", *_ITEM, *_COMMENT}):
        name, parent = markup.local(element), element.getparent()
        text = element.text or ""
        if name == "comment":
            if not is_told:
                yield from _article(element.sourceline, item)
                is_told = True
            yield from _comment(element.sourceline, comment, item, intake)
            comment = {}
            markup.forget(element)
        elif name == "item":
            if not is_told:
                yield from _article(element.sourceline, item)
            item, comment, is_told = {}, {}, False
            markup.forget(element)
        elif parent is not None and markup.local(parent) == "comment":
            comment[name] = text
        elif parent is not None and markup.local(parent) == "item":
            # Both content and excerpt are called "encoded"; the longer one is the article.
            item[name] = max(text, item.get(name, ""), key=len)


def _article(line: int, item: Mapping[str, str]) -> Iterator[Read]:
    row = {
        "id": item.get("post_id", ""),
        "title": markup.plain(item.get("title", "")),
        "body": markup.plain(item.get("encoded", "")),
        "url": item.get("link", ""),
    }
    if row["id"] and (row["title"].strip() or row["body"].strip()):
        yield Read(line, article_from(row), "")


def _comment(line: int, given: Mapping[str, str], item: Mapping[str, str], intake: Intake) -> Iterator[Read]:
    kind = given.get("comment_type") or "comment"
    raw = msgspec.json.encode(given).decode()
    if kind in _NOT_WRITTEN:
        intake.reject(line, f"a {kind}, which no reader wrote", raw)
        return
    row: dict[str, Any] = {
        "id": given.get("comment_id"),
        "text": markup.plain(given.get("comment_content", "")),
        "article_id": item.get("post_id"),
        "parent_id": None if given.get("comment_parent") in (None, "", "0") else given["comment_parent"],
        "author": given.get("comment_author"),
        "created_at": _time(given.get("comment_date_gmt", ""), given.get("comment_date", "")),
        "status": _STATUS.get(given.get("comment_approved", ""), given.get("comment_approved")),
    }
    try:
        yield Read(line, comment_from({key: value for key, value in row.items() if value is not None}), raw)
    except ValueError as error:
        intake.reject(line, str(error), raw)


def _time(utc: str, local: str) -> str | None:
    """Give a time in UTC; of a draft's comment, which has none, the site's own as it stands."""
    if utc and utc != _NO_DATE:
        return f"{utc.replace(' ', 'T')}Z"
    return local or None

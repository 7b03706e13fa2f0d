"""One row of a dump, as the contract writes it, into a `Comment` or an `Article`."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from modfilter.records import Article, Comment


class Read(NamedTuple):
    """What a reader found at a line of a dump."""

    line: int
    item: Comment | Article
    raw: str
    """The row as it came, for the rejects."""


_DEEPEST = 50
"""Levels of what is carried through under `extra`."""
_PLAIN = (type(None), bool, int, float, bytes, Decimal)
_NAMED = ("id", "text", "article_id", "parent_id", "author", "permalink", "site", "section")


def comment_from(row: Mapping[str, Any]) -> Comment:
    """Make a comment of a row; raise ValueError that says which key is wrong.

    Ids may be numbers. Unknown keys are carried through under `extra`, and so is a `created_at`
    that is no RFC 3339 time with a zone: a bad date must not keep a threat from being read.
    """
    for key in ("id", "text"):
        if row.get(key) is None:
            raise ValueError(f'"{key}" is missing')
    named = {key: _text(row, key) for key in _NAMED}
    given = row.get("extra")
    extra = _storable(given if isinstance(given, Mapping) else {} if given is None else {"extra": given})
    known = {*_NAMED, "created_at", "extra"}
    extra.update({_clean(key): _storable(value) for key, value in row.items() if key not in known})
    created_at = _time(row.get("created_at"))
    if created_at is None and row.get("created_at") not in (None, ""):
        extra["created_at"] = _storable(row["created_at"])
    return Comment(**named, created_at=created_at, extra=extra)  # type: ignore[arg-type]


def article_from(row: Mapping[str, Any]) -> Article:
    """Make an article of a row; raise ValueError that says which key is wrong."""
    if row.get("id") is None:
        raise ValueError('"id" is missing')
    return Article(
        id=_text(row, "id") or "",
        title=_text(row, "title") or "",
        body=_text(row, "body") or "",
        url=_text(row, "url"),
    )


def _text(row: Mapping[str, Any], key: str) -> str | None:
    value = row.get(key)
    if value is None or (value == "" and key not in ("id", "text")):
        return None
    if isinstance(value, str):
        # A lone surrogate ("\ud800" in JSON) is no text and could not be written out again.
        return _clean(value)
    if key != "text" and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise ValueError(f'"{key}" must be a string, not {type(value).__name__}')


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _storable(value: Any, deep: int = 0) -> Any:
    """Give a value as MessagePack can hold it, which knows no integers of more than 64 bits."""
    if isinstance(value, str):
        return value if value.isascii() else _clean(value)
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return str(value)
    if isinstance(value, Mapping | list | tuple):
        if deep > _DEEPEST:
            raise ValueError(f"it is nested more than {_DEEPEST} levels deep")
        if isinstance(value, Mapping):
            return {_clean(str(key)): _storable(each, deep + 1) for key, each in value.items()}
        return [_storable(each, deep + 1) for each in value]
    if isinstance(
        value, date | time | timedelta
    ):  # of tables; some are pandas's own, and some lie outside all years
        return value.isoformat() if isinstance(value, date | time) else str(value)
    return value if isinstance(value, _PLAIN) else str(value)


def _time(value: object) -> datetime | None:
    try:
        found = msgspec.convert(value, datetime)
        # The first hours of the year 1 are none in UTC, and could not be written.
        return found if found.tzinfo and found.astimezone(UTC) else None
    except (msgspec.ValidationError, OverflowError):
        return None

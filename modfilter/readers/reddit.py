"""Rows of Reddit's archives (Pushshift): comments, and submissions as articles."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from modfilter.readers.layout import unescaped
from modfilter.readers.rows import article_from, comment_from
from modfilter.records import Article, Comment

COMMENT, SUBMISSION = {"body", "link_id"}, {"selftext", "subreddit"}
_GONE = ("[deleted]", "[removed]")


def from_row(row: Mapping[str, Any]) -> Comment | Article:
    """Make a comment or an article of a row; raise ValueError that says what is wrong."""
    if row.keys() >= COMMENT:
        if row["body"] in _GONE:
            raise ValueError(f"the text is gone: {row['body']}")
        parent = row.get("parent_id")
        return comment_from(
            {
                "id": _full("t1", row.get("id")),
                "text": _text(row["body"]),
                "article_id": row["link_id"],
                # Old archives give a comment's number where later ones give its name.
                "parent_id": parent if isinstance(parent, str) and parent.startswith("t1_") else None,
                "author": row.get("author"),
                "created_at": _time(row.get("created_utc")),
                "permalink": row.get("permalink"),
                "section": row.get("subreddit"),
                "score": row.get("score"),
            }
        )
    gone = row.get("selftext") in _GONE
    return article_from(
        {
            "id": _full("t3", row.get("id")),
            "title": _text(row.get("title")),
            "body": "" if gone else _text(row.get("selftext")),
            "url": row.get("url"),
        }
    )


def _text(value: object) -> object:
    """Give a text as readers saw it; what is none is left for the row's own check."""
    return unescaped(value) if isinstance(value, str) else "" if value is None else value


def _full(kind: str, number: object) -> object:
    return f"{kind}_{number}" if number and isinstance(number, str | int) else number or None


def _time(seconds: object) -> str | None:
    """Give a time; in old archives the seconds are a string."""
    try:
        return datetime.fromtimestamp(int(str(seconds)), UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return None

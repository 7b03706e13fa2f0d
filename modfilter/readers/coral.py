"""Rows of Coral's database, as mongoexport writes them: comments, and stories as articles."""

from collections.abc import Mapping
from typing import Any

from modfilter.readers import markup
from modfilter.readers.rows import article_from, comment_from
from modfilter.records import Article, Comment

COMMENT, STORY = {"storyID", "revisions"}, {"tenantID", "url", "metadata"}


def from_row(row: Mapping[str, Any]) -> Comment | Article:
    """Make a comment or an article of a row; raise ValueError that says what is wrong."""
    if row.keys() >= COMMENT:
        revisions = row["revisions"]
        if not isinstance(revisions, list) or not revisions or not isinstance(revisions[-1], Mapping):
            raise ValueError("no revision holds a text")
        body = revisions[-1].get("body")
        return comment_from(
            {
                "id": row.get("id"),
                "text": markup.plain(body) if isinstance(body, str) else "" if body is None else body,
                "article_id": row["storyID"],
                "parent_id": row.get("parentID"),
                "author": row.get("authorID"),
                "created_at": _time(row.get("createdAt")),
                "site": row.get("siteID"),
                "section": row.get("section"),
                "status": row.get("status"),
            }
        )
    known = row.get("metadata")
    metadata = known if isinstance(known, Mapping) else {}
    return article_from(
        {
            "id": row.get("id"),
            "title": metadata.get("title") or row.get("url"),
            "body": metadata.get("description"),
            "url": row.get("url"),
        }
    )


def _time(value: object) -> object:
    """Give a time out of MongoDB's extended JSON."""
    while isinstance(value, Mapping):
        value = value.get("$date")
    return value

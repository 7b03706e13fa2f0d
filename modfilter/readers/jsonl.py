"""JSON Lines, one comment or one article a line, as the contract writes them."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from modfilter.errors import InputError
from modfilter.readers import coral, reddit
from modfilter.readers.files import lines, opened
from modfilter.readers.intake import Intake
from modfilter.readers.rows import Read, article_from, comment_from
from modfilter.records import Article, Comment

_strict = msgspec.json.Decoder(dict[str, Any]).decode


def _decode(line: str) -> dict[str, Any]:
    """Read a row. An emoji that an exporter cut in half ("\\ud83d") must not keep a comment from being read."""
    try:
        try:
            return _strict(line)
        except msgspec.DecodeError:
            if "\\ud" not in line.lower():
                raise
            row = json.loads(line)
            if not isinstance(row, dict):
                raise
            return row
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error


def read(stream: BinaryIO, head: bytes, intake: Intake) -> Iterator[Read]:
    """Give what each line holds; set bad rows aside."""
    for number, line, wrong, shown in lines(stream, head):
        if line is None:
            intake.reject(number, wrong, shown)
        elif line.strip():
            try:
                yield Read(number, item_from(_decode(line)), line)
            except ValueError as error:  # msgspec's errors are ValueErrors
                intake.reject(number, _reason(error), line)


def item_from(
    row: Mapping[str, Any], otherwise: Callable[[Mapping[str, Any]], Comment | Article] = comment_from
) -> Comment | Article:
    """Make a comment or an article of a row, by the keys that it has: ours, Reddit's or Coral's.

    Where they do not tell, it is made by `otherwise`. Raises ValueError that says what is wrong.
    """
    keys = row.keys()
    if "text" not in keys:
        if keys >= reddit.COMMENT or keys >= reddit.SUBMISSION:
            return reddit.from_row(row)
        if keys >= coral.COMMENT or keys >= coral.STORY:
            return coral.from_row(row)
        if "title" in keys:
            return article_from(row)
    return otherwise(row)


def read_articles(path: Path) -> Mapping[str, Article]:
    """Read a file of articles by id; raise InputError with the line that is wrong."""
    articles: dict[str, Article] = {}
    with opened(str(path)) as (stream, head):
        for number, line, wrong, _ in lines(stream, head):
            if line is None:
                raise InputError(f"{path}:{number}: {wrong}")
            if line.strip():
                try:
                    article = item_from(_decode(line), article_from)
                    if not isinstance(article, Article):
                        raise ValueError("a comment, not an article")
                except ValueError as error:
                    raise InputError(
                        f"{path}:{number}: {_reason(error)}\n"
                        'An article is {"id": ..., "title": ..., "body": ..., "url": ...} on one line.'
                    ) from error
                articles[article.id] = article
    return articles


def _reason(error: ValueError) -> str:
    if isinstance(error, msgspec.ValidationError) and "out of range" not in str(error):
        return "not a JSON object"
    if isinstance(error, msgspec.DecodeError):
        return f"malformed JSON: {error}"
    return str(error)

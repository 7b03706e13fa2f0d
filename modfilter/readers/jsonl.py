"""JSON Lines, one comment or one article a line, as the contract writes them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from modfilter.errors import InputError
from modfilter.readers.files import NOT_UTF8, lines, opened
from modfilter.readers.intake import Intake
from modfilter.readers.rows import article_from, comment_from
from modfilter.records import Article, Comment

_decode = msgspec.json.Decoder(dict[str, Any]).decode


def read(stream: BinaryIO, head: bytes, intake: Intake) -> Iterator[tuple[int, Comment, str]]:
    """Give (line, comment, raw row); set bad rows aside."""
    for number, line, shown in lines(stream, head):
        if line is None:
            intake.reject(number, NOT_UTF8, shown)
        elif line.strip():
            try:
                yield number, comment_from(_decode(line)), line
            except ValueError as error:  # msgspec's errors are ValueErrors
                intake.reject(number, _reason(error), line)


def read_articles(path: Path) -> Mapping[str, Article]:
    """Read a file of articles by id; raise InputError with the line that is wrong."""
    articles: dict[str, Article] = {}
    with opened(str(path)) as (stream, head):
        for number, line, _ in lines(stream, head):
            if line is None:
                raise InputError(f"{path}:{number}: {NOT_UTF8}")
            if line.strip():
                try:
                    article = article_from(_decode(line))
                except ValueError as error:
                    raise InputError(
                        f"{path}:{number}: {_reason(error)}\n"
                        'An article is {"id": ..., "title": ..., "body": ..., "url": ...} on one line.'
                    ) from error
                articles[article.id] = article
    return articles


def _reason(error: ValueError) -> str:
    if isinstance(error, msgspec.ValidationError):
        return "not a JSON object"
    if isinstance(error, msgspec.DecodeError):
        return f"malformed JSON: {error}"
    return str(error)

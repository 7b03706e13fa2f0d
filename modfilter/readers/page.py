"""A saved article page as text: title, body, and under them the comments ("author 1 month ago", text)."""

from calendar import IllegalMonthError, monthrange
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import takewhile
from typing import Any

import regex
from msgspec.structs import replace

from modfilter.readers.mentions import Authors
from modfilter.records import Article, Comment

# What pages say between the words of people. A line that is one of these, and nothing else, is dropped.
_FURNITURE = regex.compile(
    r"""(?: register | log\ ?in | register\ log\ ?in | sign\ (?:in|up) | home | menu | search | print
      | subscribe | share | share\ (?:this\ )?(?:article|post|story) | tweet | e?-?mail | whatsapp | facebook
      | advertisement | creator: | image | quick\ read | related\ (?:news|articles|stories|posts) | read\ more
      | more:\ .{1,60} | copyright\ .* | ©.* | all\ rights\ reserved\.?
      | by\ [^.]{1,40},\ (?:staff|agencies).* | reply | like | dislike | report | flag
      | permalink | edited | load\ more(?:\ comments)? | view\ replies
      | (?:\d+\ )?(?:comments?|replies|responses)(?:\ ?\(\d+\))? | [\d|•·\-–—]+ )""",
    regex.VERBOSE | regex.IGNORECASE,
)
# Where the article ends, and where the comments do.
_AFTER_BODY = regex.compile(
    r"share (?:this )?(?:article|post|story)|(?:\d+ )?comments?(?: ?\(\d+\))?|latest news|recent news",
    regex.IGNORECASE,
)
_AFTER_COMMENTS = regex.compile(
    r"(?:leave|post|add|write) an? (?:comment|reply)|log ?in to (?:comment|reply).*|recent news|latest news"
    r"|related news|news categories|give us a feedback|most (?:read|popular)|trending",
    regex.IGNORECASE,
)
_UNIT = r"(?:seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|wks?|w|months?|mths?|mo|years?|yrs?|y)"
_AGE = rf"just now|yesterday|(?:an?|one|\d+)\s*{_UNIT}\s+ago"
_RELATIVE = regex.compile(rf"(?P<count>an?|one|\d{{1,9}})\s?(?P<unit>{_UNIT}) ago")
_UNITS = (  # the first that a unit begins with
    ("mo", "months", 1), ("mth", "months", 1), ("y", "months", 12), ("w", "weeks", 1), ("d", "days", 1),
    ("h", "hours", 1), ("m", "minutes", 1), ("s", "seconds", 1),
)  # fmt: skip
_HEADER = regex.compile(rf"(?P<author>\S.*?)\s+(?P<age>{_AGE})", regex.IGNORECASE)
_AGE_LINE = regex.compile(_AGE, regex.IGNORECASE)
_AUTHOR_LIMIT = 40
_HEADER_LIMIT = 2 * _AUTHOR_LIMIT
"""Characters of an author and an age; the pattern takes the square of a line's length."""
_AUTHOR_WORDS = 5
# "He died 2 years ago" is a sentence, not an author: words that begin or end a clause, not a name.
_CLAUSE_START = frozenset(
    "i we he it she they you this that these those there here and but so if when my our his her their"
    " was were ndakafa akafa zvakaitika takabva ndakabva".split()
)
_CLAUSE_END = frozenset(
    "died left came went was were happened began started ended born over back about than only just some"
    " almost nearly from since did said told got made resigned married".split()
)
_DATE_LINE = regex.compile(r"^date\s+\d{4}-\d{2}-\d{2}\s+")


def parse(text: str, article_id: str) -> tuple[Article | None, list[Comment]]:
    """Find the article and its comments in the text of a page; the article is None where there is none."""
    rows = [line.replace("\xa0", " ").strip() for line in text.splitlines()]
    headers = [*_headers(rows)]
    first = headers[0][0] if headers else len(rows)
    article = article_of(rows[:first], article_id)
    ends = [header[0] for header in headers[1:]] + [len(rows)]
    entries = [
        (author, age, "\n\n".join(_own_lines(rows[start:end])))
        for (_, start, author, age), end in zip(headers, ends, strict=False)
    ]
    return article, linked(entries, article_id)


def article_of(rows: Sequence[str], article_id: str) -> Article | None:
    """Take the title and the body out of the lines above the comments."""
    kept: list[str] = []
    for row in rows:
        if kept and _AFTER_BODY.fullmatch(row):
            break
        if row and not _FURNITURE.fullmatch(row) and (words := _DATE_LINE.sub("", row)).strip():
            kept.append(words)
    if not kept:
        return None
    title = kept[0]
    return Article(id=article_id, title=title, body="\n\n".join(row for row in kept[1:] if row != title))


def linked(entries: Sequence[tuple[str, str | None, str]], article_id: str) -> list[Comment]:
    """Make comments of (author, age, text) in page order; "@name" links to that author's last comment."""
    comments: list[Comment] = []
    authors = Authors()
    for number, (author, age, text) in enumerate(entries, start=1):
        parent = authors.answered(text)
        authors.add(author)
        extra: dict[str, Any] = {"age": age} if age else {}
        comments.append(
            Comment(
                id=f"{article_id}-{number}",
                article_id=article_id,
                parent_id=None if parent is None else comments[parent].id,
                author=author or None,
                text=text,
                extra=extra,
            )
        )
    return comments


def dated(comment: Comment, saved_at: date) -> Comment:
    """Turn "1 month ago" into a time, counted back from the day that the page was saved on."""
    found = _time(comment.extra.get("age", ""), datetime.combine(saved_at, time()))
    return comment if found is None else replace(comment, created_at=found.replace(tzinfo=UTC))


def _time(age: str, base: datetime) -> datetime | None:
    age = " ".join(age.split()).casefold()
    if age in ("just now", "yesterday"):
        return base - timedelta(days=age == "yesterday")
    found = _RELATIVE.fullmatch(age)
    if not found:
        return _absolute(age, base)
    count = int(found["count"]) if found["count"].isdecimal() else 1
    unit, size = next((unit, size) for key, unit, size in _UNITS if found["unit"].startswith(key))
    try:
        if unit != "months":
            return base - timedelta(**{unit: count * size})
        years, month = divmod(base.year * 12 + base.month - 1 - count * size, 12)
        return base.replace(year=years, month=month + 1, day=min(base.day, monthrange(years, month + 1)[1]))
    except (OverflowError, ValueError, IllegalMonthError):  # before the year 1
        return None


@lru_cache(10_000)
def _absolute(age: str, base: datetime) -> datetime | None:
    """Give a date as themes write it. A date takes a millisecond and more: none is read twice, nor any long text."""
    import dateparser

    if not 0 < len(age) <= _AUTHOR_LIMIT:
        return None
    try:
        found: datetime | None = dateparser.parse(age, languages=["en"], settings={"RELATIVE_BASE": base})
        return found and found.replace(tzinfo=UTC)
    except (OverflowError, ValueError):
        return None


def _headers(rows: Sequence[str]) -> Iterator[tuple[int, int, str, str]]:
    """Give (line, first line of text, author, age) of each comment."""
    for number, row in enumerate(rows):
        line = " ".join(row.split())
        if len(line) > _HEADER_LIMIT:
            continue
        if found := _HEADER.fullmatch(line):
            if _is_name(found["author"]) and not (number and rows[number - 1]):
                yield number, number + 1, found["author"], found["age"]
        elif (  # author and age on lines of their own
            _AGE_LINE.fullmatch(line)
            and number
            and _is_name(rows[number - 1])
            and (number < 2 or not rows[number - 2])
        ):
            yield number - 1, number + 1, rows[number - 1], row


def _is_name(author: str) -> bool:
    words = author.casefold().split()
    if not words or len(author) > _AUTHOR_LIMIT or len(words) > _AUTHOR_WORDS:
        return False
    if len(words) > 1 and (words[0] in _CLAUSE_START or words[-1] in _CLAUSE_END):
        return False
    letters = any(letter.isalnum() for letter in author)
    return not letters or author[-1] not in ",;:!?"


def _own_lines(rows: Sequence[str]) -> list[str]:
    """Give what the author wrote, up to the page's footer."""
    own = [row for row in takewhile(lambda row: not _AFTER_COMMENTS.fullmatch(row), rows) if row]
    # Somebody may have written "Report" or "100" and nothing else.
    return [row for row in own if not _FURNITURE.fullmatch(row)] or own[:1]

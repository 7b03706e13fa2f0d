"""A saved article page as HTML: the article by trafilatura, the comments by markup or else by text."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec.structs import asdict

from modfilter.readers import layout, page
from modfilter.readers.rows import comment_from
from modfilter.records import Article, Comment

# WordPress themes, comment embeds and schema.org microdata name their comments in one of these ways.
_COMMENTS = (
    "//*[self::li or self::article or self::div]"
    "[contains(concat(' ', normalize-space(@class), ' '), ' comment ')"
    " or contains(@itemtype, 'schema.org/Comment')]"
)
_AUTHOR = (  # the closest first: `.comment-author` also holds "says:"
    "//*[contains(concat(' ', normalize-space(@class), ' '), ' fn ')]",
    "//*[@itemprop='author'] | //cite",
    "//*[contains(@class, 'comment-author') or contains(@class, 'comment__author')]",
)
_AGE = (
    "//time | //*[@itemprop='dateCreated' or contains(@class, 'comment-date')"
    " or contains(@class, 'comment-age') or contains(@class, 'comment__age')"
    " or contains(@class, 'comment-time')]"
)
_TEXT = (
    "//*[contains(@class, 'comment-content') or contains(@class, 'comment-text')"
    " or contains(@class, 'comment__text') or @itemprop='text']"
)
_PARTS = (_TEXT, _AGE, *_AUTHOR)
_READ = "modfilter-read"
"""What the elements of comments are called once they were read, to be taken out together."""

# trafilatura takes the square of a page: 20 KB of two-letter paragraphs cost it 3 s, and 40 KB of broken JSON 12 s.
_MOST_ELEMENTS = 3_000
"""Elements in which an article is looked for, from the page's beginning, without scripts and comments."""
_LONGEST = 500_000
"""Characters of these."""
_LONGEST_JSON = 100_000
_NO_TEXT = ("style", "svg", "template")


class _Found:
    """An element that may be a comment, and what was found in it; what lies in a comment within is that one's."""

    def __init__(self, element: Any, outer: "_Found | None") -> None:
        self.element, self.outer = element, outer
        self.parts: dict[str, Any] = {}

    def words(self, *paths: str) -> str:
        """Give the first of some parts, as one line."""
        part = next((self.parts[path] for path in paths if path in self.parts), None)
        return "" if part is None else " ".join(part.text_content().split())


def parse(data: bytes, article_id: str, name: str) -> tuple[Article | None, list[Comment]]:
    """Find the article and its comments; raise InputError where the file is no HTML."""
    from lxml import etree

    root = layout.parsed(data, name)
    found = _found(root)
    if not found:
        article, comments = page.parse(layout.text_of(root), article_id)
        return _article(root, article_id) or article, comments
    comments = _marked_up(found, article_id)
    etree.strip_elements(root, _READ, with_tail=False)
    return _article(root, article_id), comments


def _found(root: Any) -> list[_Found]:
    """Find the elements of comments, in their order; an element without a text of its own is none."""
    from lxml import etree

    candidates = set(root.xpath(_COMMENTS))
    if not candidates:
        return []
    parts: dict[Any, list[str]] = {}
    for path in _PARTS:
        for element in root.xpath(path):
            parts.setdefault(element, []).append(path)
    every: list[_Found] = []
    inside: list[_Found] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            if inside:
                for path in parts.get(element, ()):
                    inside[-1].parts.setdefault(path, element)
            if element in candidates:
                inside.append(_Found(element, inside[-1] if inside else None))
                every.append(inside[-1])
        elif element in candidates:
            found = inside.pop()
            if inside and _TEXT not in found.parts:
                inside[-1].parts = found.parts | inside[-1].parts
    for found in every:  # the outer ones come first
        if found.outer is not None and _TEXT not in found.outer.parts:
            found.outer = found.outer.outer
    return [found for found in every if _TEXT in found.parts]


def _marked_up(found: Sequence[_Found], article_id: str) -> list[Comment]:
    """Read comments from their elements; one nested in another answers it."""
    linked = page.linked([*_entries(found)][::-1], article_id)
    places = {each.element: number for number, each in enumerate(found)}
    comments = []
    for each, comment in zip(found, linked, strict=True):
        row = asdict(comment)
        if each.outer is not None:
            row["parent_id"] = linked[places[each.outer.element]].id
        row["created_at"] = each.parts[_AGE].get("datetime") if _AGE in each.parts else None
        comments.append(comment_from(row))
    return comments


def _entries(found: Sequence[_Found]) -> Iterator[tuple[str, str | None, str]]:
    """Give author, age and text of each comment, the last one first: what answers a comment is gone from it."""
    from lxml import etree

    for each in reversed(found):
        etree.strip_elements(each.element, _READ, with_tail=False)
        yield each.words(*_AUTHOR), each.words(_AGE) or None, layout.text_of(each.parts[_TEXT])
        each.element.tag = _READ


def _article(root: Any, article_id: str) -> Article | None:
    import lxml.html
    import trafilatura

    _trim(root)
    found: Any = trafilatura.bare_extraction(
        str(lxml.html.tostring(root, encoding="unicode")),
        include_comments=False,
        with_metadata=True,
        # We want the title only; the date was looked for in 200 languages, which took seconds.
        date_extraction_params={"extensive_search": False},
    )
    if found is None:
        return None
    values = found.as_dict()
    title = values.get("title") or ""
    return page.article_of([title, *(values.get("text") or "").splitlines()], article_id)


def _trim(root: Any) -> None:
    """Leave of a page what may be its article: no scripts, no more than one has."""
    from lxml import etree

    for script in root.xpath("//script"):
        if not _is_json(script.text or ""):
            script.tag = _READ
    etree.strip_elements(root, _READ, *_NO_TEXT, with_tail=False)
    length = 0
    for number, element in enumerate(root.iter()):
        length += len(element.text or "") + len(element.tail or "")
        if number == _MOST_ELEMENTS or length > _LONGEST:
            _cut(element)
            return


def _is_json(text: str) -> bool:
    try:
        return len(text) <= _LONGEST_JSON and isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False


def _cut(element: Any) -> None:
    """Take an element out of its document, and all that comes after it."""
    after = 0
    while (parent := element.getparent()) is not None:
        del parent[parent.index(element) + after :]
        element, after = parent, 1

"""A saved article page as HTML: the article by trafilatura, the comments by markup or else by text."""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import asdict

from modfilter.errors import InputError
from modfilter.readers import page
from modfilter.readers.rows import comment_from
from modfilter.records import Article, Comment

# WordPress themes, comment embeds and schema.org microdata name their comments in one of these ways.
_COMMENTS = (
    "//*[self::li or self::article or self::div]"
    "[contains(concat(' ', normalize-space(@class), ' '), ' comment ')"
    " or contains(@itemtype, 'schema.org/Comment')]"
)
_AUTHOR = (  # the closest first: `.comment-author` also holds "says:"
    ".//*[contains(concat(' ', normalize-space(@class), ' '), ' fn ')]",
    ".//*[@itemprop='author'] | .//cite",
    ".//*[contains(@class, 'comment-author') or contains(@class, 'comment__author')]",
)
_AGE = (
    ".//time | .//*[@itemprop='dateCreated' or contains(@class, 'comment-date')"
    " or contains(@class, 'comment-age') or contains(@class, 'comment__age')"
    " or contains(@class, 'comment-time')]"
)
_TEXT = (
    ".//*[contains(@class, 'comment-content') or contains(@class, 'comment-text')"
    " or contains(@class, 'comment__text') or @itemprop='text']"
)


def parse(data: bytes, article_id: str, name: str) -> tuple[Article | None, list[Comment]]:
    """Find the article and its comments; raise InputError where the file is no HTML."""
    import lxml.etree
    import lxml.html

    parser = lxml.html.HTMLParser(huge_tree=False, no_network=True)
    try:
        root = lxml.html.document_fromstring(data, parser=parser)
    except (lxml.etree.ParserError, lxml.etree.XMLSyntaxError, ValueError) as error:
        raise InputError(f"{name} is not HTML that can be read: {error}") from error
    nodes = [node for node in root.xpath(_COMMENTS) if node.xpath(_TEXT)]
    if not nodes:
        article, comments = page.parse(_layout(root), article_id)
        return _article(root, article_id) or article, comments
    comments = _marked_up(nodes, article_id)
    for node in nodes:
        node.drop_tree()
    return _article(root, article_id), comments


def _marked_up(nodes: Sequence[Any], article_id: str) -> list[Comment]:
    """Read comments from their elements; one nested in another answers it."""
    ages = [_first(node, _AGE) for node in nodes]
    linked = page.linked(
        [
            (_words(_first(node, *_AUTHOR)), _words(age) or None, _layout(_first(node, _TEXT)))
            for node, age in zip(nodes, ages, strict=True)
        ],
        article_id,
    )
    places = {node: number for number, node in enumerate(nodes)}
    comments = []
    for node, age, comment in zip(nodes, ages, linked, strict=True):
        above = next((places[outer] for outer in node.iterancestors() if outer in places), None)
        row = asdict(comment)
        if above is not None:
            row["parent_id"] = linked[above].id
        row["created_at"] = None if age is None else age.get("datetime")
        comments.append(comment_from(row))
    return comments


def _article(root: Any, article_id: str) -> Article | None:
    import trafilatura

    found: Any = trafilatura.bare_extraction(_html(root), include_comments=False, with_metadata=True)
    if found is None:
        return None
    values = found.as_dict()
    title = values.get("title") or ""
    return page.article_of([title, *(values.get("text") or "").splitlines()], article_id)


def _layout(node: Any) -> str:
    """Lay an element out as a reader would copy it: a block a line, a blank line between paragraphs."""
    import inscriptis

    lines = [line.strip() for line in inscriptis.get_text(_html(node)).splitlines()]
    return "\n".join(lines).strip("\n")


def _html(node: Any) -> str:
    import lxml.html

    return str(lxml.html.tostring(node, encoding="unicode", with_tail=False))


def _first(node: Any, *paths: str) -> Any:
    return next((found for path in paths for found in node.xpath(path)), None)


def _words(node: Any) -> str:
    return "" if node is None else " ".join(node.text_content().split())

"""Reads XML exports event by event, and turns the HTML of comments into the text that readers saw."""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from modfilter.readers import layout
from modfilter.readers.intake import Intake

_TAG_OR_ENTITY = re.compile(r"<[a-zA-Z/!]|&[a-zA-Z#]")
_ROOT = re.compile(rb"<(?:[\w.-]{1,40}:)?(disqus|rss|html)[\s>/]")
_BLOCKS = re.compile(r"<(?:p|br|div|li|blockquote|pre|ul|ol)\b", re.IGNORECASE)


def plain(html: str) -> str:
    """Give the text of a comment's HTML, a paragraph a line; text without markup stays as it is.

    >>> plain("<p>Vanhu ava <b>ngavabude</b></p><p>&lt;3</p>")
    'Vanhu ava ngavabude\\n\\n<3'
    >>> plain("no markup, 2 < 3")
    'no markup, 2 < 3'
    """
    if not _TAG_OR_ENTITY.search(html):
        return html
    # Where lines are not marked, as in WordPress, a line break is one.
    if not _BLOCKS.search(html):
        html = html.replace("\n", "<br>")
    return layout.text_of_fragment(html)


def elements(stream: BinaryIO, intake: Intake, tags: set[str]) -> Iterator[Any]:
    """Give each finished element whose local name is among `tags`; entities are not expanded, nothing is fetched.

    The caller forgets what he is done with. What is damaged (control characters, a cut end) is set aside as one
    reject, and the rest is read.
    """
    from lxml import etree

    # Whatever the prefix: some exports lack the default namespace.
    events = etree.iterparse(
        stream, events=("end",), tag=[f"{{*}}{tag}" for tag in tags],
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True,
    )  # fmt: skip
    try:
        for _, element in events:
            yield element
    except etree.XMLSyntaxError as error:
        intake.reject(error.lineno or 0, f"malformed XML: {error.msg}", "")
        return
    for entry in events.error_log:
        intake.reject(entry.line, f"malformed XML: {entry.message}", "")
        break


def local(element: Any) -> str:
    """Give an element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def attribute(element: Any, name: str) -> str | None:
    """Give an attribute by its local name."""
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), None)


def forget(element: Any) -> None:
    """Free an element and all before it: an export of 10 GB is never in memory as a whole."""
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]


def begins_like_xml(head: bytes) -> str | None:
    """Say which export a file's first bytes look like: "wordpress", "disqus", or neither."""
    root = _ROOT.search(head)  # a page or a comment that speaks of an export is none
    if root and root[1] == b"disqus":
        return "disqus"
    return "wordpress" if root and root[1] == b"rss" and b"wordpress.org/export" in head else None

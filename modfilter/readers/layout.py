"""Lays HTML out as text: what a reader would copy from the page, a block a line, a blank line between paragraphs.

Written for markup by strangers: time and memory grow with the markup and with nothing else. No column is padded, of all
styles only `display` counts, and what the parser would leave out without a word is refused or given without tags.
"""

import codecs
import re
from collections.abc import Mapping
from html import unescape
from typing import Any

from modfilter.errors import InputError

LARGEST = 8 * 2**20
"""Bytes of markup, embedded pictures left aside; parsed they may take sixty times as much."""
_DEEPEST = 2_000
"""Open elements: the parser leaves out what lies deeper than 2,048."""
_MOST_ATTRIBUTES = 1_000
"""Attributes of one element; the parser takes the square of them, 23,000 took two seconds."""

_HIDDEN = frozenset(("head", "link", "meta", "script", "style", "template", "title"))
_PARAGRAPHS = frozenset(("p", "figure", "h1", "h2", "h3", "h4", "h5", "h6"))
_BLOCKS = _PARAGRAPHS | frozenset(
    "address article aside blockquote caption dd div dl dt fieldset figcaption footer form header hgroup hr li"
    " listing main nav ol option plaintext pre section table tr ul xmp".split()
)
_VERBATIM = frozenset(("listing", "plaintext", "pre", "xmp"))
_CELLS = frozenset(("td", "th"))
_BULLETS = ("* ", "+ ", "o ", "- ")
_DISPLAY = re.compile(r"\bdisplay\s{0,9}:\s{0,9}(none|block)\b", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_ENDLESS = re.compile(r"&#\d{4000,};?")
_EMBEDDED = re.compile(rb"(data:[\w/+.-]{1,100};base64,)[A-Za-z0-9+/=]+")


def parsed(data: bytes, name: str) -> Any:
    """Parse a page; raise InputError where it is none, or one that cannot be read to its end in bounded time."""
    if len(data) > LARGEST and len(data := _EMBEDDED.sub(rb"\1", data)) > LARGEST:
        raise InputError(f"{name} holds more than {LARGEST >> 20} MB of HTML\nSave the page as text.")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        root, is_misread = _parsed(data, name, None)
        if not is_misread:
            return root
        data = data.decode("utf-8", "replace").encode()
    return _parsed(data.removeprefix(codecs.BOM_UTF8), name, "utf-8")[0]


def _parsed(data: bytes, name: str, encoding: str | None) -> tuple[Any, bool]:
    """Give the document, and whether the charset that it claims is not the one that it is written in."""
    import lxml.etree
    import lxml.html

    try:
        lxml.etree.fromstring(
            data, lxml.etree.HTMLParser(encoding=encoding, huge_tree=True, target=_Bounds())
        )
        parser = lxml.html.HTMLParser(encoding=encoding, huge_tree=True, no_network=True)
        root = lxml.html.document_fromstring(data, parser=parser)
    except _BoundError as error:
        raise InputError(f"{name} has {error}\nThat is no page people read; save it as text.") from error
    except (lxml.etree.ParserError, lxml.etree.XMLSyntaxError, ValueError) as error:
        raise InputError(f"{name} is not HTML that can be read: {error}") from error
    # At bytes that a charset does not know the parser stops, without a word; UTF-16 cannot say so in ASCII.
    stopped = any(
        (entry.type_name, entry.level_name) == ("ERR_INVALID_ENCODING", "FATAL") for entry in parser.error_log
    )
    claimed = (root.getroottree().docinfo.encoding or "").lower()
    return root, stopped or claimed.startswith(("utf-16", "utf-32", "ucs", "iso-10646"))


def text_of_fragment(html: str) -> str:
    """Lay out the HTML of a comment; what goes beyond the bounds is given without its tags.

    >>> text_of_fragment("<p>one<br>two</p><ul><li>three<li>four</ul><table><tr><td>5<td>6</table>")
    'one\\ntwo\\n\\n* three\\n* four\\n5  6'
    """
    from lxml import etree

    data = f"<html><body>{html}".encode("utf-8", "replace")
    try:
        if len(data) > LARGEST:
            raise _BoundError
        parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, target=_Lines())
        return str(etree.fromstring(data, parser))
    except (_BoundError, etree.XMLSyntaxError):
        return unescaped(_TAG.sub(" ", html)).strip()


def text_of(root: Any) -> str:
    """Lay out an element of a page and all in it."""
    from lxml import etree

    lines = _Lines()
    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if event == "start":
            lines.start(element.tag, element.attrib)
            lines.data(element.text or "")
            continue
        if event == "end":
            lines.end(element.tag)
        if element is not root:
            lines.data(element.tail or "")
    return lines.close()


def unescaped(text: str) -> str:
    """Replace character references; a number of more than 4,300 digits, which Python refuses, is no character."""
    return unescape(_ENDLESS.sub("\ufffd", text))


class _BoundError(Exception):
    """Says what goes beyond the bounds."""


class _Bounds:
    """Looks a document through, without making a tree of it."""

    def __init__(self) -> None:
        self._depth = 0

    def start(self, _tag: str, attributes: Mapping[str, str]) -> None:
        """Begin an element."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _BoundError(f"more than {_DEEPEST:,} elements in one another")
        if len(attributes) > _MOST_ATTRIBUTES:
            raise _BoundError(f"an element of more than {_MOST_ATTRIBUTES:,} attributes")

    def end(self, _tag: str) -> None:
        """End an element."""
        self._depth -= 1

    def close(self) -> str:
        """Say nothing."""
        return ""


class _Lines(_Bounds):
    """Takes elements and text as they come, and gives lines."""

    def __init__(self) -> None:
        super().__init__()
        self._done: list[str] = []
        self._line: list[str] = []
        """What was written of the line that is not done."""
        self._spaced = True
        """Whether a space more would be one too many."""
        self._gap = False
        """Whether a blank line comes before the next one."""
        self._displays: list[str] = []
        """How each open element is shown."""
        self._hidden = 0
        self._verbatim = 0
        self._lists: list[int | str] = []
        """Of each open list its bullet, or its last number."""
        self._bullet = ""
        """Stands before what is written next."""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Begin an element."""
        super().start(tag, attributes)
        display = _display(tag, attributes.get("style"))
        self._displays.append(display)
        self._hidden += display == "none"
        if self._hidden:
            return
        if display == "block":
            self._end_line()
            self._gap |= tag in _PARAGRAPHS
        if tag == "br":
            if not self._end_line():
                self._done.append("")
        elif tag == "li":
            self._end_bullet()
            self._bullet = self._next_bullet(attributes.get("value") or "")
        elif tag == "ul":
            self._lists.append(_BULLETS[len(self._lists) % len(_BULLETS)])
        elif tag == "ol":
            self._lists.append(0)
        elif tag in _CELLS and self._line:
            self._line.append("  ")
            self._spaced = True
        self._edge(tag)
        self._verbatim += tag in _VERBATIM

    def data(self, text: str) -> None:
        """Write some text, or a part of it."""
        if self._hidden or not text:
            return
        if self._verbatim:
            first, *others = text.split("\n")
            self._add(first)
            for other in others:
                if not self._end_line():
                    self._done.append("")
                self._add(other)
            return
        if text[0].isspace():
            self._space()
        if words := " ".join(text.split()):
            self._add(words)
            if text[-1].isspace():
                self._space()

    def end(self, tag: str) -> None:
        """End an element."""
        super().end(tag)
        display = self._displays.pop()
        self._hidden -= display == "none"
        if self._hidden or display == "none":
            return
        self._verbatim -= tag in _VERBATIM
        self._edge(tag)
        if display == "block":
            self._end_line()
            self._gap |= tag in _PARAGRAPHS
        if tag == "li":
            self._end_bullet()
        elif tag in ("ol", "ul"):
            self._lists.pop()

    def close(self) -> str:
        """Give all lines."""
        self._end_line()
        self._end_bullet()
        return "\n".join(self._done).strip("\n")

    def _edge(self, tag: str) -> None:
        if tag == "span":  # themes set spans side by side, an author and an age, and space them by style
            self._space()
        elif tag == "q":
            self._add('"')

    def _space(self) -> None:
        if not self._spaced:
            self._line.append(" ")
            self._spaced = True

    def _add(self, text: str) -> None:
        if text:
            self._line += (self._bullet, text)
            self._bullet = ""
            self._spaced = False

    def _next_bullet(self, value: str) -> str:
        if not self._lists:
            return _BULLETS[0]
        last = self._lists[-1]
        if isinstance(last, str):
            return last
        number = int(value) if value.isascii() and value.isdigit() and len(value) < 10 else last + 1
        self._lists[-1] = number
        return f"{number}. "

    def _end_bullet(self) -> None:
        """Write a bullet that nothing came behind."""
        if self._bullet:
            self._done.append(self._bullet.strip())
            self._bullet = ""

    def _end_line(self) -> bool:
        """Begin a new line, unless this one is empty; say whether it was not."""
        text = "".join(self._line).strip()
        self._line.clear()
        self._spaced = True
        if text:
            if self._gap and self._done:
                self._done.append("")
            self._done.append(text)
            self._gap = False
        return bool(text)


def _display(tag: str, style: str | None) -> str:
    if tag in _HIDDEN:
        return "none"
    if style and (found := _DISPLAY.search(style)):
        return found[1].lower()
    return "block" if tag in _BLOCKS else "inline"

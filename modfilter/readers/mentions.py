"""Links a comment that begins "@name" to what it answers."""

from bisect import bisect_left, insort

import regex

_MENTION = regex.compile(r"(?<![\w@.])@(?=\S)")
_NAME = regex.compile(r"[\w\-]+")
_LONGEST = 100
"""Characters of a name that is addressed as a whole."""


class Authors:
    """The authors of a page so far, in its order; a page may have a hundred thousand.

    >>> authors = Authors()
    >>> for name in ("Da Truth", "Jah Tsvarie", "Jane"):
    ...     authors.add(name)
    >>> authors.answered("@Jah, not so")
    1
    >>> authors.answered("@Ja not so") is None
    True
    """

    def __init__(self) -> None:
        self._count = 0
        self._last: dict[str, int] = {}
        """Of each name where it came last."""
        self._sorted: list[str] = []
        self._lengths: set[int] = set()

    def add(self, author: str) -> None:
        """Take in the author of the next comment, "" for none."""
        name = author.casefold()
        if name and name not in self._last:
            insort(self._sorted, name)
            if len(name) <= _LONGEST:
                self._lengths.add(len(name))
        self._last[name] = self._count
        self._count += 1

    def answered(self, text: str) -> int | None:
        """Give the index of the nearest earlier author that the text addresses; None if it is not plain.

        Case does not count. A whole name wins over a prefix, and a prefix counts only where it begins
        the name of exactly one earlier author.
        """
        found = _MENTION.search(text)
        if not found:
            return None
        rest = text[found.end() :].casefold()
        for length in sorted(self._lengths, reverse=True):
            if (
                rest[:length] in self._last
                and len(rest) >= length
                and not rest[length : length + 1].isalnum()
            ):
                return self._last[rest[:length]]
        called = _NAME.match(rest)
        if not called:
            return None
        at = bisect_left(self._sorted, called.group())
        matching = [name for name in self._sorted[at : at + 2] if name.startswith(called.group())]
        return self._last[matching[0]] if len(matching) == 1 else None

"""Links a comment that begins "@name" to what it answers."""

from collections.abc import Sequence

import regex

_MENTION = regex.compile(r"(?<![\w@.])@(?=\S)")
_NAME = regex.compile(r"[\w\-]+")


def answered(text: str, earlier: Sequence[str]) -> int | None:
    """Give the index of the nearest earlier author that the text addresses; None if it is not plain.

    Case does not count. A whole name wins over a prefix, and a prefix counts only where it begins
    the name of exactly one earlier author.

    >>> answered("@Jah, not so", ["Da Truth", "Jah Tsvarie", "povo"])
    1
    >>> answered("@Ja not so", ["Jane", "Jah"]) is None
    True
    """
    found = _MENTION.search(text)
    if not found:
        return None
    rest = text[found.end() :].casefold()
    names = [author.casefold() for author in earlier]
    whole = [name for name in names if rest.startswith(name) and not rest[len(name) :][:1].isalnum()]
    if whole:
        return _last(names, max(whole, key=len))
    called = _NAME.match(rest)
    matching = {name for name in names if called and name.startswith(called.group())}
    return _last(names, matching.pop()) if len(matching) == 1 else None


def _last(names: Sequence[str], name: str) -> int:
    return len(names) - 1 - names[::-1].index(name)

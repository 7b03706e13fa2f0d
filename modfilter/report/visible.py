"""Shows what a stranger hid in a text: what turns writing round, cannot be seen, or buries what is around it."""

import regex

_HIDDEN = regex.compile(
    # C0 and C1 controls but tab and line ends; zero-width space, word joiner and the like; marks, embeddings,
    # overrides and isolates of direction. Joiners (U+200C, U+200D) stay: emoji and some scripts are made with them.
    r"[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f"
    r"\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
    # Combining marks piled up ("zalgo"): no script puts five on one letter.
    r"|\p{M}{5,}"
)


def visible(text: str) -> str:
    """Give a text with each hidden character as its code, and two marks of each pile.

    >>> visible("kill\u202e them")
    'kill[U+202E] them'
    """
    return _HIDDEN.sub(lambda match: _named(match[0]), text)


def _named(found: str) -> str:
    if len(found) > 1:
        return f"{found[:2]}[+{len(found) - 2} marks]"
    return f"[U+{ord(found):04X}]"

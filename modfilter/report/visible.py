"""Shows what a stranger hid in a text: characters that turn the direction of writing round, or are not seen at all."""

import regex

_HIDDEN = regex.compile(
    # C0 and C1 controls but tab and line ends; zero-width space, word joiner and the like; marks, embeddings,
    # overrides and isolates of direction. Joiners (U+200C, U+200D) stay: emoji and some scripts are made with them.
    r"[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f"
    r"\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """Give a text with each hidden character as its code.

    >>> visible("kill\u202e them")
    'kill[U+202E] them'
    """
    return _HIDDEN.sub(lambda match: f"[U+{ord(match[0]):04X}]", text)

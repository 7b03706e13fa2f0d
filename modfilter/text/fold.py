"""Undoes what readers do to slip past a filter, with the way back to the reader's own text.

Look-alike letters, digits for letters, s e p a r a t e d letters, zero-width and combining marks, doubled
letters and masked ones ("k*ll") are folded to plain letters. Each step is a function from characters with
their places to characters with their places, so evidence found in the folded text fits the original.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import regex

Placed = list[tuple[str, int]]
"""Characters, each with its place in the reader's text."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text, and where each of its characters stands in the reader's own."""

    text: str
    places: tuple[int, ...] | None
    """The place of each character; None where nothing was folded and every place is its own."""

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Give the [start, end) of the reader's text that a part of the folded one stands for.

        >>> folded = fold("they should k i l l him")
        >>> folded.text, folded.original(12, 16)
        ('they should kill him', (12, 19))
        """
        if self.places is None:
            return start, end
        return self.places[start], self.places[end - 1] + 1


# What looks like a Latin letter: Cyrillic, Greek, Armenian and Cherokee letters (Unicode's confusables.txt,
# letters only), and the Latin letters of phonetic and small-capital blocks.
_LOOK_ALIKES = str.maketrans(
    "авеёзікмнорстухїјѕԁԛԝһӏвАВЕЗІКМНОРСТУХЈЅԌԚԜҺӀαβγεικνορτυχωΑΒΕΖΗΙΚΜΝΟΡΤΥΧɑɡɩıʟɴʀʏᴀᴄᴅᴇᴊᴋᴍᴏᴘᴛᴜᴠᴡᴢօսոհℓ",
    "abeesikmhopctyxijsdqwhlbABESIKMHOPCTYXJSGQWHIabyeikvoptuxwABEZHIKMNOPTYXagiilnryacdejkmoptuvwzounhl",
)
_DIGITS = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i", "€": "e"}
_LETTER = regex.compile(r"\p{L}")
_LATIN = regex.compile(r"\p{Latin}")
_INVISIBLE = regex.compile(
    r"[\p{Cf}\p{Cc}\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0--[\t\n\r\u200d]]", regex.V1
)
_MARK = regex.compile(r"\p{M}")
_UNSEEN = regex.compile(rf"{_INVISIBLE.pattern}|\p{{M}}", regex.V1)
_TOKEN = regex.compile(r"\S+")
_URL = regex.compile(r"(?:https?://|www\.)\S+|(?<!\w)@[\w.\-]{3,}|[\w.]+@\w+\.\w+", regex.IGNORECASE)
# Single letters, at least three of them, with the same separator between each.
_SEPARATED = regex.compile(r"(?<![\p{L}\p{N}])\p{L}(?:([ ._\-*~|/,+]{1,2})\p{L})(?:\1\p{L})+(?![\p{L}\p{N}])")
_DOUBLE = regex.compile(r"(\p{L})\1+", regex.IGNORECASE)
_STRETCHED = regex.compile(r"(\p{L})\1{2,}", regex.IGNORECASE)
_DIGIT_INSIDE = regex.compile(r"(?<=\p{L})[013457@$!€]+(?=\p{L})|(?<![\p{L}\p{N}])[@$](?=\p{L}{2})")
_MAYBE_DIGITS = regex.compile(
    r"(?<![\p{L}\p{N}])[013457@$!€\p{L}]*[013457@$€][013457@$€\p{L}]*(?![\p{L}\p{N}])"
)
_PICTURES = {
    "🔪": "knife", "🗡": "dagger", "⚔": "sword", "🪓": "axe", "🔨": "hammer", "🔫": "gun", "💣": "bomb",
    "🧨": "dynamite", "👊": "punch", "🥊": "punch", "🪨": "stone", "🧱": "brick", "🥾": "boot", "⛽": "petrol",
    "🩸": "blood", "⚰": "coffin", "🪦": "grave", "🐀": "rat", "🪳": "cockroach", "🐕": "dog", "🐷": "pig",
    "💩": "shit", "🖕": "fuck you", "🚮": "rubbish",
}  # fmt: skip
"""Emoji that stand for a deed, its tool or a name thrown at people. The encoder's vocabulary lacks half of them."""
_MASK = r"*#_@%$&•×"
_MASKED = regex.compile(rf"(?<![\p{{L}}\p{{N}}])\p{{L}}+(?:[*#•×]+|[{_MASK}](?=\p{{L}}))+[\p{{L}}{_MASK}]*")


class Unmasker:
    """Knows which words a disguised one may be: "k*ll", "hu****", "ki11"."""

    def __init__(self, words: Sequence[str]) -> None:
        """`words`: lower-case, the likeliest first."""
        self._known = frozenset(words)
        self._by_first: dict[str, list[str]] = {}
        for word in words:
            self._by_first.setdefault(word[0], []).append(word)

    def __contains__(self, word: str) -> bool:
        return word.lower() in self._known

    def __call__(self, masked: str) -> str | None:
        """Give the likeliest word; None if no word fits.

        >>> Unmasker(["kill", "kull"])("K*ll")
        'kill'
        """
        low = masked.lower()
        runs = regex.split(r"([^\p{L}]+)", low)
        # A mask of n signs stands for as many letters; a long one is not counted by those who type it.
        pattern = "".join(
            regex.escape(run) if place % 2 == 0 else rf"\p{{L}}{{{max(1, len(run) - 1)},{len(run) + 1}}}"
            for place, run in enumerate(runs)
        )
        compiled = regex.compile(pattern)
        return next((word for word in self._by_first.get(low[0], ()) if compiled.fullmatch(word)), None)


def fold(text: str, unmask: Unmasker | None = None) -> Folded:
    """Fold a text; most texts come back as they are."""
    bare = text if text.isascii() else _HARMLESS.sub("", text)
    plain = bare is text or _PICTURES.keys().isdisjoint(text)
    if (
        plain
        and bare.isascii()
        and not _SUSPICIOUS.search(bare)
        and len(_PAIRS.findall(bare)) < _DOUBLED_PAIRS
    ):
        return Folded(text, None)
    placed: Placed = [*zip(text, range(len(text)), strict=True)]
    for step in _STEPS:
        placed = step(placed)
    for step_by_word in _STEPS_BY_WORD:
        placed = step_by_word(placed, unmask)
    folded = "".join(character for character, _ in placed)
    if folded == text or not folded.strip():
        return Folded(text, None)
    return Folded(folded, tuple(place for _, place in placed))


# Most comments are typed honestly, and one look tells: without it folding took 0.4 ms a comment.
_HARMLESS = re.compile("[‘’“”…–—•\u200d\ufe0f\u2600-\u27bf\U0001f300-\U0001faff]")
_SUSPICIOUS = re.compile(
    r"[a-z][013457@$!]+[a-z]|(?<![a-z0-9])[@$][a-z]{2}|([a-z])\1\1|[a-z][*#_%&$@]+"
    r"|[a-z]{2}[013457]+(?![a-z0-9])|(?<![a-z0-9])[013457]+[a-z]{2}"
    r"|(?<![a-z0-9])[a-z][ ._*~|/,+-]{1,2}[a-z](?![a-z])|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]",
    re.IGNORECASE,
)
_PAIRS = re.compile(r"([a-z])\1", re.IGNORECASE)
_DOUBLED_PAIRS = 3


def _string(placed: Placed) -> str:
    return "".join(character for character, _ in placed)


def _without_marks(placed: Placed) -> Placed:
    """Drop invisible characters, and marks piled on Latin letters (but not accents that come composed)."""
    if not _UNSEEN.search(_string(placed)):
        return placed
    kept: Placed = []
    for character, place in placed:
        if _INVISIBLE.match(character):
            continue
        if _MARK.match(character) and kept and (_LATIN.match(kept[-1][0]) or kept[-1][0] == " "):
            continue
        kept.append((character, place))
    return kept


def _plain_letters(placed: Placed) -> Placed:
    """Give full-width, mathematical and ringed letters their plain form (NFKC), one for one."""
    from unicodedata import normalize

    if not any(
        (ord(character) >= 0x2000 and character.isalnum()) or character in _ENCLOSED
        for character, _ in placed
    ):
        return placed
    plain: Placed = []
    for character, place in placed:
        letters = character
        if ord(character) >= 0x2000:
            letters = _ENCLOSED.get(character) or normalize("NFKC", character)
        plain += [(letter, place) for letter in (letters if letters.isalnum() else character)]
    return plain


# Emoji letters: regional indicators and negative squared and circled capitals.
_ENCLOSED = {chr(first + i): chr(97 + i) for first in (0x1F130, 0x1F150, 0x1F170, 0x1F1E6) for i in range(26)}
_ENCLOSED |= {chr(0x1F1E6 + i): chr(0x1F1E6 + i) for i in range(26)}  # flags stay flags


def _latin(placed: Placed) -> Placed:
    """Give look-alikes their Latin letter in words that mix scripts, and in words within Latin text."""
    text = _string(placed)
    if text.isascii():
        return placed
    latin = len(_LATIN.findall(text))
    mostly_latin = latin * 2 > len(_LETTER.findall(text))
    result = list(placed)
    for match in _TOKEN.finditer(text):
        word = match.group()
        letters = _LETTER.findall(word)
        strange = [letter for letter in letters if not _LATIN.match(letter) or letter in "ɑɡɩıʟɴʀʏ"]
        if not strange:
            continue
        mapped = word.translate(_LOOK_ALIKES)
        whole = all(_LATIN.match(letter) for letter in _LETTER.findall(mapped))
        if (len(strange) < len(letters) or mostly_latin) and whole:
            for offset, character in enumerate(mapped, start=match.start()):
                result[offset] = (character, result[offset][1])
    return result


def _joined(placed: Placed) -> Placed:
    """Join letters that stand apart: "k i l l", "k.i.l.l"."""
    text = _string(placed)
    dropped: set[int] = set()
    for match in _SEPARATED.finditer(text):
        dropped |= {i for i in range(*match.span()) if not text[i].isalpha()}
    return [pair for i, pair in enumerate(placed) if i not in dropped] if dropped else placed


def _named(placed: Placed) -> Placed:
    """Put a word for an emoji that stands for a deed or its tool: "🔪 them all"."""
    if all(character not in _PICTURES for character, _ in placed):
        return placed
    named: Placed = []
    for character, place in placed:
        name = _PICTURES.get(character)
        named += [(letter, place) for letter in f" {name} "] if name else [(character, place)]
    return named


def _lettered(placed: Placed, known: Unmasker | None) -> Placed:
    """Give digits and signs inside a word their letter, at its ends too: "k1ll", "ur4y41", "ki11"."""
    text = _string(placed)
    links = [match.span() for match in _URL.finditer(text)]
    result = list(placed)
    for match in _MAYBE_DIGITS.finditer(text):
        word = match.group()
        if any(start <= match.start() < end for start, end in links):
            continue
        lettered = _word_of(word, known)
        for offset, letter in enumerate(lettered):
            result[match.start() + offset] = (letter, result[match.start() + offset][1])
    return result


def _word_of(word: str, known: Unmasker | None) -> str:
    """Give the word that one with digits stands for; the same where they may be digits ("ku3", "Form4", "4x4")."""
    whole = "".join(_DIGITS.get(letter, letter) for letter in word)
    if known is not None and len(word) > 3:
        with_l = "".join("l" if letter == "1" else _DIGITS.get(letter, letter) for letter in word)
        bare = "".join(filter(str.isalpha, word))
        if bare not in known:
            for candidate in (whole, with_l):
                if candidate in known:
                    return candidate
    if not _DIGIT_INSIDE.search(word):
        return word
    # Who writes one letter as a digit writes others so: "ng4v4r0hw3". A lone sign at the end is punctuation.
    return whole


def _single(placed: Placed, known: Unmasker | None) -> Placed:
    """Shorten stretched letters to two, or one where that is a known word, and words typed with each letter twice."""
    text = _string(placed)
    dropped: set[int] = set()
    for match in _TOKEN.finditer(text):
        word = match.group()
        if _doubled(word) or (known is not None and _STRETCHED.search(word) and _once(word) in known):
            dropped |= {
                i for i in range(match.start() + 1, match.end()) if text[i].lower() == text[i - 1].lower()
            }
    for match in _STRETCHED.finditer(text):
        dropped |= set(range(match.start() + 2, match.end()))
    return [pair for i, pair in enumerate(placed) if i not in dropped] if dropped else placed


def _once(word: str) -> str:
    """Give a word without its doubled letters, and without the signs at its ends."""
    return _DOUBLE.sub(r"\1", word).strip(".,!?")


def _doubled(word: str) -> bool:
    """Whether at least three letters of a word, and half of them, are typed twice or more."""
    if len(word) < 6:
        return False
    runs = sum(1 for _ in _DOUBLE.finditer(word))
    if runs < 3:
        return False
    different = sum(1 for _ in regex.finditer(r"(\p{L})\1*", word, regex.IGNORECASE))
    return runs * 2 >= different


def _unmasked(placed: Placed, unmask: Unmasker | None) -> Placed:
    """Give masked words their letters, where a known word fits."""
    if unmask is None:
        return placed
    text = _string(placed)
    result: Placed = []
    position = 0
    for match in _MASKED.finditer(text):
        word = match.group()
        known = unmask(word) if len(word) > 2 else None
        if known is None:
            continue
        result += placed[position : match.start()]
        spread = [placed[match.start() + i * len(word) // len(known)][1] for i in range(len(known))]
        spread[-1] = placed[match.end() - 1][1]
        result += zip(known, spread, strict=True)
        position = match.end()
    return [*result, *placed[position:]]


_STEPS: tuple[Callable[[Placed], Placed], ...] = (
    _without_marks, _plain_letters, _latin, _named, _joined,
)  # fmt: skip
_STEPS_BY_WORD: tuple[Callable[[Placed, Unmasker | None], Placed], ...] = (_lettered, _single, _unmasked)
"""Those that look at what words there are."""

"""Undoes what readers do to slip past a filter, with the way back to the reader's own text.

Look-alike letters, digits for letters, s e p a r a t e d letters, zero-width and combining marks, doubled
letters and masked ones ("k*ll") are folded to plain letters. Each step is a function from a text with its
places to a text with its places, so evidence found in the folded text fits the original. It first asks one
cheap question, and gives back what it was given where the answer is no: most often, for most steps.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import NamedTuple
from unicodedata import normalize

import regex

from modfilter.text.unmask import Unmasker


class Placed(NamedTuple):
    """A text on its way to a folded one."""

    text: str
    places: Sequence[int]
    """The place of each character in the reader's text: a range as long as nothing moved."""


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


def fold(text: str, unmask: Unmasker | None = None) -> Folded:
    """Fold a text; most texts come back as they are."""
    if _honest(text):
        return Folded(text, None)
    placed = Placed(text, range(len(text)))
    for step in _STEPS:
        placed = step(placed)
    for step_by_word in _STEPS_BY_WORD:
        placed = step_by_word(placed, unmask)
    if placed.text == text or not placed.text.strip():
        return Folded(text, None)
    return Folded(placed.text, tuple(placed.places))


def _honest(text: str) -> bool:
    """Whether one look tells that nothing is disguised, as in three comments of five: it takes 7 µs."""
    bare = text if text.isascii() else _HARMLESS.sub("", text)
    if not bare.isascii() or (bare is not text and _PICTURE.search(text)):
        return False
    low = bare.lower()
    return not (_SIGNED.search(low) or _APART.search(low) or _REPEATED.search(low))


_PICTURES = {
    "🔪": "knife", "🗡": "dagger", "⚔": "sword", "🪓": "axe", "🔨": "hammer", "🔫": "gun", "💣": "bomb",
    "🧨": "dynamite", "👊": "punch", "🥊": "punch", "🪨": "stone", "🧱": "brick", "🥾": "boot", "⛽": "petrol",
    "🩸": "blood", "⚰": "coffin", "🪦": "grave", "🐀": "rat", "🪳": "cockroach", "🐕": "dog", "🐷": "pig",
    "💩": "shit", "🖕": "fuck you", "🚮": "rubbish",
}  # fmt: skip
"""Emoji that stand for a deed, its tool or a name thrown at people. The encoder's vocabulary lacks half of them."""
_PICTURE = re.compile(f"[{''.join(_PICTURES)}]")
_HARMLESS = re.compile("[‘’“”…–—\u200d\ufe0f\u2600-\u27bf\U0001f300-\U0001faff]")
# All begin with what is rare, a sign, and look back from it: begun with a letter, they took ten times as long.
_SIGNED = re.compile(
    r"""[013457@$!*#_%&\x00-\x08\x0b\x0c\x0e-\x1f\x7f](?:
        (?<=[a-z][*#_%&$@])                                  # k*ll
        | (?<=[a-z][013457@$!]) [013457@$!]* [a-z]           # k1ll
        | (?<=[a-z]{2}[013457]) [013457]* (?![a-z0-9])       # murov3
        | (?<![a-z0-9].) (?<=[@$]) [a-z]{2}                  # @nd
        | (?<![a-z0-9].) (?<=[013457]) [013457]* [a-z]{2}    # 4ever
        | (?<=[\x00-\x1f\x7f])
    )""",
    re.VERBOSE,
)
_APART = re.compile(
    r"[ ._*~|/,+-][a-z](?![a-z])"
    r"(?:(?<=(?<![a-z0-9])[a-z].[a-z])|(?<=(?<![a-z0-9])[a-z][ ._*~|/,+-].[a-z]))"
)
# A letter three times in a row, or three pairs of letters.
_REPEATED = re.compile(r"([a-z])\1(?:\1|.*?([a-z])\2.*?([a-z])\3)", re.DOTALL)


def _dropped(placed: Placed, dropped: Collection[int]) -> Placed:
    """Leave characters out."""
    if not dropped:
        return placed
    kept = bytearray(b"\1") * len(placed.text)
    for i in dropped:
        kept[i] = 0
    return Placed("".join(compress(placed.text, kept)), [*compress(placed.places, kept)])


def _spelled(placed: Placed, letters: Mapping[str, str]) -> Placed:
    """Put letters for characters, each at the place of the character that it stands for."""
    spelled = [letters.get(character, character) for character in placed.text]
    places = [place for place, run in zip(placed.places, spelled, strict=True) for _ in run]
    return Placed("".join(spelled), places)


def _without_marks(placed: Placed) -> Placed:
    """Drop invisible characters, and marks piled on Latin letters (but not accents that come composed)."""
    if not _UNUSUAL.search(placed.text):
        return placed
    return _dropped(placed, {i for match in _UNSEEN.finditer(placed.text) for i in range(*match.span())})


# More than ASCII, accented letters and quotes: `regex` takes ten times as long, and need not look at most texts.
_UNUSUAL = re.compile("[^\t\n\r -~\xa0-\xac\xae-ʯ‘’“”…–—•]")
_INVISIBLE = r"\p{Cf}\p{Cc}\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0--[\t\n\r\u200d]"
_UNSEEN = regex.compile(rf"(?<=[\p{{Latin}} ])[\p{{M}}{_INVISIBLE}]+|[{_INVISIBLE}]", regex.V1)


def _plain_letters(placed: Placed) -> Placed:
    """Give full-width, mathematical and ringed letters their plain form (NFKC), one for one."""
    if placed.text.isascii() or not _FANCY.search(placed.text):
        return placed
    beyond = (character for character in set(placed.text) if character >= "\u2000")
    plain = {character: _ENCLOSED.get(character) or normalize("NFKC", character) for character in beyond}
    return _spelled(placed, {character: letters for character, letters in plain.items() if letters.isalnum()})


# Emoji letters: regional indicators and negative squared and circled capitals.
_ENCLOSED = {chr(first + i): chr(97 + i) for first in (0x1F130, 0x1F150, 0x1F170, 0x1F1E6) for i in range(26)}
_ENCLOSED |= {chr(0x1F1E6 + i): chr(0x1F1E6 + i) for i in range(26)}  # flags stay flags
_FANCY = re.compile(rf"[\u2000-\U0010ffff](?<=[^\W_]|[{''.join(_ENCLOSED)}])")


def _latin(placed: Placed) -> Placed:
    """Give look-alikes their Latin letter in words that mix scripts, and in words within Latin text."""
    text = placed.text
    if text.isascii() or not _STRANGE.search(text):
        return placed
    mostly_latin = len(_LATIN.findall(text)) * 2 > len(_LETTER.findall(text))

    def latin(match: re.Match[str]) -> str:
        word = match.group()
        strange = _STRANGE.findall(word)
        if not strange or not (mostly_latin or len(strange) < len(_LETTER.findall(word))):
            return word
        mapped = word.translate(_LOOK_ALIKES)
        return word if _STRANGE.search(mapped) else mapped

    return Placed(_TOKEN.sub(latin, text), placed.places)


# What looks like a Latin letter: Cyrillic, Greek, Armenian and Cherokee letters (Unicode's confusables.txt,
# letters only), and the Latin letters of phonetic and small-capital blocks.
_LOOK_ALIKES = str.maketrans(
    "авеёзікмнорстухїјѕԁԛԝһӏвАВЕЗІКМНОРСТУХЈЅԌԚԜҺӀαβγεικνορτυχωΑΒΕΖΗΙΚΜΝΟΡΤΥΧɑɡɩıʟɴʀʏᴀᴄᴅᴇᴊᴋᴍᴏᴘᴛᴜᴠᴡᴢօսոհℓ",
    "abeesikmhopctyxijsdqwhlbABESIKMHOPCTYXJSGQWHIabyeikvoptuxwABEZHIKMNOPTYXagiilnryacdejkmoptuvwzounhl",
)
_LETTER = regex.compile(r"\p{L}")
_LATIN = regex.compile(r"\p{Latin}")
_STRANGE = regex.compile(r"[[\p{L}--\p{Latin}]ɑɡɩıʟɴʀʏ]", regex.V1)
_TOKEN = re.compile(r"\S+")


def _named(placed: Placed) -> Placed:
    """Put a word for an emoji that stands for a deed or its tool: "🔪 them all"."""
    if placed.text.isascii() or not _PICTURE.search(placed.text):
        return placed
    return _spelled(placed, {picture: f" {name} " for picture, name in _PICTURES.items()})


def _joined(placed: Placed) -> Placed:
    """Join letters that stand apart: "k i l l", "k.i.l.l"."""
    text = placed.text
    if not _LONE.search(text):
        return placed
    spans = [match.span() for match in _SEPARATED.finditer(text)]
    return _dropped(placed, {i for span in spans for i in range(*span) if not text[i].isalpha()})


# Single letters, at least three of them, with the same separator between each; and what the last two look like.
_SEPARATED = regex.compile(r"(?<![\p{L}\p{N}])\p{L}(?:([ ._\-*~|/,+]{1,2})\p{L})(?:\1\p{L})+(?![\p{L}\p{N}])")
_LONE = re.compile(r"[ ._*~|/,+-][^ ._*~|/,+\-\s\d][ ._*~|/,+-]{1,2}\S(?![a-zA-Z0-9])")


def _parts(text: str, sign: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Give the parts between spaces that hold a sign: to look for links in a whole text takes 43 µs."""
    end = 0
    for match in sign.finditer(text):
        start, end = max(end, text.rfind(" ", end, match.start()) + 1), match.end()
        yield start, end


def _lettered(placed: Placed, known: Unmasker | None) -> Placed:
    """Give digits and signs inside a word their letter, at its ends too: "k1ll", "ur4y41", "ki11"."""
    text = placed.text
    if not _DIGIT.search(text):
        return placed
    letters = list(text)
    for start, end in _parts(text, _DIGIT):
        linked = _LINK_SIGN.search(text, start, end)
        links = [link.span() for link in _URL.finditer(text, start, end)] if linked else []
        for match in _MAYBE_DIGITS.finditer(text, start, end):
            if not any(first <= match.start() < last for first, last in links):
                letters[match.start() : match.end()] = _word_of(match.group(), known)
    return Placed("".join(letters), placed.places)


def _word_of(word: str, known: Unmasker | None) -> str:
    """Give the word that one with digits stands for; the same where they may be digits ("ku3", "Form4", "4x4")."""
    whole = word.translate(_DIGITS)
    if known is not None and len(word) > 3:
        bare = "".join(filter(str.isalpha, word))
        if bare not in known:
            for candidate in (whole, word.replace("1", "l").translate(_DIGITS)):
                if candidate in known:
                    return candidate
    if not _DIGIT_INSIDE.search(word):
        return word
    # Who writes one letter as a digit writes others so: "ng4v4r0hw3". A lone sign at the end is punctuation.
    return whole


_DIGITS = str.maketrans("013457@$!€", "oieastasie")
_DIGIT = re.compile(r"[013457@$€]\S*")
# Without a sign of a link none is sought: in one "word" of 6,000 letters that takes 0.5 s.
_LINK_SIGN = re.compile(r"@|://|www\.", re.IGNORECASE)
_URL = regex.compile(r"(?:https?://|www\.)\S+|(?<!\w)@[\w.\-]{3,}|[\w.]+@\w+\.\w+", regex.IGNORECASE)
_DIGIT_INSIDE = regex.compile(r"(?<=\p{L})[013457@$!€]+(?=\p{L})|(?<![\p{L}\p{N}])[@$](?=\p{L}{2})")
_MAYBE_DIGITS = regex.compile(
    r"(?<![\p{L}\p{N}])[013457@$!€\p{L}]*[013457@$€][013457@$€\p{L}]*(?![\p{L}\p{N}])"
)


def _single(placed: Placed, known: Unmasker | None) -> Placed:
    """Shorten stretched letters to two, or one where that is a known word, and words typed with each letter twice."""
    text = placed.text
    repeated = _REPEATED_IN_ASCII if text.isascii() else _REPEATED_IN_WORD
    if not repeated.search(text):
        return placed
    dropped: set[int] = set()
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        if not repeated.search(text, start, end):
            continue
        word = match.group()
        stretched = [*_STRETCHED.finditer(word)]
        if _doubled(word) or (known is not None and stretched and _once(word) in known):
            dropped |= {i for i in range(start + 1, end) if text[i].lower() == text[i - 1].lower()}
        for run in stretched:
            dropped |= set(range(start + run.start() + 2, start + run.end()))
    return _dropped(placed, dropped)


def _once(word: str) -> str:
    """Give a word without its doubled letters, and without the signs at its ends."""
    return _DOUBLE.sub(r"\1", word).strip(".,!?")


def _doubled(word: str) -> bool:
    """Whether at least three letters of a word, and half of them, are typed twice or more."""
    if len(word) < 6:
        return False
    runs = len(_DOUBLE.findall(word))
    return runs >= 3 and runs * 2 >= len(_RUN.findall(word))


_RUN = regex.compile(r"(\p{L})\1*", regex.IGNORECASE)
_DOUBLE = regex.compile(r"(\p{L})\1+", regex.IGNORECASE)
_STRETCHED = regex.compile(r"(\p{L})\1{2,}", regex.IGNORECASE)
# What `_REPEATED` asks, of one word. Of ASCII `re` can ask it too, and takes 4 µs instead of 12.
_REPEATED_IN_WORD = regex.compile(r"(\p{L})\1(?:\1|\S*?(\p{L})\2\S*?(\p{L})\3)", regex.IGNORECASE)
_REPEATED_IN_ASCII = re.compile(r"([a-z])\1(?:\1|\S*?([a-z])\2\S*?([a-z])\3)", re.IGNORECASE)


def _unmasked(placed: Placed, unmask: Unmasker | None) -> Placed:
    """Give masked words their letters, where a known word fits."""
    text, places = placed
    masked = [match for part in _parts(text, _SIGN_AFTER) for match in _MASKED.finditer(text, *part)]
    if unmask is None or not masked:
        return placed
    letters: list[str] = []
    spread: list[int] = []
    position = 0
    for match in masked:
        start, end = match.span()
        known = unmask(match.group()) if end - start > 2 else None
        if known is not None:
            letters += text[position:start], known
            inside = [places[start + i * (end - start) // len(known)] for i in range(len(known) - 1)]
            spread += [*places[position:start], *inside, places[end - 1]]
            position = end
    return Placed("".join([*letters, text[position:]]), [*spread, *places[position:]])


_MASK = r"*#_@%$&•×"
_SIGN_AFTER = re.compile(rf"[{_MASK}](?<=\S.)\S*")
_MASKED = regex.compile(rf"(?<![\p{{L}}\p{{N}}])\p{{L}}+(?:[*#•×]+|[{_MASK}](?=\p{{L}}))+[\p{{L}}{_MASK}]*")

_STEPS: tuple[Callable[[Placed], Placed], ...] = (
    _without_marks, _plain_letters, _latin, _named, _joined,
)  # fmt: skip
_STEPS_BY_WORD: tuple[Callable[[Placed, Unmasker | None], Placed], ...] = (_lettered, _single, _unmasked)
"""Those that look at what words there are."""

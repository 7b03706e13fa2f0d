"""Writes training text in the second script of its language, letter by letter.

Of three languages the word lists are in one script and much of what is written is in another: Meitei stands here in its
own letters and is often printed in Bengali ones, Santali and Tamazight stand in Latin letters beside Ol Chiki and
Tifinagh. The tables are those of the Unicode code charts (Meetei Mayek, Ol Chiki) and of IRCAM (Tifinagh). They are no
spelling reform: an identifier needs the letters, and which stand beside which.
"""

import re
import unicodedata

_MEITEI = dict(
    zip(
        "ꯀꯁꯂꯃꯄꯅꯆꯇꯈꯉꯊꯋꯌꯍꯎꯏꯐꯑꯒꯓꯔꯕꯖꯗꯘꯙꯚꯛꯜꯝꯞꯟꯠꯡꯢꯣꯤꯥꯦꯧꯨꯩꯪ꯭",
        "কসলমপনচতখঙথৱয়হউইফঅগঝরবজদঘধভকলমপনৎংইোিােৌুৈং্".replace("য়", "\u09df"),
        strict=True,
    )
)
_SANTALI = dict(zip("otgnlakjmwishñrucdṇyepḍṛbṭvńćḱ", "ᱚᱛᱜᱱᱞᱟᱠᱡᱢᱣᱤᱥᱦᱧᱨᱩᱪᱫᱬᱭᱮᱯᱰᱲᱵᱴᱣᱧᱪᱠ", strict=True)) | {
    "ṅ": "ᱝ",
    # Stops that are held back at the end of a syllable have letters of their own.
    "k̕": "ᱜ",
    "t̕": "ᱫ",
    "c̕": "ᱡ",
    "p̕": "ᱵ",
    # Vowels with a dot below, or through the nose.
    **{vowel: letter + "ᱹ" for vowel, letter in zip("ạẹọ", "ᱟᱮᱚ", strict=True)},
    **{vowel: letter + "ᱸ" for vowel, letter in zip("ãẽĩõũ", "ᱟᱮᱤᱚᱩ", strict=True)},
    **dict.fromkeys("\u0331\u0320\u0301\u0303\u0315", ""),
}
_TAMAZIGHT = dict(
    zip("abgdḍefkhḥɛεxqijlmnuorṛɣγsṣctţṭwyzẓpvǧč", "ⴰⴱⴳⴷⴹⴻⴼⴽⵀⵃⵄⵄⵅⵇⵉⵊⵍⵎⵏⵓⵓⵔⵕⵖⵖⵙⵚⵛⵜⵜⵟⵡⵢⵣⵥⵒⵠⴵⵞ", strict=True)
)
TABLES = {"mni": _MEITEI, "sat": _SANTALI, "tzm": _TAMAZIGHT}
"""Letters by ISO 639-3 code of the language."""


def rewritten(language: str, lines: list[str]) -> list[str]:
    """Give the lines in the other script too, or nothing for a language that has one script.

    >>> rewritten("tzm", ["azul fell-awen"])
    ['ⴰⵣⵓⵍ ⴼⴻⵍⵍ-ⴰⵡⴻⵏ']
    """
    table = TABLES.get(language)
    if not table:
        return []
    letters = re.compile("|".join(sorted(table, key=len, reverse=True)))
    composed = (unicodedata.normalize("NFC", line.lower()) for line in lines)
    return [letters.sub(lambda found: table[found.group()], line) for line in composed]

"""The form of text that the language model sees: lower-case words, without what has no language."""

from collections.abc import Sequence
from functools import lru_cache

import regex

from modfilter import text as texts

# "kkkk", "hahaha", "lol", "nxaa", "Amen": typed the same in every language of a thread.
_NO_LANGUAGE = regex.compile(
    r"(?:[ha]{3,}|[he]{4,}|[hi]{4,}|k{2,}|l+o+l+|lm+f*a+o+|x{2,}|m?xm+|n?x+a{2,}|nx+|eish+|yoh+|sies+|amen+)"
)
_STRETCHED = regex.compile(r"(\p{L})\1{2,}")
# Scripts written without spaces: each character stands alone, or a sentence would be one word.
_UNSPACED = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]\p{M}*"
)

# Scripts that the model learnt from. Of others it knows nothing, and would name whatever comes first.
_LEARNT = regex.compile(
    r"[\p{Latin}\p{Cyrillic}\p{Greek}\p{Armenian}\p{Georgian}\p{Hebrew}\p{Arabic}\p{Syriac}\p{Thaana}\p{Nko}"
    r"\p{Ethiopic}\p{Devanagari}\p{Bengali}\p{Gurmukhi}\p{Gujarati}\p{Tamil}\p{Telugu}\p{Kannada}\p{Malayalam}"
    r"\p{Sinhala}\p{Meetei_Mayek}\p{Thai}\p{Lao}\p{Tibetan}\p{Myanmar}\p{Khmer}\p{Hangul}\p{Han}\p{Hiragana}"
    r"\p{Katakana}\p{Cherokee}\p{Canadian_Aboriginal}]"
)


@lru_cache(200_000)
def prepare(word: str) -> str:
    """Give one word in the model's form, or an empty string if it has no language.

    >>> prepare("Zvakaoooma"), prepare("HAHAHA"), prepare("平和").split()
    ('zvakaooma', '', ['平', '和'])
    """
    lowered = word.lower().replace("’", "'").replace("ʼ", "'")
    if _NO_LANGUAGE.fullmatch(lowered) or not _LEARNT.match(lowered):
        return ""
    return _UNSPACED.sub(r" \g<0> ", _STRETCHED.sub(r"\1\1", lowered)).strip()


def prepare_words(words: Sequence[texts.Word]) -> str:
    """Give the words of a text in the model's form."""
    return " ".join(filter(None, [prepare(word.text) for word in words]))


def prepare_text(text: str) -> str:
    """Give a whole text in the model's form.

    >>> prepare_text("Lol, @Jah TAURA zvako: https://a.b 100%")
    'taura zvako'
    """
    return prepare_words(texts.words(text))

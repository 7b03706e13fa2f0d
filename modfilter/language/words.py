"""The form of text that the language model sees: lower-case words, without what has no language."""

import re
from collections.abc import Sequence

import regex

from modfilter import text as texts

# "kkkk", "hahaha", "lol", "nxaa", "Amen": laughter, sighs and the like, typed the same in every language of a thread.
_NO_LANGUAGE = re.compile(
    r"[ha]{3,}|[he]{4,}|[hi]{4,}|m?w?a?(?:ha){2,}h?|(?:ho){2,}|h+o{3,}h*|(?:ja){3,}|(?:ki){3,}k?|k{2,}|(?:kwa+){3,}|z{3,}"
    r"|[ха]{4,}|l+o+l+|lm+f*a+o+|rofl|x{2,}|m?xm+|n?x+a{2,}|nx+|e+i+sh+|yo{3,}h*|yoh+|tjo+|sies+|amen+"
    r"|[hm]{3,}|ah{2,}|aw{2,}|o{3,}h*|oh{2,}|u+gh+|ya+h+|yaa+|wo{3,}|e+wo{2,}|yo+we+"
)
# Sighs that are also words of some language: among other words they count, alone they say nothing.
_SIGH = re.compile(r"h+o{2}|nxa+|yo{2}|wo{2}|o{2}h?|ah|kwakwa|ha+i?bo+|yi+bo+|ye+wo+|neh+|hm|mh|mm")
_STRETCHED = regex.compile(r"(\p{L})\1{2,}")
_STRETCHED_ASCII = re.compile(r"([a-z])\1{2,}")
# Scripts written without spaces: each character stands alone, or a sentence would be one word.
_UNSPACED = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]\p{M}*"
)

# Scripts that the model learnt from. Of others it knows nothing, and would name whatever comes first.
_LEARNT = regex.compile(
    r"[\p{Latin}\p{Cyrillic}\p{Greek}\p{Armenian}\p{Georgian}\p{Hebrew}\p{Arabic}\p{Syriac}\p{Thaana}\p{Nko}"
    r"\p{Ethiopic}\p{Devanagari}\p{Bengali}\p{Gurmukhi}\p{Gujarati}\p{Tamil}\p{Telugu}\p{Kannada}\p{Malayalam}"
    r"\p{Sinhala}\p{Meetei_Mayek}\p{Thai}\p{Lao}\p{Tibetan}\p{Myanmar}\p{Khmer}\p{Hangul}\p{Han}\p{Hiragana}"
    r"\p{Katakana}\p{Cherokee}\p{Canadian_Aboriginal}\p{Ol_Chiki}\p{Tifinagh}]"
)


def prepare(word: str) -> str:
    """Give one word in the model's form, or an empty string if it has no language.

    >>> prepare("Zvakaoooma"), prepare("HAHAHA"), prepare("平和").split()
    ('zvakaooma', '', ['平', '和'])
    """
    lowered = word.lower()
    if lowered.isascii():
        # Nearly every word of our pages, and half the work.
        if _NO_LANGUAGE.fullmatch(lowered):
            return ""
        return _STRETCHED_ASCII.sub(r"\1\1", lowered) if _STRETCHED_ASCII.search(lowered) else lowered
    lowered = lowered.replace("’", "'").replace("ʼ", "'")
    if _NO_LANGUAGE.fullmatch(lowered) or not _LEARNT.match(lowered):
        return ""
    return _UNSPACED.sub(r" \g<0> ", _STRETCHED.sub(r"\1\1", lowered)).strip()


def is_sigh(form: str) -> bool:
    """Tell whether a word in the model's form says nothing alone.

    >>> is_sigh("nxa"), is_sigh("ndizvo")
    (True, False)
    """
    return _SIGH.fullmatch(form) is not None


def prepare_words(words: Sequence[texts.Word]) -> str:
    """Give the words of a text in the model's form."""
    return " ".join(filter(None, [prepare(word.text) for word in words]))


def prepare_text(text: str) -> str:
    """Give a whole text in the model's form.

    >>> prepare_text("Lol, @Jah TAURA zvako: https://a.b 100%")
    'taura zvako'
    """
    return prepare_words(texts.words(text))

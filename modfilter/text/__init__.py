"""Text as readers type it: cut into words, sentences and windows, and folded against evasion."""

from modfilter.text.cut import MENTION, TOKEN, URL, Word, sentences, windows, word_texts, words
from modfilter.text.fold import Folded, fold
from modfilter.text.unmask import Unmasker

__all__ = [
    "MENTION",
    "TOKEN",
    "URL",
    "Folded",
    "Unmasker",
    "Word",
    "fold",
    "sentences",
    "windows",
    "word_texts",
    "words",
]

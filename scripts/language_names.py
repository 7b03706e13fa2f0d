"""Finds names: words that are written with a capital letter in text of several languages, and hardly ever without.

A name of a person, a place or a team says nothing about the language that it stands in.
`scripts/train_language.py` writes the list beside the model.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from data import Data
from language_comments import english_comments
from modfilter.readers.labelled import LabelledComment
from modfilter.text import words

NEWS_SETS = ("ntrex", "voa_shona", "nchlt", "masakhapos")
NEWS_LINES = 6_000
"""Lines that are read of each language of each set."""
NDEBELE_TEST_LINES = 400
"""The last lines of NTREX Ndebele are kept for testing."""

LANGUAGES = 3
"""In so many languages, as two often share a word that is no name: Monday, Mwari."""
ANCHORS = ("eng", "sna", "comments")
"""In one of these, too: neighbours share forms of a name that tell them from others (Slavic "Alexom")."""
LETTERS = 3
"""The least of a name."""
LOWER_SHARE = 0.1
"""At most so many, of all times that a word was met in all texts, may be in small letters."""
_ENDS = ".!?:;…\"“”'‘’(|-–—\n*#"


def names(texts: Iterable[tuple[str, str]], dictionary: frozenset[str] = frozenset()) -> list[str]:
    """Give the names in (language, text), in small letters, but for words of the dictionary (Sunday, English).

    >>> names([("sna", "Takaona naye Obama ipapo"), ("eng", "and then Obama left"), ("fra", "bonjour, Obama")])
    ['obama']
    """
    capitals: dict[str, set[str]] = {}
    upper: Counter[str] = Counter()
    lower: Counter[str] = Counter()
    for language, text in texts:
        found = words(text)
        shouted = sum(word.text[0].isupper() for word in found) > len(found) / 2
        for word in found:
            if word.text.islower():
                lower[word.text] += 1
            elif word.text[0].isupper() and word.text[1:].islower() and not shouted:
                upper[word.text.lower()] += 1
                # The first word of a sentence has a capital letter anyway.
                if word.start and text[: word.start].rstrip(" ")[-1:] not in _ENDS:
                    capitals.setdefault(word.text.lower(), set()).add(language)
    return sorted(
        name
        for name, languages in capitals.items()
        if len(name) >= LETTERS
        and name.isalpha()
        and name not in dictionary
        and len(languages) >= LANGUAGES
        and any(language.startswith(ANCHORS) for language in languages)
        and lower[name] <= LOWER_SHARE * (lower[name] + upper[name])
    )


def dictionary(data: Data) -> frozenset[str]:
    """Give the words that a dictionary of English and its neighbours translates."""
    paths = data.path("parallel/gatitos").glob("*.tsv")
    return frozenset(
        word
        for path in paths
        for word in path.read_text(encoding="utf-8").lower().replace("\t", "\n").splitlines()
    )


def running_text(rows: list[LabelledComment], data: Data) -> Iterator[tuple[str, str]]:
    """Give (language, text) with its capital letters: news, and comments."""
    for name in NEWS_SETS:
        for code in data.languages(f"language/{name}"):
            lines = data.lines(f"language/{name}", code)
            if (name, code) == ("ntrex", "nde"):
                lines = lines[:-NDEBELE_TEST_LINES]
            yield from ((code, line) for line in lines[:NEWS_LINES])
    for row in rows:
        if row.languages and row.languages != ("und",):
            yield f"comments {row.languages[0]}", row.text
    yield from (("eng", text) for text in english_comments(data))

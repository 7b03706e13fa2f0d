"""What the language identifier learns from comments as people type them: runs of their words, and a lexicon."""

import csv
import random
from collections import Counter

from data import Data
from modfilter.language.words import prepare
from modfilter.readers.labelled import LabelledComment
from modfilter.text import words

SPOKEN = ("sn", "en", "nd", "zu")
"""The languages of the lexicon: of others our comments hold a few words by chance."""
RARE = ("nd", "zu")
"""Comments in these count twice: there are few beside the pages of translated text in their neighbours."""
ALONE, LEAST_COUNT = 0.1, 0.3
"""Weight of a word in a comment in one language, and the count from which the lexicon keeps a word."""


def typed_comments(rows: list[LabelledComment], data: Data, rng: random.Random) -> list[tuple[str, str]]:
    """Give (text, tag) of comments as people type them, whole, and of runs of 1-4 words in one language."""
    typed: list[tuple[str, str]] = []
    for row in rows:
        languages = row.languages or ()
        if len(languages) == 1 and languages[0] != "und":
            typed.append((row.text, languages[0]))
            runs = [(row.text, languages[0])]
        else:
            runs = [(row.text[start:end], language) for start, end, language in row.spans or ()]
            typed += runs
        for text, language in runs:
            tokens = text.split()
            for _ in range(min(3, 1 + len(tokens) // 8)):
                length = rng.choice((1, 1, 2, 2, 3, 4))
                start = rng.randrange(max(1, len(tokens) - length + 1))
                typed.append((" ".join(tokens[start : start + length]), language))
    return typed + [(text, "en") for text in rng.sample(english_comments(data), 8000)]


def english_comments(data: Data) -> list[str]:
    """Give comments under English news."""
    with data.path("harm/toxic-spans", "comments.csv").open(encoding="utf-8") as file:
        return [row["comment_text"] for row in csv.DictReader(file)]


def lexicon(rows: list[LabelledComment]) -> str:
    """Count in which language each word of our comments stands: a line a word, then language and count.

    A mixed comment says it word by word; in a comment in one language the odd word of another counts with that one,
    so it weighs less.
    """
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        languages = row.languages or ()
        spans = row.spans or (((0, len(row.text), languages[0]),) if len(languages) == 1 else ())
        weight = 1.0 if row.spans else ALONE
        for word in words(row.text):
            language = next((tag for start, end, tag in spans if start <= word.start < end), "und")
            if language in SPOKEN and (known := prepare(word.text)):
                counts.setdefault(known, Counter())[language] += weight
    lines = []
    for word, found in sorted(counts.items()):
        if sum(found.values()) >= LEAST_COUNT and not {" ", "\t"} & {*word}:
            told = "\t".join(f"{tag}\t{count:g}" for tag, count in sorted(found.items()))
            lines.append(f"{word}\t{told}\n")
    return "".join(lines)

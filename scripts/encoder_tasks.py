"""What the encoder learns from: labelled comments with what they answer, and pairs that mean the same."""

import csv
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import harm_sets
from augment import sentences
from data import Data
from modfilter.readers.labelled import LabelledComment, read_labelled
from modfilter.reading import ANSWERED, Side
from modfilter.records import StanceLabel
from modfilter.text import Unmasker, fold
from naming import named

CORPUS = Path("fixtures/corpus")
STARTER = Path("fixtures/starter")
STANCES = [label.value for label in StanceLabel]
HARMS = ("identity_attack", "insult", "obscene", "spam")
TOPICS = ("article", "thread", "generic", "no")
UNKNOWN = -1
FIRST_THREADS = "abcdefghijk"
"""The threads of the first stage of training, by the first letter of their files."""
STACKED_THREADS = frozenset(
    [*(f"{c}05" for c in "lmnopqrs"), *(f"{c}29" for c in "lmnopq"), *(f"{c}35" for c in "rstuvwxy")]
)
"""Threads that are kept from the encoder: the relevance judge learns on them, since on threads that the encoder has
seen it is better than it will ever be again. So are those of these numbers."""
STACKED_NUMBERS = frozenset([61, 62, 72, *range(81, 86)])


def is_stacked(row_id: str) -> bool:
    """Whether a comment or an article belongs to a thread that the encoder does not see.

    >>> is_stacked("m05-c3"), is_stacked("s61-c3"), is_stacked("m21-c3"), is_stacked("a05-c3")
    (True, True, False, False)
    """
    return row_id[:3] in STACKED_THREADS or int(row_id[1:3]) in STACKED_NUMBERS


def writing(row_id: str) -> int:
    """Say when a thread was written, by its name: 1 (a to k), 2, then 3 (numbers from 21), 4 (31), 5, 6, 7.

    >>> [writing(row_id) for row_id in ("a01-c1", "l01", "l21-c1", "r31", "r34", "r37", "a71")]
    [1, 2, 3, 4, 5, 6, 7]
    """
    number = int(row_id[1:3])
    later = sum(number >= first for first in (21, 31, 34, 37, 71))
    return 2 + later if later else 1 if row_id[0] in FIRST_THREADS else 2


class Example(NamedTuple):
    """A comment, what it answers, and what is known of it (UNKNOWN where nothing is)."""

    text: str
    answers: str | None = None
    """The text of its parent; None for a comment that answers the article itself."""
    stance: int = UNKNOWN
    incites: int = UNKNOWN
    harms: tuple[int, ...] = (UNKNOWN,) * len(HARMS)
    topic: int = UNKNOWN
    evidence: tuple[tuple[int, int], ...] = ()
    weight: float = 1.0
    article: str | None = None


class Pair(NamedTuple):
    """A text and its English."""

    left: str
    right: str


def threads(split: str, corpus: Path = CORPUS) -> list[LabelledComment]:
    """Read the labelled threads of a split, in order of their files."""
    return [row for path in sorted((corpus / split).glob("*.jsonl")) for row in read_labelled(path)]


def own(rows: list[LabelledComment]) -> list[Example]:
    """Give our own labelled comments, each with its parent's text."""
    text_of = {row.id: row.text for row in rows}
    return [
        Example(
            row.text,
            text_of.get(row.parent_id or ""),
            STANCES.index(row.stance.value) if row.stance else UNKNOWN,
            UNKNOWN if row.incites is None else int(row.incites),
            tuple(UNKNOWN if (v := getattr(row, harm)) is None else v for harm in HARMS),
            TOPICS.index(row.on_topic) if row.on_topic else UNKNOWN,
            row.evidence,
            article=row.article_id,
        )
        for row in rows
    ]


def sides(examples: list[Example], unmask: Unmasker) -> list[Side]:
    """Give comments as the encoders read them: folded, with what they answer."""
    return [
        Side(fold(e.text, unmask).text, fold(e.answers[:ANSWERED], unmask).text if e.answers else None)
        for e in examples
    ]


def glossed(rows: list[LabelledComment]) -> list[Example]:
    """Give the English glosses of comments in other languages, with the same labels."""
    gloss_of = {row.id: row.gloss or row.text for row in rows}
    given = own(rows)
    return [
        example._replace(text=row.gloss, answers=gloss_of.get(row.parent_id or ""), evidence=(), weight=0.5)
        for row, example in zip(rows, given, strict=True)
        if row.gloss and row.gloss != row.text
    ]


def grammatical(rows: int, seed: int) -> list[Example]:
    """Give sentences of the small grammar: the same moods with and without violence."""
    made = []
    for sentence in sentences(rows, seed):
        stance = STANCES.index(sentence.stance.value)
        made.append(Example(sentence.text, stance=stance, incites=int(sentence.stance.incites), weight=0.5))
    return made


def naming(rows: int, seed: int) -> list[Example]:
    """Give short sentences that name a group of people, most of them without any harm."""
    return [
        Example(
            made.text,
            stance=STANCES.index(made.stance.value),
            incites=int(made.stance.incites),
            harms=(made.identity_attack, UNKNOWN if made.identity_attack else 0, 0, 0),
            weight=0.5,
        )
        for made in named(rows, seed)
    ]


def public(data: Data) -> list[Example]:
    """Give the English sets that may train, under the mapping of `harm_sets`."""
    sets = (
        harm_sets.edos, harm_sets.hatemoji, harm_sets.implicit_hate, harm_sets.toxic_spans,
        harm_sets.davidson, harm_sets.obscene_words,
    )  # fmt: skip
    return [
        Example(
            example.text[:600],
            incites=UNKNOWN if example.incitement is None else example.incitement,
            harms=tuple(UNKNOWN if (v := getattr(example, harm, None)) is None else v for harm in HARMS),
            weight=0.5,
        )
        for read in sets
        for example in read(data)
    ]


def translations(data: Data, rows: list[LabelledComment]) -> list[Pair]:
    """Give Shona and Ndebele texts with their English: glosses, parallel questions, word lists."""
    pairs = [Pair(row.text, row.gloss) for row in rows if row.gloss and len(row.gloss) > 15]
    for name, columns in (("afrimgsm", ("question",)), ("afrimmlu", ("question", "choices"))):
        sides = []
        for language in ("sna", "eng"):
            with data.path(f"parallel/{name}", f"test.{language}.tsv").open(encoding="utf-8") as file:
                table = [*csv.DictReader(file, delimiter="\t")]
            sides.append([row[column][:400] for row in table for column in columns if column in row])
        pairs += [Pair(left, right) for left, right in zip(*sides, strict=True)]
    for file in ("nd_en.tsv", "ndc-ZW_en.tsv"):
        for line in data.path("parallel/gatitos", file).read_text(encoding="utf-8").splitlines():
            left, _, right = line.partition("\t")
            pairs.append(Pair(left, right.split("\t")[0]))
    return pairs


def articles(split: str) -> dict[str, dict[str, str]]:
    """Read the articles of a split by id."""
    lines = (CORPUS / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    return {article["id"]: article for article in map(json.loads, lines) if article["split"] == split}


def body_sentences(article: dict[str, str]) -> list[str]:
    """Cut an article's body into sentences, about."""
    return [s for s in article["body"].replace("\n", " ").split(". ") if len(s) > 20]


def sampled(examples: list[Example], harmful: int, harmless: int, rng: random.Random) -> Iterator[Example]:
    """Draw from public examples so that the rare harmful ones are not drowned."""
    bad = [e for e in examples if e.incites == 1 or 1 in e.harms]
    good = [e for e in examples if not (e.incites == 1 or 1 in e.harms)]
    yield from rng.sample(bad, min(harmful, len(bad)))
    yield from rng.sample(good, min(harmless, len(good)))

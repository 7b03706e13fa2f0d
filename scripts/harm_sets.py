"""Public English harm sets, read with an honest mapping to our labels; None where a set does not say."""

import csv
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from data import Data


class Example(NamedTuple):
    """A text and what its set says of it: 1, 0, or None."""

    text: str
    incitement: int | None = None
    identity_attack: int | None = None
    insult: int | None = None
    obscene: int | None = None


def edos(data: Data, splits: tuple[str, ...] = ("train",)) -> Iterator[Example]:
    """Sexism on Reddit and Gab; category 1 is "threats, plans to harm and incitement"."""
    with data.path("harm/edos", "edos_labelled_aggregated.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["split"] in splits:
                sexist = row["label_sexist"] == "sexist"
                threat = row["label_category"].startswith("1.")
                # "not sexist" says nothing of racism or of other threats in the same Gab posts.
                yield Example(row["text"], int(threat) if sexist else None, 1 if sexist else None)


def hatemoji(data: Data) -> Iterator[Example]:
    """Adversarial short texts with emoji, each with a near-identical harmless one."""
    with data.path("harm/hatemoji", "train.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            threat = "threat" in row["type"]
            yield Example(row["text"], int(threat), int(row["label_gold"]))


def implicit_hate(data: Data) -> Iterator[Example]:
    """Tweets; "threatening" of stage 2. Its class "incitement" is not about violence and is left out."""
    with data.path("harm/implicit-hate", "implicit_hate_v1_stg2_posts.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            kind = row["implicit_class"]
            if kind != "incitement":
                yield Example(row["post"], int(kind == "threatening"), 1)
    with data.path("harm/implicit-hate", "implicit_hate_v1_stg1_posts.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["class"] == "not_hate":
                yield Example(row["post"], 0, 0)


def toxic_spans(data: Data) -> Iterator[Example]:
    """News comments whose spans were typed by several raters; a type counts when two raters gave it."""
    folder = data.path("harm/toxic-spans")
    with (folder / "comments.csv").open(encoding="utf-8") as file:
        texts = {row["comment_id"]: row["comment_text"] for row in csv.DictReader(file)}
    with (folder / "annotations.csv").open(encoding="utf-8") as file:
        comment_of = {row["annotation"]: row["comment_id"] for row in csv.DictReader(file)}
    raters = Counter(comment_of.values())
    given: Counter[tuple[str, str]] = Counter()
    with (folder / "spans.csv").open(encoding="utf-8") as file:
        for comment, kind in {(comment_of[row["annotation"]] + "\0" + row["annotation"], row["type"])
                              for row in csv.DictReader(file)}:  # fmt: skip
            given[comment.split("\0")[0], kind] += 1
    for comment, text in texts.items():
        if raters[comment] >= 2:
            votes = {
                kind: given[comment, kind]
                for kind in ("Threat", "Insult", "Profane/Obscene", "Identity based Attack")
            }
            label = {kind: 1 if n >= 2 else 0 if n == 0 else None for kind, n in votes.items()}
            yield Example(
                text,
                label["Threat"],
                label["Identity based Attack"],
                label["Insult"],
                label["Profane/Obscene"],
            )


def davidson(data: Data) -> Iterator[Example]:
    """Tweets found by slurs: "hate speech" against "neither"."""
    with data.path("harm/davidson", "labeled_data.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["class"] != "1":
                yield Example(row["tweet"], identity_attack=int(row["class"] == "0"))


def obscene_words(data: Data) -> Iterator[Example]:
    """Swear words of English and Zulu, each a text of its own."""
    with data.path("harm/surge-profanity", "profanity_en.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if float(row["severity_rating"]) >= 1.6:
                yield Example(row["text"], obscene=1)
    for name, language in (("ldnoobw", "en"), ("ldnoobw-v2", "zu.txt")):
        for line in data.path(f"harm/{name}", language).read_text(encoding="utf-8").splitlines():
            yield Example(line, obscene=1)


__all__ = [
    "Example",
    "davidson",
    "edos",
    "hatemoji",
    "implicit_hate",
    "obscene_words",
    "toxic_spans",
]

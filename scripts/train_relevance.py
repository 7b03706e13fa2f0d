"""Trains models/relevance: inverse document frequencies, and a logistic regression over a few features.

python scripts/train_relevance.py --data DIR     (about 2 minutes on one core, reproducible)

Pairs that belong together: a news comment and its article's title and summary, a talk-page reply and
what it answers, a Shona question and its English original. Pairs that do not: the same texts dealt
out to another article, parent or original.
"""

import argparse
import csv
import json
import random
from collections import Counter
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from sklearn.linear_model import LogisticRegression

from data import Data
from modfilter.readers.labelled import read_labelled
from modfilter.records import Article
from modfilter.relevance.features import NAMES, WIDTH, Features, stems, word_hash
from publish import publish

FOLDER = Path("models/relevance")
SEED = 7
IDF_TEXTS = 12_000


def background(data: Data, rng: random.Random) -> list[str]:
    """Give texts in the languages of a thread, to learn which words are common."""
    with data.path("harm/toxic-spans", "comments.csv").open(encoding="utf-8") as file:
        english = [row["comment_text"] for row in csv.DictReader(file)]
    shona = data.lines("language/voa_shona", "sna") + data.lines("language/injongo", "sna")
    ndebele = data.lines("language/ntrex", "nde")[:-400] + data.lines("language/nchlt", "zul")[:2000]
    own = [row.text for row in read_labelled(Path("fixtures/starter/train.jsonl"))]
    return [
        text
        for texts in (english, shona, ndebele, own)
        for text in rng.sample(texts, min(IDF_TEXTS, len(texts)))
    ]


def document_frequencies(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Give smoothed IDF of hashed n-grams and of hashed words: 1 + ln((1 + n) / (1 + df))."""
    flat = np.ones(WIDTH, dtype=np.float32)
    counts = Features(flat, flat)._hashing.transform(texts)
    ngrams = np.bincount(counts.indices, minlength=WIDTH)
    words = Counter(word_hash(stem) for text in texts for stem in stems(text))
    table = np.array([words[i] for i in range(WIDTH)])
    n = len(texts)
    return tuple((1 + np.log((1 + n) / (1 + df))).astype(np.float32) for df in (ngrams, table))  # type: ignore[return-value]


def pairs(data: Data) -> list[tuple[str, list[tuple[Article, str]]]]:
    """Give (source, pairs that belong together)."""
    with data.path("harm/fox-news", "fox-news-comments.json").open(encoding="utf-8") as file:
        news = [json.loads(line) for line in file]
    talk = []
    with data.path("harm/context-toxicity", "gc.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if len(row["parent"]) > 60 and len(row["text"]) > 20:
                talk.append((row["parent"], row["text"]))
    crossed = []
    for name, column in (("afrimgsm", "question"), ("afrimmlu", "question")):
        sides = []
        for language in ("eng", "sna"):
            with data.path(f"parallel/{name}", f"test.{language}.tsv").open(encoding="utf-8") as file:
                sides.append([row[column] for row in csv.DictReader(file, delimiter="\t")])
        crossed += list(zip(*sides, strict=True))
    return [
        (
            "news",
            [(Article(id=row["title"], title=row["title"], body=row["meta"]), row["text"]) for row in news],
        ),
        ("talk", [(Article(id=str(n), body=parent), text) for n, (parent, text) in enumerate(talk)]),
        (
            "crossed",
            [(Article(id=str(n), body=english), shona) for n, (english, shona) in enumerate(crossed)],
        ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    data = Data(parser.parse_args().data)
    rng = random.Random(SEED)
    features = Features(*document_frequencies(background(data, rng)))
    rows, labels, weights = [], [], []
    for source, every in pairs(data):
        together = rng.sample(every, min(2000, len(every)))
        apart = [
            (
                article,
                rng.choice([text for other, text in rng.sample(together, 20) if other.id != article.id]),
            )
            for article, _ in together
        ]
        for label, dealt in ((1, together), (0, apart)):
            for article, text in dealt:
                values, _ = features.compare(features.prepare(article), [text])
                rows.append(values[0])
                labels.append(label)
                weights.append(1000 / len(together))
        print(f"{source}: {len(together):,} pairs and as many dealt out")
    model = LogisticRegression(C=1.0, max_iter=1000, random_state=SEED)
    model.fit(np.array(rows), labels, sample_weight=weights)
    save_file({"ngrams": features.idf, "words": features.word_idf}, FOLDER / "idf.safetensors")
    (FOLDER / "weights.json").write_text(
        json.dumps(
            {
                "coefficients": {
                    name: round(float(w), 4) for name, w in zip(NAMES, model.coef_[0], strict=True)
                },
                "intercept": round(float(model.intercept_[0]), 4),
            },
            indent=1,
        )
        + "\n",
        encoding="utf-8",
    )
    publish(FOLDER, data.provenance())


if __name__ == "__main__":
    main()

"""Trains models/relevance: a logistic regression over how a comment and its article hang together, for both tiers.

python scripts/train_relevance.py --data DIR     (a few minutes; after the encoders)

Learns on threads of train that the encoder did not see, each comment also under other articles (those on the same
topic first), and is calibrated on dev.
"""

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict

import encoder_tasks as tasks
from data import Data
from modfilter import encoder, student
from modfilter.encoder import Encode
from modfilter.harms import load_unmasker
from modfilter.readers.labelled import LabelledComment, read_labelled
from modfilter.reading import Reading, readings
from modfilter.records import Article, Comment, Thread
from modfilter.relevance.features import Features, stems, word_hash
from modfilter.relevance.grams import WIDTH, Grams
from modfilter.relevance.judge import quadratic
from publish import OWN_CORPUS, publish

FOLDER = Path("models/relevance")
SEED = 7
IDF_TEXTS = 12_000
SWAPPED = 2
"""Other articles that a thread is read under."""
STRENGTH = 0.03


def background(data: Data, rng: random.Random) -> list[str]:
    """Give texts in the languages of a thread, to learn which words are common."""
    english = [example.text for example in tasks.public(data)]
    shona = data.lines("language/voa_shona", "sna") + data.lines("language/injongo", "sna")
    ndebele = data.lines("language/ntrex", "nde")[:-400] + data.lines("language/nchlt", "zul")[:2000]
    own = [row.text for row in tasks.threads("train") + read_labelled(tasks.STARTER / "train.jsonl")]
    return [
        text
        for texts in (english, shona, ndebele, own)
        for text in rng.sample(texts, min(IDF_TEXTS, len(texts)))
    ]


def document_frequencies(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Give smoothed IDF of hashed n-grams and of hashed words: 1 + ln((1 + n) / (1 + df))."""
    grams = Grams(np.ones(WIDTH, dtype=np.float32))
    ngrams = np.zeros(WIDTH)
    for text in texts:
        ngrams[np.unique(grams.columns(text))] += 1
    words = Counter(word_hash(stem) for text in texts for stem in stems(text))
    table = np.array([words[i] for i in range(WIDTH)])
    n = len(texts)
    return tuple((1 + np.log((1 + n) / (1 + df))).astype(np.float32) for df in (ngrams, table))  # type: ignore[return-value]


def article_of(row: dict[str, str]) -> Article:
    return Article(id=row["id"], title=row["title"], body=row["body"])


def read_threads(
    rows: Sequence[LabelledComment],
) -> Iterator[tuple[str, list[Reading], list[LabelledComment]]]:
    """Give (article id, readings, labels) of each thread."""
    unmask = load_unmasker(Path("models/harms/words.json"))
    for key, group in groupby(rows, key=lambda row: row.article_id or ""):
        members = [*group]
        comments = tuple(Comment(id=row.id, text=row.text, parent_id=row.parent_id) for row in members)
        yield key, [*readings(Thread(comments=comments), unmask)], members


class Table:
    """Features, labels and groups of comments under articles."""

    def __init__(self) -> None:
        self.rows: list[np.ndarray] = []
        self.labels: list[int] = []
        self.groups: list[str] = []
        self.parents: list[int | None] = []
        """The place of the parent's row, where there is one."""

    def add(self, rows: np.ndarray, read: Sequence[Reading], labels: Sequence[int], group: str) -> None:
        """Add a thread under an article; a label of -1 is kept for its place only."""
        first = len(self.rows)
        place_of = {reading.comment.id: first + i for i, reading in enumerate(read)}
        self.rows += [*rows]
        self.labels += labels
        self.groups += [group] * len(read)
        self.parents += [place_of.get(reading.parent_id or "") for reading in read]


def collect(
    features: Features,
    encode: Encode,
    rows: Sequence[LabelledComment],
    articles: dict[str, dict[str, str]],
    swapped: int,
) -> Table:
    """Compare every comment with its own article, and with `swapped` others."""
    rng = random.Random(SEED)
    table = Table()
    prepared = {key: features.prepare(article_of(row), encode) for key, row in articles.items()}
    for key, read, members in read_threads(rows):
        shown = features.show(read, encode([side for reading in read for side in reading.sides]))
        own = [{"article": 1, "thread": 1, "no": 0}.get(row.on_topic or "", -1) for row in members]
        table.add(features.compare(prepared[key], shown)[0], read, own, key)
        others = [other for other in articles if other != key]
        near = [
            other
            for other in others
            if set(articles[other]["topic"].split()) & set(articles[key]["topic"].split())
        ]
        for other in [*rng.sample(near, min(swapped // 2, len(near))), *rng.sample(others, swapped)][
            :swapped
        ]:
            away = [-1 if label == -1 else 0 for label in own]
            table.add(features.compare(prepared[other], shown)[0], read, away, key)
    return table


def with_parents(features: Features, table: Table, values: np.ndarray) -> np.ndarray:
    """Give (n, len(NAMES)) features, parents known by `values`."""
    parents = [None if place is None else float(values[place]) for place in table.parents]
    return features.threaded(np.array(table.rows), parents)


def fit(features: Features, table: Table, dev: Table) -> dict[str, object]:
    """Fit in two rounds: without parents, then with what the first round says of them; then Platt on dev."""
    labels, groups = np.array(table.labels), np.array(table.groups)
    known = labels >= 0
    alone = with_parents(features, table, np.full(len(labels), 0.5))
    means, scales = alone[known].mean(axis=0), np.maximum(alone[known].std(axis=0), 0.05)

    def model() -> LogisticRegression:
        return LogisticRegression(C=STRENGTH, max_iter=2000)

    def shaped(rows: np.ndarray) -> np.ndarray:
        return np.asarray(quadratic((rows - means) / scales))

    first = np.full(len(labels), 0.5)
    x = shaped(alone)
    first[known] = cross_val_predict(
        model(), x[known], labels[known], groups=groups[known], cv=GroupKFold(5), method="predict_proba"
    )[:, 1]
    fitted = model().fit(shaped(with_parents(features, table, first))[known], labels[known])
    coefficients, intercept = fitted.coef_[0], float(fitted.intercept_[0])

    def logits(rows: np.ndarray) -> np.ndarray:
        return np.asarray(shaped(rows) @ coefficients + intercept)

    truth = np.array(dev.labels)
    here = truth >= 0
    values = 1 / (1 + np.exp(-logits(with_parents(features, dev, np.full(len(truth), 0.5)))))
    said = logits(with_parents(features, dev, values))
    platt = LogisticRegression(C=1e3).fit(said[here, None], truth[here])
    slope, shift = float(platt.coef_[0, 0]), float(platt.intercept_[0])
    print(
        f"  dev AUC {roc_auc_score(truth[here], said[here]):.3f} on {here.sum():,}; {slope=:.2f} {shift=:.2f}"
    )
    return {
        "means": [round(float(v), 6) for v in means],
        "scales": [round(float(v), 6) for v in scales],
        "coefficients": [round(float(v) * slope, 6) for v in coefficients],
        "intercept": round(intercept * slope + shift, 6),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    data = Data(parser.parse_args().data)
    rng = random.Random(SEED)
    ngrams, words = document_frequencies(background(data, rng))
    save_file({"ngrams": ngrams, "words": words}, FOLDER / "idf.safetensors")
    features = Features(ngrams, words)
    rows = [row for row in tasks.threads("train") if tasks.is_stacked(row.id)]
    quick = student.load(Path("models/student"))
    encoders: dict[str, Encode] = {
        "fast": quick,
        "deep": student.Seconded(encoder.load(Path("models/encoder"), threads=2), quick),
    }
    for tier, encode in encoders.items():
        table = collect(features, encode, rows, tasks.articles("train"), SWAPPED)
        dev = collect(features, encode, tasks.threads("dev"), tasks.articles("dev"), 0)
        print(f"{tier}: {len(table.rows):,} comments under articles")
        weights = fit(features, table, dev)
        (FOLDER / f"weights.{tier}.json").write_text(json.dumps(weights) + "\n", encoding="utf-8")
    publish(FOLDER, [*data.provenance(), OWN_CORPUS])


if __name__ == "__main__":
    main()

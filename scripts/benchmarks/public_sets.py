"""Measures incitement on public English sets that no model was trained on.

PYTHONPATH=scripts python scripts/benchmarks/public_sets.py --data DIR [--tier deep] [--test]

Dev sets without --test: XSTest (safe prompts held), EDOS's own test split (category 1), GHC (call for violence).
With --test also ETHOS (graded violence at 0.5 or more). Comments that nearly stand in the training data are left
out and counted: Jaccard similarity of character 4-grams of 0.7 or more.
"""

import argparse
import csv
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer

import harm_sets
from data import Data
from encoder_tasks import public, threads
from modfilter import policy as policies
from modfilter.evaluate.metrics import auprc, interval, recall_at
from modfilter.pipeline import assess, load_judges
from modfilter.records import Comment, Thread

SIMILAR = 0.7


def ethos(data: Data) -> Iterator[tuple[str, bool]]:
    """433 hateful comments with a graded violence label."""
    path = data.path("harm/ethos", "Ethos_Dataset_Multi_Label.csv")
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter=";"):
            yield row["comment"], float(row["violence"]) >= 0.5


def ghc(data: Data) -> Iterator[tuple[str, bool]]:
    """Gab posts; cv is a call for violence."""
    for name in ("dev.jsonl", "test.jsonl"):
        for line in data.path("harm/ghc", name).read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            yield row["Text"], bool(row["cv"])


def edos_test(data: Data) -> Iterator[tuple[str, bool]]:
    """EDOS's own test split: threats, plans to harm and incitement, against everything else."""
    for example in harm_sets.edos(data, ("test",)):
        yield example.text, example.incitement == 1


def xstest(data: Data) -> list[str]:
    """Safe prompts full of violent words."""
    with data.path("harm/xstest", "xstest_prompts.csv").open(encoding="utf-8") as file:
        return [row["prompt"] for row in csv.DictReader(file) if row["label"] == "safe"]


def seen(texts: list[str], trained: list[str]) -> np.ndarray:
    """Say which texts nearly stand in the training data."""
    grams = CountVectorizer(analyzer="char_wb", ngram_range=(4, 4), binary=True, dtype=np.int32)
    known = grams.fit_transform(trained)
    given = grams.transform(texts)
    sizes, ours = np.asarray(known.sum(axis=1)).ravel(), np.asarray(given.sum(axis=1)).ravel()
    found = np.zeros(len(texts), dtype=bool)
    for start in range(0, len(texts), 200):
        shared = (given[start : start + 200] @ known.T).tocoo()
        union = ours[start + shared.row] + sizes[shared.col] - shared.data
        found[start + shared.row[shared.data >= SIMILAR * union]] = True
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--tier", choices=("auto", "fast", "deep"), default="deep")
    parser.add_argument("--test", action="store_true", help="also the sets kept for test")
    options = parser.parse_args()
    data = Data(options.data, uses=("train", "dev", "test"))
    judges = load_judges(spend=options.tier)
    threshold = policies.load().threshold("incitement")
    trained = [example.text for example in public(Data(options.data))] + [
        row.text for row in threads("train")
    ]

    def scored(texts: list[str]) -> np.ndarray:
        comments = tuple(Comment(id=str(n), text=text) for n, text in enumerate(texts))
        return np.array([a.value("incitement") for a in assess([Thread(comments=comments)], judges)])

    sets = {"EDOS test, category 1": edos_test, "GHC, call for violence": ghc}
    if options.test:
        sets["ETHOS, violence"] = ethos
    for name, read in sets.items():
        rows = [*read(data)]
        known = seen([text for text, _ in rows], trained)
        kept = [row for row, twice in zip(rows, known, strict=True) if not twice]
        truth = np.array([label for _, label in kept])
        values = scored([text for text, _ in kept])
        low, high = interval(auprc, truth, values)
        print(
            f"{name}: AUPRC {auprc(truth, values):.3f} ({low:.2f}-{high:.2f}), recall at 2 % false alarms"
            f" {recall_at(0.02)(truth, values):.3f}; {truth.sum()} of {len(kept):,};"
            f" {known.sum()} near-duplicates of training text left out"
        )
    safe = scored(xstest(data))
    print(f"XSTest, safe prompts held: {(safe >= threshold).mean():.1%} of {len(safe)}")


if __name__ == "__main__":
    main()

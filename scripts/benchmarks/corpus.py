"""Is the corpus solvable by spelling? A character TF-IDF with logistic regression, trained on train.

python scripts/benchmarks/corpus.py [--split dev]

AUPRC of incitement above 0.80 on test would mean that the corpus needs harder contrasts.
"""

import argparse
from pathlib import Path

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.pipeline import make_pipeline

from modfilter.readers.labelled import LabelledComment, read_labelled

CORPUS = Path("fixtures/corpus")


def read(split: str) -> list[LabelledComment]:
    """Read the threads of a split, and its starter comments."""
    files = [*sorted((CORPUS / split).glob("*.jsonl")), *Path("fixtures/starter").glob(f"{split}.jsonl")]
    return [row for file in files for row in read_labelled(file) if row.stance]


def group_of(row: LabelledComment) -> str:
    """Name the language group of a comment."""
    languages = row.languages or ("und",)
    return "mixed" if len(languages) > 1 else languages[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--split", choices=("dev", "test"), default="dev")
    split = parser.parse_args().split
    train, held = read("train"), read(split)
    model = make_pipeline(
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2),
        LogisticRegression(C=10, max_iter=2000, class_weight="balanced"),
    )
    model.fit([row.text for row in train], [bool(row.incites) for row in train])
    scores = model.predict_proba([row.text for row in held])[:, 1]
    print(f"trained on {len(train):,}, scored on {len(held):,} of {split}")
    for group in ("all", "sn", "mixed", "en", "nd"):
        rows = [
            (s, bool(r.incites)) for s, r in zip(scores, held, strict=True) if group in ("all", group_of(r))
        ]
        if any(label for _, label in rows):
            value = average_precision_score([label for _, label in rows], [score for score, _ in rows])
            share = sum(label for _, label in rows) / len(rows)
            print(f"  {group:6} AUPRC {value:.3f}   ({len(rows):,} comments, {share:.0%} inciting)")


if __name__ == "__main__":
    main()

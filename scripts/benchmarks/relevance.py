"""Relevance beside simpler ways: length alone, character n-grams alone, the frozen encoder; and its evidence.

PYTHONPATH=scripts python scripts/benchmarks/relevance.py [--split dev] [--frozen]     (frozen: extra `train`)

AUC of comments on topic (article or thread) against those that are not, by language. On test also: how often the
sentence that is shown is the one that a second reader picked (fixtures/corpus/reading/nearest.jsonl), or its neighbour.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from retrieval import frozen

from encoder_tasks import threads
from modfilter.evaluate import judged
from modfilter.evaluate.metrics import auc, slice_of
from modfilter.pipeline import load_judges
from modfilter.readers import read_articles
from modfilter.readers.labelled import LabelledComment
from modfilter.records import Article, Assessment
from modfilter.relevance.features import Features, load_idf
from modfilter.text import sentences

PICKED = Path("fixtures/corpus/reading/nearest.jsonl")


def grams(rows: Sequence[LabelledComment], articles: Mapping[str, Article]) -> list[float]:
    """Score by the cosine of character n-grams with the article's nearest sentence or title."""
    own = Features(*load_idf(Path("models/relevance/idf.safetensors"))).grams
    table = {
        key: own.table([a.title, a.body, *(a.body[s:e] for s, e in sentences(a.body))])
        for key, a in articles.items()
    }
    return [float(table[row.article_id or ""].cosines(own.rows([row.text])).max()) for row in rows]


def meant(rows: Sequence[LabelledComment], articles: Mapping[str, Article]) -> list[float]:
    """Score by the frozen encoder's cosine with the nearest sentence or the title."""
    vectors = frozen()
    table = {
        key: vectors([a.title, *(a.body[s:e] for s, e in sentences(a.body))]) for key, a in articles.items()
    }
    own = vectors([row.text for row in rows])
    return [float((table[row.article_id or ""] @ own[i]).max()) for i, row in enumerate(rows)]


def print_evidence(known: Mapping[str, Assessment], articles: Mapping[str, Article]) -> None:
    """Compare the sentences that are shown with those that the second reader picked."""
    exact = near = 0
    picks = [json.loads(line) for line in PICKED.read_text(encoding="utf-8").splitlines()]
    for pick in picks:
        a = known[pick["id"]]
        starts = [start for start, _ in sentences(articles[a.comment.article_id or ""].body)]
        shown = next(
            starts.index(e.article_start) for s in a.scores for e in s.evidence if e.article_start is not None
        )
        exact += shown == pick["sentence"]
        near += abs(shown - pick["sentence"]) <= 1
    print(
        f"evidence: the second reader's sentence {exact / len(picks):.0%}, or its neighbour {near / len(picks):.0%}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--split", choices=("dev", "test"), default="dev")
    parser.add_argument("--frozen", action="store_true")
    options = parser.parse_args()
    articles = {
        key: article
        for key, article in read_articles(Path("fixtures/corpus/articles.jsonl")).items()
        if Path(f"fixtures/corpus/{options.split}/{key}.jsonl").exists()
    }
    everything = threads(options.split)
    rows = [row for row in everything if row.on_topic in ("article", "thread", "no")]
    truth = np.array([row.on_topic != "no" for row in rows])
    slices = np.array([slice_of(row) for row in rows])
    scores: dict[str, list[float]] = {
        "length alone": [float(len(row.text)) for row in rows],
        "n-grams alone": grams(rows, articles),
    }
    if options.frozen:
        scores["frozen encoder"] = meant(rows, articles)
    said: dict[str, dict[str, Assessment]] = {}
    for tier in ("fast", "deep"):
        known = judged(load_judges(spend=tier), everything, articles)  # type: ignore[arg-type]
        said[tier] = {a.comment.id: a for a in known}
        scores[tier] = [said[tier][row.id].value("relevance") or 0.0 for row in rows]
    print(f"{options.split}: {len(rows):,} comments, {truth.mean():.0%} on topic; AUC")
    for name, values in scores.items():
        cells = [f"all {auc(truth, np.array(values)):.3f}"]
        for slice_ in ("sn", "mixed", "en", "nd"):
            here = slices == slice_
            cells.append(f"{slice_} {auc(truth[here], np.array(values)[here]):.3f}")
        print(f"  {name:15} " + "  ".join(cells))
    if options.split == "test":
        print_evidence(said["deep"], articles)


if __name__ == "__main__":
    main()

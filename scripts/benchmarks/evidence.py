"""Is the evidence what the score rests on? Removes the deciding words, and random ones of equal length, and compares.

PYTHONPATH=scripts python scripts/benchmarks/evidence.py [--split dev] [--tier deep]

Over the comments that the default policy holds for incitement: how far the score falls without the deciding words,
without random runs of as many words (five each, seeded), and how often the deciding words overlap those that the
writers marked.
"""

import argparse
import random
import re
from collections.abc import Sequence
from pathlib import Path

from encoder_tasks import threads
from modfilter import policy as policies
from modfilter.evaluate import judged
from modfilter.pipeline import Judges, load_judges
from modfilter.readers import read_articles
from modfilter.readers.labelled import LabelledComment
from modfilter.records import Evidence

RUNS = 5
SEED = 3


def without(text: str, start: int, end: int) -> str:
    """Cut a part out of a text."""
    return (text[:start] + " " + text[end:]).strip() or "."


def random_run(text: str, words: int, rng: random.Random) -> tuple[int, int]:
    """Choose a run of so many words."""
    found = [match.span() for match in re.finditer(r"\S+", text)]
    first = rng.randrange(max(1, len(found) - words + 1))
    return found[first][0], found[min(first + words, len(found)) - 1][1]


def scores(judges: Judges, rows: Sequence[LabelledComment], articles: dict) -> list[float]:  # type: ignore[type-arg]
    """Score comments with what they answer."""
    return [a.value("incitement") or 0.0 for a in judged(judges, rows, articles)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--split", choices=("dev", "test"), default="dev")
    parser.add_argument("--tier", choices=("auto", "fast", "deep"), default="deep")
    options = parser.parse_args()
    judges = load_judges(spend=options.tier)
    articles = dict(read_articles(Path("fixtures/corpus/articles.jsonl")))
    threshold = policies.load().threshold("incitement")
    rows = threads(options.split)
    known = judged(judges, rows, articles)
    held: list[tuple[LabelledComment, float, Evidence]] = [
        (row, value, evidence)
        for row, a in zip(rows, known, strict=True)
        for value in [a.value("incitement") or 0.0]
        if value >= threshold and len(row.text.split()) >= 4
        for score in a.scores
        if score.name == "incitement"
        for evidence in score.evidence
    ]
    rng = random.Random(SEED)
    parents = [row for row in rows if row.id in {h.parent_id for h, *_ in held}]
    cut: list[LabelledComment] = []
    for row, _, evidence in held:
        start, end = evidence.start or 0, evidence.end or 0
        words = len(row.text[start:end].split())
        places = [(start, end), *(random_run(row.text, words, rng) for _ in range(RUNS))]
        cut += [
            LabelledComment(
                id=f"{row.id}#{n}",
                text=without(row.text, *place),
                article_id=row.article_id,
                parent_id=row.parent_id,
            )
            for n, place in enumerate(places)
        ]
    answered = iter(scores(judges, [*parents, *cut], articles)[len(parents) :])
    falls, others, won = [], [], 0.0
    for _, value, _ in held:
        own, *rest = [value - next(answered) for _ in range(RUNS + 1)]
        falls.append(own)
        others.append(sum(rest) / RUNS)
        won += sum(own > other for other in rest) / RUNS + sum(own == other for other in rest) / RUNS / 2
    marked = [
        any(s < (e.end or 0) and (e.start or 0) < t for s, t in row.evidence)
        for row, _, e in held
        if row.incites and row.evidence
    ]
    print(f"{options.split}, tier {options.tier}: {len(held)} held comments of four words or more")
    print(f"  the score falls by {sum(falls) / len(held):.3f} without the deciding words,")
    print(
        f"  by {sum(others) / len(held):.3f} without random ones; further in {won / len(held):.1%} of the pairs"
    )
    print(
        f"  the deciding words overlap those that writers marked in {sum(marked) / len(marked):.1%} of {len(marked)}"
    )


if __name__ == "__main__":
    main()

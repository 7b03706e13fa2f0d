"""Times the whole pipeline on one core, on the slice of the corpus at natural prevalence, beside a named peer.

python scripts/benchmarks/harms.py [--seconds 20] [--peer]     (--peer needs: pip install alt-profanity-check)

Prints comments a second of each tier (language with spans, relevance, harms, evidence, decision, JSON), of each
stage by itself, how many go deep, load time and peak memory. Articles are encoded before the clock starts, as in
a thread of any length they are encoded once.
"""

import argparse
import json
import resource
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from threadpoolctl import threadpool_limits

from modfilter import policy as policies
from modfilter.contract import encode
from modfilter.pipeline import Judges, load_judges, moderate
from modfilter.readers import read_articles
from modfilter.readers.labelled import read_labelled
from modfilter.reading import readings
from modfilter.records import Comment, Thread

CORPUS = Path("fixtures/corpus")


def natural() -> list[Thread]:
    """Give the threads of test, cut down to the slice at natural prevalence."""
    wanted = set((CORPUS / "natural.txt").read_text(encoding="utf-8").split())
    articles = read_articles(CORPUS / "articles.jsonl")
    threads = []
    for path in sorted((CORPUS / "test").glob("*.jsonl")):
        rows = [row for row in read_labelled(path) if row.id in wanted]
        comments = tuple(
            Comment(id=r.id, text=r.text, article_id=r.article_id, parent_id=r.parent_id) for r in rows
        )
        if comments:
            threads.append(Thread(article=articles[path.stem], comments=comments))
    return threads


def rate(what: Callable[[], int], seconds: float) -> float:
    """Run a function again and again; give how much it did a second, in its best run."""
    best, until = 0.0, time.perf_counter() + seconds
    while time.perf_counter() < until or not best:
        began = time.perf_counter()
        done = what()
        best = max(best, done / (time.perf_counter() - began))
    return best


def whole(threads: Sequence[Thread], judges: Judges, tiers: Counter[str]) -> Callable[[], int]:
    """Make the run of the whole pipeline; it counts which tier spoke."""
    policy = policies.load()

    def run() -> int:
        tiers.clear()
        for decision in moderate(threads, judges, policy):
            tiers[decision.assessment.tier] += 1
            encode(decision)
        return tiers.total()

    return run


def stages(threads: Sequence[Thread], judges: Judges, seconds: float) -> None:
    """Print the rate of each stage by itself."""
    texts = [comment.text for thread in threads for comment in thread.comments]
    read = [reading for thread in threads for reading in readings(thread, judges.unmask)]
    sides = [side for reading in read for side in reading.sides]
    mixes = judges.language(texts)
    table: list[tuple[str, Callable[[], object]]] = [
        ("language with spans", lambda: judges.language(texts)),
        ("folding", lambda: [r for thread in threads for r in readings(thread, judges.unmask)]),
    ]
    for name, tier in judges.tiers.items():
        encoded = tier.encode(sides)
        table += [
            (f"{name}: encoder", lambda tier=tier: tier.encode(sides)),
            (
                f"{name}: harms and evidence",
                lambda tier=tier, encoded=encoded: judges.explain(tier.harms(read, mixes, encoded)),
            ),
            (
                f"{name}: relevance",
                lambda tier=tier, encoded=encoded: tier.relevance(
                    read, encoded, tier.encode, [None] * len(read), ()
                ),
            ),
        ]
    for label, work in table:
        print(f"  {label:28} {rate(lambda work=work: (work(), len(texts))[1], seconds):10,.0f} comments/s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--peer", action="store_true")
    options = parser.parse_args()
    threadpool_limits(1)
    threads = natural()
    print(f"{sum(len(thread.comments) for thread in threads):,} comments, one core")
    for spend in ("fast", "deep", "auto"):
        began = time.perf_counter()
        judges = load_judges(spend=spend)  # type: ignore[arg-type]
        loaded = time.perf_counter() - began
        tiers: Counter[str] = Counter()
        run = whole(threads, judges, tiers)
        run()
        print(
            f"{spend}: {rate(run, options.seconds):,.0f} comments/s, loaded in {loaded:.2f} s, peak"
            f" {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB, {json.dumps(tiers)}"
        )
        if spend == "auto":
            stages(threads, judges, min(5.0, options.seconds))
    if options.peer:
        from profanity_check import predict_prob

        texts = [comment.text for thread in threads for comment in thread.comments]
        speed = rate(lambda: (predict_prob(texts), len(texts))[1], options.seconds)
        print(f"peer alt-profanity-check (profanity only, English): {speed:,.0f} comments/s")


if __name__ == "__main__":
    main()

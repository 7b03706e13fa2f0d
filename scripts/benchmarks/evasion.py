"""How much slips through in disguise? Recall on the evasion set beside that on its clean originals.

PYTHONPATH=scripts python scripts/benchmarks/evasion.py [--tier deep]     (reads test: at an issue end only)
"""

import argparse
from collections import defaultdict
from pathlib import Path

from encoder_tasks import threads
from modfilter import policy as policies
from modfilter.evaluate import judged
from modfilter.pipeline import load_judges
from modfilter.readers import read_articles
from modfilter.readers.labelled import read_labelled


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--tier", choices=("auto", "fast", "deep"), default="auto")
    options = parser.parse_args()
    judges = load_judges(spend=options.tier)
    articles = read_articles(Path("fixtures/corpus/articles.jsonl"))
    threshold = policies.load().threshold("incitement")
    rows = threads("test")
    disguised = read_labelled(Path("fixtures/corpus/evasion.jsonl"))
    parents = {row.id: row.parent_id for row in rows}
    given = [*rows, *(_below(row, parents) for row in disguised)]
    known = judged(judges, given, articles)
    value = {row.id: a.value("incitement") or 0.0 for row, a in zip(given, known, strict=True)}
    hits: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for row in disguised:
        original = (row.set_id or "").removeprefix("evasion-")
        pair = (value[original] >= threshold, value[row.id] >= threshold)
        for how in ("all", *row.phenomena):
            hits[how].append(pair)
    print(f"tier {options.tier}, threshold {threshold}")
    for how, pairs in hits.items():
        clean, bent = (sum(pair[side] for pair in pairs) / len(pairs) for side in (0, 1))
        share = bent / clean if clean else float("nan")
        print(f"  {how:12} clean {clean:.3f}  disguised {bent:.3f}  kept {share:.1%}  of {len(pairs)}")


def _below(row, parents):  # type: ignore[no-untyped-def]
    """Put a disguised comment where its original stands in the thread."""
    import msgspec

    return msgspec.structs.replace(row, parent_id=parents.get((row.set_id or "").removeprefix("evasion-")))


if __name__ == "__main__":
    main()

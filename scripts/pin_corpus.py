"""Draws the slice of test at natural prevalence, and pins the test split, once the labels are settled.

python scripts/pin_corpus.py

Writes fixtures/corpus/natural.txt (ids; about 3 % incite, as under real articles; no contrast sets)
and fixtures/corpus/test.sha256. A later correction of test goes through fixtures/corpus/errata.md, with the
figures before and after.
"""

import random
from pathlib import Path

from check_corpus import CORPUS, digest
from modfilter.readers.labelled import read_labelled

SEED = 3
PREVALENCE = 0.03


def main() -> None:
    rows = [row for file in sorted((CORPUS / "test").glob("*.jsonl")) for row in read_labelled(file)]
    plain = [row for row in rows if row.set_id is None]
    peaceful = [row.id for row in plain if not row.incites]
    inciting = [row.id for row in plain if row.incites]
    n = round(len(peaceful) * PREVALENCE / (1 - PREVALENCE))
    drawn = sorted([*peaceful, *random.Random(SEED).sample(inciting, n)])
    Path(CORPUS / "natural.txt").write_text("\n".join(drawn) + "\n", encoding="utf-8")
    Path(CORPUS / "test.sha256").write_text(digest() + "\n", encoding="utf-8")
    print(f"natural prevalence: {len(drawn)} comments, {n} inciting; test {digest()}")


if __name__ == "__main__":
    main()

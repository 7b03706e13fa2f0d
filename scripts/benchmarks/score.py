"""Times `modfilter score` over synthetic rows beside langdetect alone on the same rows, with peak memory.

python scripts/benchmarks/score.py [--rows 100000]

Rows are cut together from the comments of fixtures/threads by a seeded generator, so that words and
spelling are real and hardly a row comes twice.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from modfilter.readers import read_articles
from modfilter.readers.labelled import read_labelled

THREADS = Path("fixtures/threads")
LANGDETECT = """
import sys, msgspec
from modfilter.language import langdetect
rows = [msgspec.json.decode(line)["text"] for line in open(sys.argv[1], "rb")]
langdetect(rows)
"""


def write_rows(path: Path, rows: int) -> None:
    """Write synthetic comments: two halves of real ones, under one of four articles, a thread at a time."""
    rng = random.Random(1)
    comments = [c for file in sorted((THREADS / "labels").glob("*.jsonl")) for c in read_labelled(file)]
    articles = [*read_articles(THREADS / "articles.jsonl")]
    with path.open("w", encoding="utf-8") as file:
        for number in range(rows):
            first, second = (rng.choice(comments).text.split() for _ in range(2))
            text = " ".join(first[: rng.randint(1, len(first))] + second[rng.randint(0, len(second)) :])
            row = {"id": str(number), "article_id": articles[number // 50 % len(articles)], "text": text}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def timed(name: str, command: list[str], rows: int) -> None:
    """Run a command; print its rate, and the most memory it held."""
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - begun
    # The peak of all children so far: the runs go from small to large, so it is this one's.
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{name:18} {seconds:8.1f} s {rows / seconds:10,.0f} rows/s   peak {peak:6.0f} MB", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        dump = Path(folder) / "dump.jsonl"
        write_rows(dump, rows)
        print(f"{rows:,} rows, {dump.stat().st_size / rows:.0f} bytes each, one process")
        timed("langdetect alone", [sys.executable, "-c", LANGDETECT, str(dump)], rows)
        score = [str(Path(sys.executable).with_name("modfilter")), "score", str(dump), "--quiet"]
        score += ["--articles", str(THREADS / "articles.jsonl"), "-o", str(Path(folder) / "out.jsonl")]
        timed("modfilter score", score, rows)


if __name__ == "__main__":
    main()

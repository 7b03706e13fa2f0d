"""Do a sentence and its translation meet? The share of Shona sentences whose own English one is the nearest.

PYTHONPATH=scripts python scripts/benchmarks/retrieval.py --data DIR [--test] [--frozen]

Dev: premises of AfriXNLI. With --test the 1,012 sentences of FLORES-200 devtest. --frozen adds the original
multilingual-e5-small, as it was before any training of ours (needs the extra `train`).
"""

import argparse
import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from data import Data
from modfilter import encoder, student
from modfilter.reading import Side

Vectors = Callable[[Sequence[str]], np.ndarray]


def pairs(data: Data, *, test: bool) -> tuple[list[str], list[str]]:
    """Give Shona sentences, and their English ones."""
    if test:
        shona, english = (
            data.path("parallel/flores200_devtest", f"{code}.devtest")
            .read_text(encoding="utf-8")
            .splitlines()
            for code in ("sna_Latn", "eng_Latn")
        )
        return shona, english
    sides = []
    for language in ("sna", "eng"):
        with data.path("parallel/afrixnli", f"test.{language}.csv").open(encoding="utf-8") as file:
            sides.append([row["premise"] for row in csv.DictReader(file)])
    kept = {english: shona for shona, english in zip(*sides, strict=True)}
    return [*kept.values()], [*kept]


def frozen() -> Vectors:
    """Load the original encoder, as it was before any training of ours."""
    from e5_weights import from_package
    from encoder_meaning import original_vectors

    return original_vectors(from_package(Path("build/encoder/download")))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--test", action="store_true")
    parser.add_argument("--frozen", action="store_true")
    options = parser.parse_args()
    shona, english = pairs(
        Data(options.data, uses=("test",) if options.test else ("dev",)), test=options.test
    )
    deep, fast = encoder.load(Path("models/encoder"), threads=2), student.load(Path("models/student"))
    named: dict[str, Vectors] = {
        "deep": lambda texts: deep([Side(text) for text in texts]).vectors,
        "fast": lambda texts: fast([Side(text) for text in texts]).vectors,
    }
    if options.frozen:
        named["frozen original"] = frozen()
    print(f"{len(shona):,} pairs")
    for name, vectors in named.items():
        cosines = vectors(shona) @ vectors(english).T
        right = cosines.argmax(axis=1) == np.arange(len(shona))
        print(f"{name:16} Shona finds its English first: {right.mean():.3f}")


if __name__ == "__main__":
    main()

"""Measures quality by language and slice, and says what fell below its floor."""

from collections.abc import Container, Mapping, Sequence
from pathlib import Path

from modfilter.evaluate.figures import Fall, Figure, falls, found, read_floors
from modfilter.evaluate.suites import SUITES
from modfilter.pipeline import Judges
from modfilter.readers import read_articles
from modfilter.readers.labelled import read_labelled
from modfilter.records import Article

__all__ = ["SUITES", "Fall", "Figure", "evaluate", "evaluate_shipped"]


def evaluate(
    judges: Judges,
    suite: str,
    files: Sequence[Path],
    articles: Mapping[str, Article],
    only: Container[str] | None = None,
) -> list[Figure]:
    """Measure one suite on labelled files, and on every labelled file of a folder; `only` on some ids."""
    comments = [
        comment
        for path in files
        for file in found(path)
        for comment in read_labelled(file)
        if only is None or comment.id in only
    ]
    return list(SUITES[suite](judges, comments, articles))


def evaluate_shipped(
    judges: Judges, models: Path, suites: Sequence[str], root: Path
) -> tuple[list[Figure], list[Fall]]:
    """Measure the shipped models on the sets that their floors name, below `root`; give what fell."""
    figures: list[Figure] = []
    fallen: list[Fall] = []
    for suite in suites:
        pinned = read_floors(models / suite)
        articles = read_articles(root / pinned.articles) if pinned.articles else {}
        measured = evaluate(judges, suite, [root / name for name in pinned.sets], articles)
        figures += measured
        fallen += falls(pinned.floors, measured)
    return figures, fallen

"""Measures quality by language and slice, and says what fell below its floor."""

from collections.abc import Container, Iterator, Mapping, Sequence
from pathlib import Path

from modfilter.evaluate import harms, language, relevance
from modfilter.evaluate.figures import Fall, Figure, falls, found, read_floors
from modfilter.pipeline import Judges, assess
from modfilter.readers import read_articles
from modfilter.readers.labelled import LabelledComment, read_labelled
from modfilter.records import Article, Assessment, Comment, Thread

SUITES = ("language", "relevance", "harms")

__all__ = ["SUITES", "Fall", "Figure", "evaluate", "evaluate_shipped", "judged"]


def evaluate(
    judges: Judges,
    suites: Sequence[str],
    files: Sequence[Path],
    articles: Mapping[str, Article],
    only: Container[str] | None = None,
) -> list[Figure]:
    """Measure suites on labelled files, and on every labelled file of a folder; `only` on some ids."""
    comments = [comment for path in files for file in found(path) for comment in read_labelled(file)]
    known = judged(judges, comments, articles)
    kept = [
        (comment, a) for comment, a in zip(comments, known, strict=True) if only is None or comment.id in only
    ]
    given, answers = [comment for comment, _ in kept], [a for _, a in kept]
    return [figure for suite in suites for figure in _measure(suite, given, answers, judges, articles)]


def _measure(
    suite: str,
    comments: Sequence[LabelledComment],
    known: Sequence[Assessment],
    judges: Judges,
    articles: Mapping[str, Article],
) -> Iterator[Figure]:
    if suite == "language":
        yield from language.measure(comments, known, judges.language)
    elif suite == "harms":
        yield from harms.measure(comments, known)
    else:
        mixes = judges.language([article.body or article.title for article in articles.values()])
        languages = {key: mix.main for key, mix in zip(articles, mixes, strict=True)}
        yield from relevance.measure(comments, known, languages)


def judged(
    judges: Judges, comments: Sequence[LabelledComment], articles: Mapping[str, Article]
) -> list[Assessment]:
    """Assess labelled comments, each in its thread: under its article, with what it answers."""
    threads: dict[str | None, list[LabelledComment]] = {}
    for comment in comments:
        threads.setdefault(comment.article_id, []).append(comment)
    known: dict[str, Assessment] = {}
    for article_id, members in threads.items():
        thread = Thread(
            article=articles.get(article_id or ""),
            comments=tuple(
                Comment(id=c.id, text=c.text, article_id=c.article_id, parent_id=c.parent_id) for c in members
            ),
        )
        known |= {a.comment.id: a for a in assess([thread], judges)}
    return [known[comment.id] for comment in comments]


def evaluate_shipped(
    judges: Judges, models: Path, suites: Sequence[str], root: Path
) -> tuple[list[Figure], list[Fall]]:
    """Measure the shipped models on the sets that their floors name, below `root`; give what fell."""
    figures: list[Figure] = []
    fallen: list[Fall] = []
    pinned = {suite: read_floors(models / suite) for suite in suites}
    # Suites that are measured on the same sets share one reading of them.
    for sets, articles in dict.fromkeys((each.sets, each.articles) for each in pinned.values()):
        alike = [suite for suite, each in pinned.items() if (each.sets, each.articles) == (sets, articles)]
        known = {key: a for name in articles for key, a in read_articles(root / name).items()}
        measured = evaluate(judges, alike, [root / name for name in sets], known)
        figures += measured
        for suite in alike:
            fallen += falls(pinned[suite].floors, measured)
    return figures, fallen

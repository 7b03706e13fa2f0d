"""The whole run on one page: load the judges, assess comments, decide, moderate."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from modfilter.bundle import Bundle, shipped_models
from modfilter.harms import Harms
from modfilter.policy import Policy, decide
from modfilter.records import Article, Assessment, Comment, Decision, LanguageMix, Score, Thread, Topic
from modfilter.relevance import Relevance

BATCH = 512
"""Comments judged at once: 128, 512 and 1,024 were within 10 % of one another (420 to 475 a second)."""

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Judges:
    """The loaded models. Each is a callable over a batch of texts."""

    language: Callable[[Sequence[str]], list[LanguageMix]]
    relevance: Callable[[Article | None, Sequence[str]], list[Relevance]]
    harms: Callable[[Sequence[str]], list[Harms]]
    versions: dict[str, str]
    """The version of each model, for the record."""
    measured: frozenset[str]
    """Languages in which the harm scores were measured."""


def load_judges(models: Path | None = None) -> Judges:
    """Load the models in a folder, the shipped ones without it; raise ModelError for a wrong file."""
    from modfilter import harms, language, relevance

    folder = models or shipped_models()
    bundles = {name: Bundle(folder / name) for name in ("language", "relevance", "harms")}
    return Judges(
        language=language.load(bundles["language"].folder),
        relevance=relevance.load(bundles["relevance"].folder),
        harms=harms.load(bundles["harms"].folder),
        versions={name: bundle.version for name, bundle in bundles.items()},
        measured=bundles["language"].measured & bundles["harms"].measured,
    )


def moderate(threads: Iterable[Thread], judges: Judges, policy: Policy) -> Iterator[Decision]:
    """Decide on every comment, in the order they come."""
    for batch in _batches(threads):
        for assessment in assess(batch, judges):
            yield decide(assessment, policy, judges.measured)


def assess(threads: Sequence[Thread], judges: Judges) -> list[Assessment]:
    """Say what we know of each comment. A single comment is a thread of one."""
    comments = [comment for thread in threads for comment in thread.comments]
    texts = [comment.text for comment in comments]
    languages = _ask("language", judges.language, texts)
    harms = _ask("harms", judges.harms, texts)
    relevances: list[Relevance | str] = []
    for thread in threads:
        judge = partial(judges.relevance, thread.article)
        relevances += _ask("relevance", judge, [comment.text for comment in thread.comments])
    return [
        _assessment(comment, language, relevance, harm, judges.versions)
        for comment, language, relevance, harm in zip(comments, languages, relevances, harms, strict=True)
    ]


def _ask(
    name: str, judge: Callable[[Sequence[str]], Sequence[Answer]], texts: Sequence[str]
) -> list[Answer | str]:
    """Ask a judge; where it cannot speak of a text, the answer is a sentence that says so.

    A judge that fails on a batch is asked again text by text, so that one comment fails alone.
    """
    if not texts:
        return []
    try:
        return [*judge(texts)]
    except Exception as error:
        if len(texts) == 1:
            return [f"{name}: {type(error).__name__}: {error}"]
        return [_ask(name, judge, [text])[0] for text in texts]


def _assessment(
    comment: Comment,
    language: LanguageMix | str,
    relevance: Relevance | str,
    harms: Harms | str,
    versions: dict[str, str],
) -> Assessment:
    failures = [answer for answer in (language, relevance, harms) if isinstance(answer, str)]
    scores: tuple[Score, ...] = () if isinstance(harms, str) else harms.scores
    if not isinstance(relevance, str) and relevance.score is not None:
        scores = (relevance.score, *scores)
    return Assessment(
        comment=comment,
        languages=LanguageMix() if isinstance(language, str) else language,
        scores=scores,
        topic=Topic() if isinstance(relevance, str) else relevance.topic,
        stance=None if isinstance(harms, str) else harms.stance,
        failure="; ".join(failures) or None,
        models=versions,
    )


def _batches(threads: Iterable[Thread]) -> Iterator[list[Thread]]:
    """Gather threads until there are BATCH comments; threads never come twice."""
    batch: list[Thread] = []
    size = 0
    for thread in threads:
        batch.append(thread)
        size += len(thread.comments)
        if size >= BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch

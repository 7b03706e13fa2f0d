"""The whole run on one page: load the judges, assess comments, decide, moderate."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Literal, TypeVar

from modfilter.bundle import Bundle, shipped_models
from modfilter.encoder import Encode, Encoded
from modfilter.harms import Harms
from modfilter.policy import Policy, decide
from modfilter.reading import Reading, readings
from modfilter.records import Article, Assessment, Decision, LanguageMix, Score, Thread, Topic
from modfilter.relevance import Relevance
from modfilter.text import Unmasker

BATCH = 512
"""Comments judged at once: 128, 512 and 1,024 were within 10 % of one another (420 to 475 a second)."""

SHORT, SHORT_FROM = 3, 0.1
"""A comment of so few words goes deep from this fast incitement score on."""

TierName = Literal["fast", "deep"]
TIERS: tuple[TierName, ...] = ("fast", "deep")
Spend = Literal["auto", "fast", "deep"]
"""What is spent on a comment: `auto` reads it fast, and deep where that could still change the decision."""

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Tier:
    """An encoder, and the judges that read what it says."""

    encode: Encode
    harms: Callable[[Sequence[Reading], Sequence[LanguageMix], Encoded], list[Harms]]
    relevance: Callable[
        [Article | None, Sequence[Reading], Encoded, Encode, Mapping[str, float], Sequence[Article]],
        list[Relevance],
    ]


@dataclass(frozen=True)
class Judges:
    """The loaded models."""

    language: Callable[[Sequence[str]], list[LanguageMix]]
    tiers: Mapping[TierName, Tier]
    """One of them where only one was asked for."""
    undecided: Mapping[str, tuple[float, float]]
    """For each score, the band of the fast tier's values (from, below) in which the deep tier is asked."""
    explain: Callable[[Sequence[Harms]], list[Harms]]
    """Adds the deciding words to scores that need evidence."""
    unmask: Unmasker | None
    versions: Mapping[str, str]
    """The version of each model, for the record."""
    measured: frozenset[str]
    """Languages in which the harm scores were measured."""


_NO_RELEVANCE = Relevance(None, Topic())


@dataclass
class _Known:
    """What is known of one comment so far."""

    reading: Reading
    language: LanguageMix | str
    harms: Harms | str = "harms: not judged yet"
    relevance: Relevance | str = _NO_RELEVANCE
    tier: TierName = "fast"
    failure: str | None = None


def load_judges(models: Path | None = None, spend: Spend = "auto", expected: Sequence[str] = ()) -> Judges:
    """Load the models in a folder, the shipped ones without it; raise ModelError for a wrong file.

    `expected`: the languages that a site's readers write in.
    """
    from modfilter import encoder, harms, language, relevance, student
    from modfilter.harms.tiers import load_bands

    folder = models or shipped_models()
    names = ("language", "relevance", "harms", "student", *(("encoder",) if spend != "fast" else ()))
    bundles = {name: Bundle(folder / name) for name in names}
    quick = student.load(folder / "student")
    encoders: dict[TierName, Encode] = {}
    if spend != "deep":
        encoders["fast"] = quick
    if spend != "fast":
        encoders["deep"] = student.Seconded(encoder.load(folder / "encoder"), quick)
    return Judges(
        language=language.load(bundles["language"].folder, expected),
        tiers={
            name: Tier(
                encode,
                harms.load(bundles["harms"].folder, name),
                relevance.load(bundles["relevance"].folder, name),
            )
            for name, encode in encoders.items()
        },
        undecided=load_bands(bundles["harms"].path("bands.json")),
        explain=harms.load_explainer(bundles["harms"].folder),
        unmask=harms.load_unmasker(bundles["harms"].path("words.json")),
        versions={name: bundle.version for name, bundle in bundles.items()},
        measured=measured_languages(folder),
    )


def measured_languages(models: Path | None = None) -> frozenset[str]:
    """Give the languages in which the harm scores were measured, as a policy needs them; no model is loaded."""
    folder = models or shipped_models()
    return Bundle(folder / "language").measured & Bundle(folder / "harms").measured


def moderate(
    threads: Iterable[Thread], judges: Judges, policy: Policy, shelf: Sequence[Article] = ()
) -> Iterator[Decision]:
    """Decide on every comment, in the order they come; `shelf`: articles under which others may belong."""
    for batch in _batches(threads):
        for assessment in assess(batch, judges, shelf):
            yield decide(assessment, policy, judges.measured)


def assess(threads: Sequence[Thread], judges: Judges, shelf: Sequence[Article] = ()) -> list[Assessment]:
    """Say what we know of each comment. A single comment is a thread of one."""
    read = [reading for thread in threads for reading in readings(thread, judges.unmask)]
    languages = _ask("language", judges.language, [reading.comment.text for reading in read])
    known = [_Known(reading, language) for reading, language in zip(read, languages, strict=True)]
    for name, tier in judges.tiers.items():
        asked = known if name == "fast" or "fast" not in judges.tiers else _undecided(known, judges)
        _judge(name, tier, asked, known, shelf)
    _explain(known, judges)
    return [_assessment(each, judges.versions) for each in known if each.reading.asked]


def _judge(
    name: TierName, tier: Tier, asked: Sequence[_Known], known: Sequence[_Known], shelf: Sequence[Article]
) -> None:
    """Let a tier judge the comments `asked`; a comment that breaks a judge fails alone."""
    if not asked:
        return
    try:
        encoded = tier.encode([side for each in asked for side in each.reading.sides])
        mixes = [LanguageMix() if isinstance(e.language, str) else e.language for e in asked]
        harms = tier.harms([each.reading for each in asked], mixes, encoded)
    except Exception as error:
        if len(asked) > 1:
            for each in asked:
                _judge(name, tier, [each], known, shelf)
            return
        asked[0].harms = f"harms: {type(error).__name__}: {error}"
        return
    for each, answer in zip(asked, harms, strict=True):
        each.harms, each.tier = answer, name
    start = 0
    for _, group in groupby(asked, key=lambda each: id(each.reading.article)):
        members = [*group]
        rows = slice(start, start + sum(len(each.reading.windows) for each in members))
        start = rows.stop
        _relevance(tier, members, encoded.rows(rows), known, shelf)


def _relevance(
    tier: Tier,
    members: Sequence[_Known],
    encoded: Encoded,
    known: Sequence[_Known],
    shelf: Sequence[Article],
) -> None:
    """Judge the relevance of comments under one article."""
    wanted = {each.reading.parent_id for each in members} - {each.reading.comment.id for each in members}
    parents = {
        each.reading.comment.id: each.relevance.alone
        for each in known
        if each.reading.comment.id in wanted
        and isinstance(each.relevance, Relevance)
        and each.relevance.alone is not None
    }
    article = members[0].reading.article
    try:
        answers: Sequence[Relevance | str] = tier.relevance(
            article, [each.reading for each in members], encoded, tier.encode, parents, shelf
        )
    except Exception as error:
        answers = [f"relevance: {type(error).__name__}: {error}"] * len(members)
    for each, answer in zip(members, answers, strict=True):
        each.relevance = answer


def _explain(known: Sequence[_Known], judges: Judges) -> None:
    """Add the deciding words, once the tiers have spoken; scores without them stay where that fails."""
    judged = [(each, each.harms) for each in known if each.reading.asked and isinstance(each.harms, Harms)]
    answers = _ask("evidence", judges.explain, [harms for _, harms in judged])
    for (each, _), answer in zip(judged, answers, strict=True):
        if isinstance(answer, str):
            each.failure = answer
        else:
            each.harms = answer


def _undecided(known: Sequence[_Known], judges: Judges) -> list[_Known]:
    """Choose the comments of which the fast tier is not sure, or could not speak, and the long ones."""
    return [each for each in known if _is_undecided(each, judges)]


def _is_undecided(known: _Known, judges: Judges) -> bool:
    return (
        isinstance(known.harms, str)
        # In a long comment the fast tier hears a call less well among all that surrounds it.
        or len(known.reading.windows) > 1
        # "kill them" had 0.19 from the fast tier and 0.64 from the deep one: two words are little to go by.
        or (len(known.reading.folded.text.split()) <= SHORT and known.harms.stance.incitement >= SHORT_FROM)
        or any(
            low <= score.value < high
            for score in _scores(known)
            if score.name in judges.undecided
            for low, high in [judges.undecided[score.name]]
        )
    )


def _scores(known: _Known) -> tuple[Score, ...]:
    """Give every score that a comment has so far, relevance first."""
    harms = () if isinstance(known.harms, str) else known.harms.scores
    relevance = None if isinstance(known.relevance, str) else known.relevance.score
    return harms if relevance is None else (relevance, *harms)


def _ask(
    name: str, judge: Callable[[Sequence[Asked]], Sequence[Answer]], asked: Sequence[Asked]
) -> list[Answer | str]:
    """Ask a judge; where it cannot speak of a comment, the answer is a sentence that says so.

    A judge that fails on a batch is asked again one by one, so that one comment fails alone.
    """
    if not asked:
        return []
    try:
        return [*judge(asked)]
    except Exception as error:
        if len(asked) == 1:
            return [f"{name}: {type(error).__name__}: {error}"]
        return [_ask(name, judge, [one])[0] for one in asked]


def _assessment(known: _Known, versions: Mapping[str, str]) -> Assessment:
    answers = (known.language, known.relevance, known.harms, known.failure)
    failures = [answer for answer in answers if isinstance(answer, str)]
    return Assessment(
        comment=known.reading.comment,
        languages=LanguageMix() if isinstance(known.language, str) else known.language,
        scores=_scores(known),
        topic=Topic() if isinstance(known.relevance, str) else known.relevance.topic,
        stance=None if isinstance(known.harms, str) else known.harms.stance,
        failure="; ".join(failures) or None,
        tier=known.tier,
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

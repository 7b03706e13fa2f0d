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
from modfilter.store.blobs import Blobs
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
        [Sequence[Reading], Encoded, Encode, Sequence[int | float | None], Sequence[Article]],
        list[Relevance],
    ]
    encode_article: Encode | None = None
    """Encodes articles where these are kept apart; else `encode` does."""


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
class Known:
    """What is known of one comment so far."""

    thread: int
    """Which of the threads it stands in: ids are only told apart within one."""
    reading: Reading
    language: LanguageMix | str
    harms: Harms | str = "harms: not judged yet"
    relevance: Relevance | str = _NO_RELEVANCE
    tier: TierName = "fast"

    @property
    def place(self) -> tuple[int, str]:
        """Where it stands."""
        return self.thread, self.reading.comment.id


def load_judges(
    models: Path | None = None,
    spend: Spend = "auto",
    expected: Sequence[str] = (),
    kept: Blobs | None = None,
) -> Judges:
    """Load the models in a folder, the shipped ones without it; raise ModelError for a wrong file.

    `expected`: the languages that a site's readers write in. `kept`: a file for articles that were read, where there
    are more than memory should hold.
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
                relevance.load(bundles["relevance"].folder, name, kept),
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
    known = read(threads, judges)
    for name in judges.tiers:
        judge(name, undecided(known, judges) if name == "deep" else known, known, judges, shelf)
    return conclude(known, judges)


def read(threads: Sequence[Thread], judges: Judges) -> list[Known]:
    """Fold and cut every comment, with what it answers, and find the languages."""
    placed = [
        (number, reading)
        for number, thread in enumerate(threads)
        for reading in _judged([*readings(thread, judges.unmask)])
    ]
    languages = _ask("language", judges.language, [reading.comment.text for _, reading in placed])
    return [
        Known(number, reading, language)
        for (number, reading), language in zip(placed, languages, strict=True)
    ]


def _judged(read: Sequence[Reading]) -> Iterator[Reading]:
    """Give what is to be judged: what is asked about, and under an article what that answers.

    What stands further above has been read with its answer, and says nothing more.
    """
    answered = {reading.parent_id for reading in read if reading.asked and reading.article is not None}
    return (reading for reading in read if reading.asked or reading.comment.id in answered)


def judge(
    name: TierName,
    asked: Sequence[Known],
    known: Sequence[Known],
    judges: Judges,
    shelf: Sequence[Article] = (),
) -> None:
    """Let a tier judge the comments `asked`, some of the `known`; a comment that breaks a judge fails alone."""
    if not asked:
        return
    tier = judges.tiers[name]
    # Comments under one article next to each other: it is compared with all of them at once.
    order: dict[int, int] = {}
    asked = sorted(asked, key=lambda each: order.setdefault(id(each.reading.article), len(order)))
    try:
        encoded = tier.encode([side for each in asked for side in each.reading.sides])
        mixes = [LanguageMix() if isinstance(e.language, str) else e.language for e in asked]
        harms = tier.harms([each.reading for each in asked], mixes, encoded)
    except Exception as error:
        if len(asked) > 1:
            for each in asked:
                judge(name, [each], known, judges, shelf)
            return
        asked[0].harms = f"harms: {type(error).__name__}: {error}"
        return
    for each, answer in zip(asked, harms, strict=True):
        each.harms, each.tier = answer, name
    _relevance(tier, asked, encoded, known, shelf)


def undecided(known: Sequence[Known], judges: Judges) -> list[Known]:
    """Choose the comments of which the fast tier is not sure, or could not speak, and the long ones."""
    return [*known] if "fast" not in judges.tiers else [each for each in known if _is_undecided(each, judges)]


def conclude(known: Sequence[Known], judges: Judges) -> list[Assessment]:
    """Give what the tiers have said of the comments that were asked about, with the deciding words."""
    asked = [each for each in known if each.reading.asked]
    explained = _explained(asked, judges)
    return [
        _assessment(each, *answer, judges.versions) for each, answer in zip(asked, explained, strict=True)
    ]


def _relevance(
    tier: Tier, asked: Sequence[Known], encoded: Encoded, known: Sequence[Known], shelf: Sequence[Article]
) -> None:
    """Judge the relevance of comments, those under one article next to each other."""
    places = {each.place: number for number, each in enumerate(asked)}
    alone = {
        each.place: each.relevance.alone
        for each in known
        if isinstance(each.relevance, Relevance) and each.place not in places
    }
    above = [(each.thread, each.reading.parent_id or "") for each in asked]
    parents = [places.get(place, alone.get(place)) for place in above]
    encode = tier.encode_article or tier.encode
    try:
        answers: Sequence[Relevance | str] = tier.relevance(
            [each.reading for each in asked], encoded, encode, parents, shelf
        )
    except Exception as error:
        groups = [[*group] for _, group in groupby(asked, key=lambda each: id(each.reading.article))]
        if len(groups) > 1:  # an article that breaks the judge fails alone
            start = 0
            for group in groups:
                rows = slice(start, start + sum(len(each.reading.windows) for each in group))
                start = rows.stop
                _relevance(tier, group, encoded.rows(rows), known, shelf)
            return
        answers = [f"relevance: {type(error).__name__}: {error}"] * len(asked)
    for each, said in zip(asked, answers, strict=True):
        each.relevance = said


def _explained(asked: Sequence[Known], judges: Judges) -> list[tuple[Harms | str, str | None]]:
    """Give the harms of each comment with the deciding words; without them where that fails, and why."""
    judged = [each.harms for each in asked if isinstance(each.harms, Harms)]
    answers = iter(_ask("evidence", judges.explain, judged))
    told: list[tuple[Harms | str, str | None]] = []
    for each in asked:
        answer = next(answers) if isinstance(each.harms, Harms) else None
        told.append((each.harms, answer) if answer is None or isinstance(answer, str) else (answer, None))
    return told


def _is_undecided(known: Known, judges: Judges) -> bool:
    return (
        isinstance(known.harms, str)
        # In a long comment the fast tier hears a call less well among all that surrounds it.
        or len(known.reading.windows) > 1
        # "kill them" had 0.19 from the fast tier and 0.64 from the deep one: two words are little to go by.
        or (len(known.reading.folded.text.split()) <= SHORT and known.harms.stance.incitement >= SHORT_FROM)
        or any(
            low <= score.value < high
            for score in _scores(known.relevance, known.harms)
            if score.name in judges.undecided
            for low, high in [judges.undecided[score.name]]
        )
    )


def _scores(relevance: Relevance | str, harms: Harms | str) -> tuple[Score, ...]:
    """Give every score that a comment has so far, relevance first."""
    told = () if isinstance(harms, str) else harms.scores
    topic = None if isinstance(relevance, str) else relevance.score
    return told if topic is None else (topic, *told)


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


def _assessment(
    known: Known, harms: Harms | str, unexplained: str | None, versions: Mapping[str, str]
) -> Assessment:
    answers = (known.language, known.relevance, harms, unexplained)
    failures = [answer for answer in answers if isinstance(answer, str)]
    return Assessment(
        comment=known.reading.comment,
        languages=LanguageMix() if isinstance(known.language, str) else known.language,
        scores=_scores(known.relevance, harms),
        topic=Topic() if isinstance(known.relevance, str) else known.relevance.topic,
        stance=None if isinstance(harms, str) else harms.stance,
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

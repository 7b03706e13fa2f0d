"""The nouns of modfilter, frozen and checked at birth.

They know nothing of files, models, thresholds or HTTP. A `Thread` is what came, an `Assessment` is
what we know of one comment, a `Decision` is what we do with it. Every (start, end) pair counts
Unicode code points of the comment as it came, end exclusive.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from functools import cached_property
from typing import Any, Literal

from msgspec import Struct

UNDETERMINED = "und"
"""The language of a text that has none, or too little of one to tell (BCP 47)."""

EVIDENCE_FROM = 0.2
"""Every score from here on carries evidence, so no rule may fire below it without any."""

SCORES = ("relevance", "incitement", "identity_attack", "insult", "obscene", "spam")
"""The names of all scores, in the order in which they are written."""

SAMPLED, ANSWERED = "sampled", "answers"
"""Where a comment's `extra` says how an audit drew it, and what it answers: that is mostly not drawn with it."""


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)


class Article(Struct, frozen=True, kw_only=True):
    """What a thread is about."""

    id: str
    title: str = ""
    body: str = ""
    url: str | None = None

    def __post_init__(self) -> None:
        _require(bool(self.id), "an article needs an id")
        _require(
            bool(self.title.strip() or self.body.strip()),
            f"article {self.id!r} has neither a title nor a body",
        )


class Comment(Struct, frozen=True, kw_only=True):
    """What one reader wrote. `author` is carried along and never judged."""

    id: str
    text: str
    article_id: str | None = None
    parent_id: str | None = None
    author: str | None = None
    created_at: datetime | None = None
    permalink: str | None = None
    site: str | None = None
    section: str | None = None
    extra: Mapping[str, Any] = {}
    """Whatever else the dump said of it, under the dump's own names."""

    def __post_init__(self) -> None:
        _require(bool(self.id), "a comment needs an id")
        _require(self.parent_id != self.id, f"comment {self.id!r} is its own parent")
        _require(
            self.created_at is None or self.created_at.tzinfo is not None,
            f"comment {self.id!r}: created_at needs a time zone",
        )


class Thread(Struct, frozen=True, kw_only=True, dict=True):
    """An article, where it is known, and comments under it in the order they came."""

    article: Article | None = None
    comments: tuple[Comment, ...] = ()
    above: tuple[Comment, ...] = ()
    """What some of them answer and that is not among them: it is read, and nothing is decided on it."""

    def __post_init__(self) -> None:
        _require(
            len(self._by_id) == len(self.comments) + len(self.above), "two comments of a thread share an id"
        )
        if self.article is not None:
            strays = [c.id for c in self.comments if c.article_id not in (None, self.article.id)]
            _require(not strays, f"comments {strays[:3]} belong to another article")

    def parent(self, comment: Comment) -> Comment | None:
        """Find what a comment answers; None if it answers nothing, or something not at hand."""
        return None if comment.parent_id is None else self._by_id.get(comment.parent_id)

    @cached_property
    def _by_id(self) -> dict[str, Comment]:
        return {comment.id: comment for comment in (*self.above, *self.comments)}


class LanguageSpan(Struct, frozen=True, kw_only=True):
    """A part of a comment in one language."""

    start: int
    end: int
    language: str

    def __post_init__(self) -> None:
        _require(0 <= self.start < self.end, f"no span: {self.start} to {self.end}")


class LanguageMix(Struct, frozen=True, kw_only=True):
    """The languages of a comment, as BCP 47 codes."""

    main: str = UNDETERMINED
    mix: Mapping[str, float] = {}
    """The share of each language among the words, summing to 1; empty if undetermined."""
    confidence: float = 0.0
    """The probability that `main` is right."""
    spans: tuple[LanguageSpan, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.confidence <= 1:
            raise ValueError(f"confidence {self.confidence} is not in [0, 1]")
        if self.main not in self.mix and (self.main != UNDETERMINED or self.mix):
            raise ValueError(f"main language {self.main!r} is not in the mix {dict(self.mix)}")
        if self.mix and abs(sum(self.mix.values()) - 1) >= 0.01:
            raise ValueError(f"the shares of {dict(self.mix)} do not sum to 1")
        if any(a.end > b.start for a, b in zip(self.spans, self.spans[1:], strict=False)):
            raise ValueError("language spans overlap or are out of order")

    @property
    def is_mixed(self) -> bool:
        """Whether the comment is written in more than one language."""
        return len(self.mix) > 1


class Evidence(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The words behind a score: at [start, end) of the comment, or quoted from the article."""

    score: str
    start: int | None = None
    end: int | None = None
    article_start: int | None = None
    article_end: int | None = None
    cue: str
    quote: str | None = None

    def __post_init__(self) -> None:
        own = (self.start, self.end)
        articles = (self.article_start, self.article_end)
        start, end = articles if own == (None, None) else own
        _require(
            (None, None) in (own, articles) and start is not None and end is not None and 0 <= start < end,
            f"evidence needs one place, in the comment or in the article: {own}, {articles}",
        )


class Score(Struct, frozen=True, kw_only=True):
    """One judgement of one comment, with the words that led to it."""

    name: str
    value: float
    """A calibrated probability."""
    evidence: tuple[Evidence, ...] = ()

    def __post_init__(self) -> None:
        # Without _require: six are made for every comment, and its sentences would be put together each time.
        if self.name not in SCORES:
            raise ValueError(f"no score is called {self.name!r}")
        if not 0 <= self.value <= 1:
            raise ValueError(f"score {self.name!r} must lie in [0, 1], got {self.value}")
        if self.evidence and any(item.score != self.name for item in self.evidence):
            raise ValueError(f"score {self.name!r} carries evidence of another score")


class StanceLabel(Enum):
    """What a comment does about violence against people; docs/annotation.md defines each."""

    CALLS_FOR = "calls_for"
    THREATENS = "threatens"
    JUSTIFIES = "justifies"
    REPORTS = "reports"
    CONDEMNS = "condemns"
    COUNTERS = "counters"
    FIGURATIVE = "figurative"
    NONE = "none"

    @property
    def incites(self) -> bool:
        """Whether this stance is part of incitement."""
        return self in (StanceLabel.CALLS_FOR, StanceLabel.THREATENS, StanceLabel.JUSTIFIES)


INCITING = sum(label.incites for label in StanceLabel)
"""The inciting stances come first among the labels."""


class Stance(Struct, frozen=True, kw_only=True):
    """The likeliest stance, and the probability of each."""

    label: StanceLabel
    calls_for: float = 0.0
    threatens: float = 0.0
    justifies: float = 0.0
    reports: float = 0.0
    condemns: float = 0.0
    counters: float = 0.0
    figurative: float = 0.0
    none: float = 0.0

    def __post_init__(self) -> None:
        values = (
            self.calls_for,
            self.threatens,
            self.justifies,
            self.reports,
            self.condemns,
            self.counters,
            self.figurative,
            self.none,
        )
        _require(min(values) >= 0 and max(values) <= 1, "no probabilities")
        _require(abs(sum(values) - 1) < 0.01, "stances do not sum to 1")
        if getattr(self, self.label.value) != max(values):
            raise ValueError(f"{self.label} is not likeliest")

    @classmethod
    def of(cls, probabilities: Mapping[StanceLabel, float]) -> "Stance":
        """Make a stance from the probability of every label, rounded to 4 decimals."""
        rounded = {label.value: round(p, 4) for label, p in probabilities.items()}
        return cls(label=StanceLabel(max(rounded, key=rounded.__getitem__)), **rounded)

    def probabilities(self) -> dict[StanceLabel, float]:
        """Give the probability of every label."""
        return {label: getattr(self, label.value) for label in StanceLabel}

    @property
    def incitement(self) -> float:
        """The probability of calling for, threatening or justifying violence."""
        return min(1.0, round(self.calls_for + self.threatens + self.justifies, 4))


class Topic(Struct, frozen=True, kw_only=True):
    """How a comment hangs together with its article."""

    via: Literal["article", "thread"] | None = None
    """What it is on topic through; None if it is off topic, or no article is known."""
    generic: bool = False
    """Whether it could stand under anything: "so sad", "First!", "Amen"."""
    better_article: str | None = None


class Assessment(Struct, frozen=True, kw_only=True):
    """What we know of one comment."""

    comment: Comment
    languages: LanguageMix = LanguageMix()
    scores: tuple[Score, ...] = ()
    """What was judged; a score that no model could judge is absent."""
    topic: Topic = Topic()
    stance: Stance | None = None
    failure: str | None = None
    """Which judge could not speak, and why."""
    tier: Literal["fast", "deep"] = "fast"
    hurried: bool = False
    """Whether the deep tier was wanted and had no time: the fast one was not sure of its answer."""
    models: Mapping[str, str] = {}
    """The version of each model that spoke."""

    def __post_init__(self) -> None:
        names = [score.name for score in self.scores]
        _require(len(set(names)) == len(names), f"a score is given twice: {names}")
        ends = [e.end for score in self.scores for e in score.evidence if e.end is not None]
        ends += [span.end for span in self.languages.spans]
        _require(
            max(ends, default=0) <= len(self.comment.text),
            f"comment {self.comment.id!r} is shorter than its evidence",
        )

    @property
    def failed(self) -> str | None:
        """What failed: `failure` without an error's own words, which may quote the comment."""
        return self.failure and self.failure.partition(": ")[0]

    def value(self, name: str) -> float | None:
        """Give the value of a score, None if it was not judged."""
        return next((score.value for score in self.scores if score.name == name), None)


class Action(Enum):
    """What is done with a comment, mildest first.

    `flag` publishes and lists the comment for review, `hold` keeps it back until a person decides.
    """

    PUBLISH = "publish"
    FLAG = "flag"
    HOLD = "hold"
    REJECT = "reject"

    @property
    def strictness(self) -> int:
        """0 for publish to 3 for reject."""
        return list(Action).index(self)


class Reason(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A rule of the policy that fired, in words that a reader of the decision understands."""

    rule: str
    action: Action
    when: str | None = None
    """The condition of a rule that is not about a score, such as "unsupported_language"."""
    score: str | None = None
    value: float | None = None
    at_least: float | None = None
    below: float | None = None
    because: str

    def __post_init__(self) -> None:
        _require((self.when is None) != (self.score is None), "a reason has a score or a condition")
        _require(bool(self.because), f"rule {self.rule!r} does not say why")


class Decision(Struct, frozen=True, kw_only=True):
    """What is done with a comment, and why: the strictest rule that fired wins."""

    assessment: Assessment
    action: Action = Action.PUBLISH
    reasons: tuple[Reason, ...] = ()
    policy: str
    """The name and version of the policy that decided."""

    def __post_init__(self) -> None:
        strictest = max((r.action.strictness for r in self.reasons), default=0)
        _require(
            self.action.strictness == strictest,
            f"{self.action.value} does not follow from {[r.action.value for r in self.reasons]}",
        )

    @property
    def told(self) -> tuple[Reason, ...]:
        """What a person needs to read: of several reasons about one score the first of the strictest."""
        strictest: dict[str, Reason] = {}
        for reason in self.reasons:
            about = reason.score or reason.rule
            known = strictest.get(about)
            if known is None or reason.action.strictness > known.action.strictness:
                strictest[about] = reason
        return tuple(strictest.values())

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The comment's own words behind the scores that made a rule fire."""
        fired = {reason.score for reason in self.reasons}
        return tuple(
            item
            for score in self.assessment.scores
            if score.name in fired
            for item in score.evidence
            if item.start is not None
        )

    @property
    def urgency(self) -> tuple[float, ...]:
        """Sorts what a person should read first: the stricter action, then incitement, then other harms."""
        harms = [self.assessment.value(name) or 0.0 for name in SCORES[1:]]
        return (self.action.strictness, harms[0], max(harms[1:]))

"""What happened in a run, in numbers: counted in one pass, in memory that does not grow with the comments' texts."""

from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec import Struct

from modfilter.records import Action, Article, Decision
from modfilter.report.campaigns import Campaign
from modfilter.report.drift import ON_TOPIC, Drift, drift_of
from modfilter.report.scored import Reject, Run
from modfilter.report.times import Clock, Times

THREADS = 50
"""Threads that the report shows, the largest first."""
REJECTS = 20
"""Rows that could not be read and are shown."""

_KEPT_BACK = (Action.HOLD.value, Action.REJECT.value)
Counts = dict[str, int]
"""Comments by action."""


class Rule(Struct, frozen=True, kw_only=True):
    """A rule of the policy that fired, and how often."""

    rule: str
    action: str
    because: str
    comments: int


class Strand(Struct, frozen=True, kw_only=True):
    """What happened under one article."""

    id: str | None
    title: str
    comments: int
    actions: Counts
    incite: int
    drift: Drift
    turned_at: str | None = None
    """The id of the comment at which the thread turned off its topic."""
    turned_with: str = ""


class Tiers(Struct, frozen=True, kw_only=True):
    """What the tiers did, and with what."""

    actions: dict[str, Counts]
    """Comments by tier and action."""
    failures: Counts
    """Comments that a judge could not read, by what it said."""
    policies: list[str]
    models: dict[str, str]
    runs: list[Run]


class Overview(Struct, frozen=True, kw_only=True):
    """A run in numbers."""

    total: int
    actions: Counts
    languages: dict[str, Counts]
    """Comments by main language and action, the commonest first."""
    mixed: int
    """Comments in more than one language."""
    rules: list[Rule]
    threads: list[Strand]
    """The largest threads, that in which most is kept back first."""
    articles: int
    times: Times
    tiers: Tiers
    campaigns: list[Campaign] = []
    not_compared: int = 0
    """Comments that came after as many as campaigns are looked for in."""
    rejects: int = 0
    reject_reasons: Counts = {}
    rejected: list[Reject] = []


class _Thread:
    """What is counted of one article: a byte for each comment that is not generic."""

    __slots__ = ("actions", "comments", "incite", "on")

    def __init__(self) -> None:
        self.comments, self.incite = 0, 0
        self.actions: Counter[str] = Counter()
        self.on = bytearray()


class Tally:
    """Counts decisions as they stream by."""

    def __init__(self) -> None:
        self._languages: dict[str, Counter[str]] = {}
        self._tiers: dict[str, Counter[str]] = {}
        self._actions: Counter[str] = Counter()
        self._rules: dict[tuple[str, str, str], int] = {}
        self._threads: dict[str | None, _Thread] = {}
        self._failures: Counter[str] = Counter()
        self._policies: dict[str, None] = {}
        self._models: dict[str, str] = {}
        self._clock = Clock()
        self._mixed = 0

    def add(self, decision: Decision) -> None:
        """Count one decision."""
        known, action = decision.assessment, decision.action.value
        self._actions[action] += 1
        self._languages.setdefault(known.languages.main, Counter())[action] += 1
        self._tiers.setdefault(known.tier, Counter())[action] += 1
        self._mixed += known.languages.is_mixed
        self._policies[decision.policy] = None
        self._models.update(known.models)
        if known.failure:
            self._failures[known.failure] += 1
        for reason in decision.told:
            key = (reason.rule, reason.action.value, reason.because)
            self._rules[key] = self._rules.get(key, 0) + 1
        fired = {reason.score for reason in decision.reasons}
        incites = "incitement" in fired
        self._clock.add(known.comment.created_at, incites=incites, off_topic="relevance" in fired)
        thread = self._threads.setdefault(known.comment.article_id, _Thread())
        thread.comments += 1
        thread.incite += incites
        thread.actions[action] += 1
        value = known.value("relevance")
        if value is not None and not known.topic.generic:
            thread.on.append(value >= ON_TOPIC)

    def reach(self, article: str | None) -> int:
        """Give how many comments stand under an article; a comment without one stands alone."""
        thread = self._threads.get(article)
        return thread.comments if thread and article is not None else 1

    def drifts(self) -> dict[str | None, Drift]:
        """Measure the largest threads, by their article."""
        largest = sorted(self._threads.items(), key=lambda item: -item[1].comments)[:THREADS]
        return {article: drift_of(thread.on) for article, thread in largest}

    def overview(
        self,
        *,
        drifts: Mapping[str | None, Drift],
        turns: Mapping[str | None, tuple[str, str]],
        articles: Mapping[str, Article],
        runs: Sequence[Run],
        campaigns: Sequence[Campaign],
        not_compared: int,
        rejected: Sequence[Reject],
        reject_reasons: Mapping[str, int],
    ) -> Overview:
        """Put the numbers together with what was found elsewhere."""
        return Overview(
            total=self._actions.total(),
            actions=_by_action(self._actions),
            languages={tag: _by_action(n) for tag, n in _commonest(self._languages)},
            mixed=self._mixed,
            rules=[
                Rule(rule=rule, action=action, because=because, comments=n)
                for (rule, action, because), n in sorted(self._rules.items(), key=lambda item: -item[1])
            ],
            threads=[
                self._strand(article, drift, turns.get(article), articles)
                for article, drift in sorted(drifts.items(), key=lambda item: -self._held(item[0]))
            ],
            articles=len(self._threads.keys() - {None}),
            times=self._clock.times(),
            tiers=Tiers(
                actions={tier: _by_action(n) for tier, n in _commonest(self._tiers)},
                failures=dict(self._failures.most_common(10)),
                policies=[*self._policies],
                models=self._models,
                runs=[*runs],
            ),
            campaigns=[*campaigns],
            not_compared=not_compared,
            rejects=sum(reject_reasons.values()),
            reject_reasons=dict(reject_reasons),
            rejected=[*rejected],
        )

    def _held(self, article: str | None) -> int:
        return sum(n for action, n in self._threads[article].actions.items() if action in _KEPT_BACK)

    def _strand(
        self,
        article: str | None,
        drift: Drift,
        turn: tuple[str, str] | None,
        articles: Mapping[str, Article],
    ) -> Strand:
        thread = self._threads[article]
        return Strand(
            id=article,
            title=title_of(articles, article) or "",
            comments=thread.comments,
            actions=_by_action(thread.actions),
            incite=thread.incite,
            drift=drift,
            turned_at=turn[0] if turn else None,
            turned_with=turn[1] if turn else "",
        )


def title_of(articles: Mapping[str, Article], key: str | None) -> str | None:
    """Give the title of an article, its id where the title is not known."""
    article = articles.get(key or "")
    return (article.title.strip() or article.id) if article else key


def _by_action(counts: Mapping[str, int]) -> Counts:
    return {action.value: counts.get(action.value, 0) for action in Action}


def _commonest(counters: Mapping[str, Counter[str]]) -> list[tuple[str, Counter[str]]]:
    return sorted(counters.items(), key=lambda item: -item[1].total())

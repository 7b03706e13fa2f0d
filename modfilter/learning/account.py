"""Accounts for a run: what was decided and why, how much by the filter alone, how often it was wrong.

The counts are those that Article 15 of the EU's Digital Services Act asks for ((EU) 2022/2065): measures by type and
reason, and for automated means indicators of their accuracy and their possible rate of error.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date

from msgspec import Struct

from modfilter.learning.calibration import audited
from modfilter.learning.estimates import Share, share
from modfilter.learning.reviewed import Reviewed
from modfilter.records import Action, Decision

ALL = "all"


class Error(Struct, frozen=True, kw_only=True):
    """How often the filter was wrong in one way, in one language or in all."""

    kind: str
    language: str
    rate: Share


class Reversal(Struct, frozen=True, kw_only=True):
    """What moderators said of comments with which one thing was done, in one language or in all."""

    action: str
    language: str
    confirmed: int
    reversed: int
    disputed: int
    """As many said the one as the other."""


class Review(Struct, frozen=True, kw_only=True):
    """What people did about the run."""

    reviewed: int
    moderators: int
    differed: int
    """Comments of which moderators said different things."""
    elsewhere: int
    """Reviewed comments that are not of this run; they are left out."""
    reversals: tuple[Reversal, ...]
    errors: tuple[Error, ...]


class Account(Struct, frozen=True, kw_only=True):
    """The account of one run."""

    name: str
    comments: int
    first: date | None
    last: date | None
    """Days of the first and the last comment, where comments are dated."""
    policies: dict[str, int]
    models: dict[str, int]
    """Models with their versions, and how many comments each had a part in."""
    tiers: dict[str, int]
    failures: int
    """Comments that a model could not judge."""
    actions: dict[str, int]
    by_language: dict[str, dict[str, int]]
    reasons: dict[str, dict[str, int]]
    """For each rule, by action: how often it was the first of the strictest reasons."""
    review: Review | None
    cannot_say: tuple[str, ...]

    @property
    def automated(self) -> float:
        """The share of comments on which nobody said anything: the filter alone decided."""
        reviewed = self.review.reviewed if self.review else 0
        return 1 - reviewed / self.comments if self.comments else 1.0


HELD = "of held and rejected comments: approved by moderators"
FLAGGED = "of flagged comments: approved by moderators"
PUBLISHED = "of published comments: removed by moderators"
MISSED = "of comments to be removed: neither flagged nor held"
ERRORS: dict[str, Callable[[Reviewed], bool | None]] = {
    HELD: lambda each: (
        each.outcome == "approve" if each.record.action in (Action.HOLD, Action.REJECT) else None
    ),
    FLAGGED: lambda each: each.outcome == "approve" if each.record.action is Action.FLAG else None,
    PUBLISHED: lambda each: each.outcome == "remove" if each.record.action is Action.PUBLISH else None,
    MISSED: lambda each: each.record.action is Action.PUBLISH if each.outcome == "remove" else None,
}
"""The ways of being wrong, and of which comments each is a share; None for the others."""
FEWEST = 20
"""Comments of a language below which it has no rate of its own: the interval would span half of all there is."""


def account(name: str, decisions: Iterable[Decision], reviewed: Sequence[Reviewed] | None) -> Account:
    """Go through a run once; `reviewed` is what moderators said of it, None where nobody asked them."""
    actions: Counter[str] = Counter()
    languages: dict[str, Counter[str]] = {}
    reasons: dict[str, Counter[str]] = {}
    policies: Counter[str] = Counter()
    models: Counter[str] = Counter()
    tiers: Counter[str] = Counter()
    days: set[date] = set()
    wanted = {each.record.id for each in reviewed or ()}
    here: set[str] = set()
    failures = 0
    for decision in decisions:
        known, action = decision.assessment, decision.action.value
        actions[action] += 1
        languages.setdefault(known.languages.main, Counter())[action] += 1
        if decision.action is not Action.PUBLISH:
            reason = next(r for r in decision.reasons if r.action is decision.action)
            reasons.setdefault(reason.rule, Counter())[action] += 1
        policies[decision.policy] += 1
        models.update(f"{model} {version}" for model, version in known.models.items())
        tiers[known.tier] += 1
        failures += known.failure is not None
        if known.comment.created_at:
            days.add(known.comment.created_at.date())
        if known.comment.id in wanted:
            here.add(known.comment.id)
    review = None if reviewed is None else _review(reviewed, here)
    return Account(
        name=name,
        comments=actions.total(),
        first=min(days, default=None),
        last=max(days, default=None),
        policies=dict(policies.most_common()),
        models=dict(models.most_common()),
        tiers=dict(tiers.most_common()),
        failures=failures,
        actions={action.value: actions[action.value] for action in Action},
        by_language={
            language: {action.value: counts[action.value] for action in Action}
            for language, counts in sorted(languages.items(), key=lambda item: -item[1].total())
        },
        reasons={
            rule: dict(counts) for rule, counts in sorted(reasons.items(), key=lambda item: -item[1].total())
        },
        review=review,
        cannot_say=tuple(_silent(review)),
    )


def _review(reviewed: Sequence[Reviewed], here: set[str]) -> Review:
    own = [each for each in reviewed if each.record.id in here]
    return Review(
        reviewed=len(own),
        moderators=len({verdict.moderator for each in own for verdict in each.verdicts}),
        differed=sum(each.disputed for each in own),
        elsewhere=len(reviewed) - len(own),
        reversals=tuple(_reversals(own)),
        errors=tuple(_errors(own)),
    )


def _languages(reviewed: Sequence[Reviewed]) -> list[str]:
    counts = Counter(each.record.languages.main for each in reviewed)
    return [ALL, *(language for language, _ in counts.most_common())]


def _reversals(reviewed: Sequence[Reviewed]) -> Iterator[Reversal]:
    for action in Action:
        agrees = "remove" if action in (Action.HOLD, Action.REJECT) else "approve"
        rows = [each for each in reviewed if each.record.action is action]
        for language in _languages(rows) if rows else ():
            said = Counter(
                "disputed" if each.outcome is None else "confirmed" if each.outcome == agrees else "reversed"
                for each in rows
                if language in (ALL, each.record.languages.main)
            )
            yield Reversal(
                action=action.value, language=language, confirmed=said["confirmed"],
                reversed=said["reversed"], disputed=said["disputed"],
            )  # fmt: skip


def _errors(reviewed: Sequence[Reviewed]) -> Iterator[Error]:
    """Measure each way of being wrong over comments that stand for the run."""
    rows = [each for each in reviewed if each.weight is not None]
    for kind, wrong in ERRORS.items():
        if not audited(rows) and kind == MISSED:
            continue
        judged = [(each, hit) for each in rows for hit in [wrong(each)] if hit is not None]
        for language in _languages([each for each, _ in judged]):
            chosen = [(e, hit) for e, hit in judged if language in (ALL, e.record.languages.main)]
            rate = share([hit for _, hit in chosen], [e.weight or 1.0 for e, _ in chosen])
            if rate is not None and (language == ALL or rate.n >= FEWEST):
                yield Error(kind=kind, language=language, rate=rate)


def _silent(review: Review | None) -> Iterator[str]:
    """Say what such an account cannot tell."""
    if review is None:
        yield "How often the filter was wrong, and what moderators reversed: no verdicts were given (--reviewed)."
        return
    measured = {error.kind for error in review.errors}
    if PUBLISHED not in measured:
        yield (
            "What was missed: no published comments were reviewed at random. Draw some with modfilter sample, and"
            " import the verdicts on them with --sample."
        )
    if HELD not in measured:
        yield (
            "How often a comment was held wrongly: held comments were neither reviewed whole nor at random."
            " The reversals count only those that somebody chose to look at."
        )
    yield "Whether the moderators were right: an error here is a decision that they would not have made."

"""Refits what the scores mean on a site, by language and site, from what its moderators said (Platt 1999).

A refit is kept only where it surely foretells verdicts under other articles better than what was there before: without
the interval, 8 of 20 simulated sites whose scores were right got worse ones. The most general group comes first: a
language keeps the calibration of the whole site unless its own is better still.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from modfilter.learning.estimates import calibration_error, interval, log_loss
from modfilter.learning.reviewed import Reviewed
from modfilter.policy import Calibration, Policy, log_odds
from modfilter.records import SCORES, Action

if TYPE_CHECKING:
    from numpy import bool_, float64
    from numpy.typing import NDArray

FEWEST, FEWEST_EACH = 100, 20
"""Verdicts on a score in a group, and of each kind (removed for it, or not), below which nothing is refitted: ten of
the rarer kind for each of the two numbers that are fitted (Peduzzi et al. 1996)."""
FOLDS = 5


class Group(Struct, frozen=True, kw_only=True):
    """Comments that may need numbers of their own."""

    language: str | None = None
    site: str | None = None

    def __str__(self) -> str:
        named = [name for name in (self.language, self.site and f"site {self.site}") if name]
        return ", ".join(named) or "all comments"

    def holds(self, reviewed: Reviewed) -> bool:
        """Whether a comment is one of them."""
        record = reviewed.record
        return self.language in (None, record.languages.main) and self.site in (None, record.site)


class Gain(Struct, frozen=True, kw_only=True):
    """How far off a calibration is, before and after, each with its 95 % interval; measured under other articles."""

    before: float
    before_within: tuple[float, float]
    after: float
    after_within: tuple[float, float]


class Refit(Struct, frozen=True, kw_only=True):
    """What came of refitting one score in one group."""

    score: str
    group: Group
    n: int
    """Verdicts that say something of the score."""
    found: int
    """Those by which what it is about was there (or, for relevance, was not)."""
    gain: Gain | None = None
    calibration: Calibration | None = None
    """The new one; None where the old one stays, and `why` says for what reason."""
    why: str = ""


def groups(reviewed: Sequence[Reviewed]) -> list[Group]:
    """List the groups of reviewed comments, the most general first; sites only where there are several."""
    records = [each.record for each in reviewed]
    languages = sorted({record.languages.main for record in records})
    sites = sorted({record.site for record in records if record.site is not None})
    if len({record.site for record in records}) < 2:
        sites = []
    return [
        Group(),
        *(Group(language=language) for language in languages),
        *(Group(site=site) for site in sites),
        *(Group(language=language, site=site) for site in sites for language in languages),
    ]


def audited(reviewed: Sequence[Reviewed]) -> bool:
    """Whether published comments are among those that were reviewed and whose weight is known."""
    return any(each.weight is not None and each.record.action is Action.PUBLISH for each in reviewed)


def refit(reviewed: Sequence[Reviewed], policy: Policy) -> tuple[Policy, list[Refit]]:
    """Refit every score in every group; give the policy with what is better now, and what came of each.

    It goes by the comments that stand for the whole run; without an audit of what was published by all that there are.
    """
    rows = [each for each in reviewed if each.weight is not None] if audited(reviewed) else [*reviewed]
    refits = []
    for score in SCORES:
        for group in groups(reviewed):
            tried = _refit([each for each in rows if group.holds(each)], score, group, policy)
            if tried is not None:
                refits.append(tried)
                if tried.calibration is not None:
                    policy = _with(policy, tried.calibration)
    return policy, refits


def _with(policy: Policy, new: Calibration) -> Policy:
    """Put a calibration in the place of the one about the same comments, the most general first."""
    about = (new.score, new.language, new.site)
    kept = [old for old in policy.calibration if (old.score, old.language, old.site) != about]
    ordered = sorted([*kept, new], key=lambda each: (each.site is not None, each.language is not None))
    return replace(policy, calibration=tuple(ordered))


def _refit(rows: Sequence[Reviewed], score: str, group: Group, policy: Policy) -> Refit | None:
    """Refit one score; None where no verdict speaks of it."""
    import numpy as np

    told = list(_told(rows, score))
    if not told:
        return None
    truth = np.array([label for _, label, _ in told])
    found = int((truth if score != "relevance" else ~truth).sum())
    tried = Refit(score=score, group=group, n=len(told), found=found)
    if len(told) < FEWEST or min(found, len(told) - found) < FEWEST_EACH:
        return replace(
            tried,
            why=f"too few verdicts: {FEWEST} are needed, {FEWEST_EACH} of them removals for it and as many not",
        )
    logits = np.array([log_odds(value) for _, _, value in told])
    weights = np.array([each.weight or 1.0 for each, _, _ in told])
    articles = [each.record.article_id or each.record.id for each, _, _ in told]
    old = np.array([policy.value(each.decision.assessment, score) for each, _, _ in told], dtype=float)
    new = _foretold(logits, truth, weights, articles)
    slope, intercept = _platt(logits, truth, weights)
    if slope <= 0 or new is None:
        return replace(tried, why="the verdicts do not follow the score")
    gain = _gain(truth, old, new, weights, articles)
    saved, _ = interval(
        lambda rows: (
            log_loss(truth[rows], old[rows], weights[rows]) - log_loss(truth[rows], new[rows], weights[rows])
        ),
        articles,
    )
    if saved <= 0:
        return replace(tried, gain=gain, why="not surely better than what is there")
    calibration = Calibration(
        score=score,
        language=group.language,
        site=group.site,
        slope=round(slope, 4),
        intercept=round(intercept, 4),
    )
    return replace(tried, gain=gain, calibration=calibration)


def _told(rows: Sequence[Reviewed], score: str) -> Iterator[tuple[Reviewed, bool, float]]:
    for each in rows:
        label, value = each.label(score), each.decision.assessment.value(score)
        if label is not None and value is not None:
            yield each, label, value


def _platt(
    logits: "NDArray[float64]", truth: "NDArray[bool_]", weights: "NDArray[float64]"
) -> tuple[float, float]:
    """Fit slope and intercept; the penalty (C) is only there to keep separable verdicts from growing without end."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1e3).fit(logits[:, None], truth, sample_weight=weights / weights.mean())
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def _foretold(
    logits: "NDArray[float64]", truth: "NDArray[bool_]", weights: "NDArray[float64]", articles: Sequence[str]
) -> "NDArray[float64] | None":
    """Give each verdict's probability by a fit to the verdicts under other articles; None where one kind is missing."""
    import numpy as np
    from sklearn.model_selection import GroupKFold

    folds = min(FOLDS, len({*articles}))
    if folds < 2:
        return None
    values = np.empty(len(truth))
    for others, here in GroupKFold(folds).split(logits, groups=articles):
        if len({*truth[others]}) < 2:
            return None
        slope, intercept = _platt(logits[others], truth[others], weights[others])
        values[here] = 1 / (1 + np.exp(-(slope * logits[here] + intercept)))
    return values


def _gain(
    truth: "NDArray[bool_]",
    old: "NDArray[float64]",
    new: "NDArray[float64]",
    weights: "NDArray[float64]",
    articles: Sequence[str],
) -> Gain:
    import numpy as np

    def within(values: "NDArray[float64]") -> tuple[float, float]:
        return interval(lambda rows: calibration_error(truth[rows], values[rows], weights[rows]), articles)

    everything = np.arange(len(truth))
    before, after = (calibration_error(truth[everything], values, weights) for values in (old, new))
    return Gain(before=before, before_within=within(old), after=after, after_within=within(new))

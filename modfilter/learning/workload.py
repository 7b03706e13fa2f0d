"""Chooses thresholds by what moderators can bear, or by what must be found.

All rules that hold are moved by one step in log odds: what is stricter than another rule stays so. A comment is held
as long as the step is no larger than its margin (`policy.margin`), so one number for each comment is all that is kept.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct

from modfilter.errors import InputError, UsageError
from modfilter.learning.reviewed import Reviewed
from modfilter.policy import Policy, margin
from modfilter.records import Action, Decision

if TYPE_CHECKING:
    from numpy import float64, intp
    from numpy.typing import NDArray

FURTHEST, STEP = 6.0, 0.05
"""Steps that are tried: a threshold of 0.6 moves between 0.004 and 0.998."""
STEPS = tuple(round(n * STEP - FURTHEST, 2) for n in range(round(2 * FURTHEST / STEP) + 1))
FEWEST_WANTED, FEWEST_PUBLISHED = 20, 50
"""Removed comments, and published ones drawn at random, below which recall is not estimated: of 20 found out of 20
the lower bound is 0.87, and a miss that is 6 % of what is published shows among 50 in 19 of 20 draws."""
SURE = 0.05
"""The chance that a bound is wrong: bounds are one-sided, 95 %."""
DRAWS = 1_000
FEWEST_DAYS = 5
"""Days from which on the spread between days is told; below, that of chance alone."""


class Workload:
    """How many comments of a run are held a day, at any step; memory grows with the days only."""

    def __init__(self, held: Mapping[date | None, Counter[float]], days: int | None) -> None:
        """`held`: for each day how many comments have which margin; `days`: how many these are, where none is dated."""
        self._held = held
        if not held:
            raise InputError("the run holds no comments\nThere is nothing to measure a day's work by.")
        if days is None and None in held:
            raise UsageError(
                f"{held[None].total():,} comments of the run have no created_at, so a day's work is not known\n"
                "Say how many days the run covers with --days."
            )
        self.days = days or len(held)

    def a_day(self, step: float = 0.0) -> tuple[float, float]:
        """Give the mean number of held comments a day at a step, and an upper bound for that of as many days to come.

        Two means of so many days differ by √2 as much as one does from what it estimates.
        """
        import numpy as np
        from scipy.special import gammaincinv

        held = np.array(
            [sum(n for at, n in day.items() if at >= step) for day in self._held.values()], dtype=float
        )
        mean = float(held.sum()) / self.days
        if len(held) >= FEWEST_DAYS:
            drawn = np.random.default_rng(0).choice(held, (DRAWS, len(held))).mean(axis=1)
            high = float(np.quantile(drawn, 1 - SURE))
        else:
            high = (
                float(gammaincinv(held.sum() + 1, 1 - SURE)) / self.days
            )  # of a Poisson mean (Garwood 1936)
        return mean, mean + math.sqrt(2) * max(0.0, high - mean)

    def step_for(self, most: float, mean: float) -> float | None:
        """Give the smallest step at which surely no more than `most` are held a day, nor more than `mean` on average.

        None where even the largest is not enough.
        """
        for step in STEPS:
            found, high = self.a_day(step)
            if high <= most and found <= mean:
                return step
        return None


def workloads(
    decisions: Iterable[Decision], policies: Sequence[Policy], measured: frozenset[str], days: int | None
) -> list[Workload]:
    """Go through a run once for several policies; `days` is how many it covers, where its comments are not dated.

    Raises UsageError where neither is known, and InputError for a run without comments.
    """
    counts: list[dict[date | None, Counter[float]]] = [{} for _ in policies]
    for decision in decisions:
        known = decision.assessment
        day = known.comment.created_at.date() if known.comment.created_at and days is None else None
        for policy, held in zip(policies, counts, strict=True):
            held.setdefault(day, Counter())[_reached(margin(known, policy, measured))] += 1
    return [Workload(held, days) for held in counts]


def _reached(at: float) -> float:
    """Give the highest of STEPS that a margin reaches."""
    place = math.floor((at + FURTHEST) / STEP + 1e-6) if math.isfinite(at) else -1
    return STEPS[min(place, len(STEPS) - 1)] if place >= 0 else at if at > 0 else -math.inf


class Recall(Struct, frozen=True, kw_only=True):
    """The share that is held of what moderators would remove for a reason that a rule holds for."""

    value: float
    low: float
    """Its lower bound."""
    n: int
    """Removed comments that it rests on."""

    def __str__(self) -> str:
        return f"{self.value:.0%}, at least {self.low:.0%}, of {self.n:,} removed"


class Audit:
    """What was removed among reviewed comments whose weight is known, and the margin of each."""

    def __init__(self, reviewed: Sequence[Reviewed], policy: Policy, measured: frozenset[str]) -> None:
        import numpy as np

        causes = {
            "off_topic" if rule.score == "relevance" else rule.score
            for rule in policy.rule
            if rule.action.strictness >= Action.HOLD.strictness
        }
        rows = [each for each in reviewed if each.weight is not None]
        self._weights = np.array([each.weight for each in rows], dtype=float)
        self._wanted = np.array([each.cause in causes for each in rows], dtype=bool)
        self._margins = np.array([margin(each.decision.assessment, policy, measured) for each in rows])
        self._strata = _numbered([each.stratum for each in rows])
        self._articles = _numbered([each.record.article_id or each.record.id for each in rows])
        self.published = sum(each.record.action is Action.PUBLISH for each in rows)
        self.wanted = int(self._wanted.sum())

    @property
    def too_few(self) -> str | None:
        """Why recall cannot be told; None where it can."""
        if self.published < FEWEST_PUBLISHED:
            return (
                f"fewer than {FEWEST_PUBLISHED} published comments were reviewed at random, and what moderators saw"
                " because it was flagged or held tells nothing of what was missed"
            )
        if self.wanted < FEWEST_WANTED:
            return f"fewer than {FEWEST_WANTED} comments were removed for what is held"
        return None

    def recall(self, step: float = 0.0) -> Recall:
        """Estimate recall at a step.

        The bound holds for as many articles to come: those at hand are weighted at random (the Bayesian bootstrap,
        Rubin 1981), since comments under one resemble each other, and as for a day's work two samples of one size
        differ by √2 as much as one does from what it estimates. What nobody reviewed of a stratum is drawn from its
        posterior under Jeffreys' prior (Brown, Cai and DasGupta 2001): no miss among few comments is no proof that
        there is none.
        """
        import numpy as np

        held = self._margins >= step
        rng = np.random.default_rng(0)
        articles = rng.standard_exponential((DRAWS, int(self._articles.max(initial=0)) + 1))
        size = articles @ self._counts(self._weights)
        caught, missed, rest = (
            articles @ self._counts(rows.astype(float))
            for rows in (self._wanted & held, self._wanted & ~held, ~self._wanted)
        )
        unseen = np.maximum(size - caught - missed - rest, 0)
        parts = [rng.standard_gamma(shape) for shape in (caught, missed + 0.5, rest + 0.5)]
        caught += unseen * parts[0] / sum(parts)
        missed += unseen * parts[1] / sum(parts)
        all_caught, all_missed = caught.sum(axis=1), missed.sum(axis=1)
        low = float(np.quantile(all_caught / np.maximum(all_caught + all_missed, 1e-9), SURE))
        wanted = self._weights * self._wanted
        value = float((wanted * held).sum() / wanted.sum()) if self.wanted else 0.0
        return Recall(value=value, low=max(0.0, value - math.sqrt(2) * max(0.0, value - low)), n=self.wanted)

    def _counts(self, values: "NDArray[float64]") -> "NDArray[float64]":
        """Add up a value of each comment by article (rows) and stratum (columns)."""
        import numpy as np

        shape = (int(self._articles.max(initial=0)) + 1, int(self._strata.max(initial=0)) + 1)
        places = self._articles * shape[1] + self._strata
        return np.asarray(
            np.bincount(places, weights=values, minlength=shape[0] * shape[1]).reshape(shape), dtype=float
        )

    def step_for(self, least: float) -> float | None:
        """Give the largest step at which recall is surely at least that; None where it is not even at the smallest.

        Steps are tested in a fixed order, from the one that holds most, up to the first that fails, which keeps the
        chance of a wrong answer at that of one test (Angelopoulos et al. 2021, "Learn then test").
        """
        last = None
        for step in STEPS:
            if self.recall(step).low < least:
                break
            last = step
        return last


def _numbered(names: Sequence[object]) -> "NDArray[intp]":
    import numpy as np

    known = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([known[name] for name in names], dtype=np.intp)

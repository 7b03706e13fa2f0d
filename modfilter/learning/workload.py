"""Chooses thresholds by what moderators can bear, or by what must be found.

All rules that hold are moved by one step in log odds: what is stricter than another rule stays so. A comment is held
as long as the step is no larger than its margin (`policy.margin`), so one number for each comment is all that is kept.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

from msgspec import Struct

from modfilter.errors import InputError, UsageError
from modfilter.learning.reviewed import Reviewed
from modfilter.policy import Policy, margin
from modfilter.records import Action, Decision

FURTHEST, STEP = 4.0, 0.05
"""Steps that are tried: a threshold of 0.6 moves between 0.2 (lower none may be) and 0.99."""
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

    def __init__(
        self, decisions: Iterable[Decision], policy: Policy, measured: frozenset[str], days: int | None
    ) -> None:
        """`days`: how many days the run covers, where its comments are not dated; raise UsageError without either."""
        self._held: dict[date | None, Counter[float]] = {}
        self.comments = 0
        for decision in decisions:
            known = decision.assessment
            day = known.comment.created_at.date() if known.comment.created_at and days is None else None
            counts = self._held.setdefault(day, Counter())
            counts[_reached(margin(known, policy, measured))] += 1
            self.comments += 1
        if not self.comments:
            raise InputError("the run holds no comments\nThere is nothing to measure a day's work by.")
        if days is None and None in self._held:
            raise UsageError(
                f"{self._held[None].total():,} comments of the run have no created_at, so a day's work is not known\n"
                "Say how many days the run covers with --days."
            )
        self.days = days or len(self._held)

    def a_day(self, step: float) -> tuple[float, float]:
        """Give the mean number of held comments a day at a step, and its upper bound."""
        import numpy as np
        from scipy.special import gammaincinv

        held = np.array(
            [sum(n for at, n in day.items() if at >= step) for day in self._held.values()], dtype=float
        )
        mean = float(held.sum()) / self.days
        if len(held) >= FEWEST_DAYS:
            drawn = np.random.default_rng(0).choice(held, (DRAWS, len(held))).mean(axis=1)
            return mean, float(np.quantile(drawn, 1 - SURE))
        return mean, float(
            gammaincinv(held.sum() + 1, 1 - SURE)
        ) / self.days  # of a Poisson mean (Garwood 1936)

    def step_for(self, most: float) -> float | None:
        """Give the smallest step, 0 or more, at which no more than `most` are held a day; None where none is enough."""
        return next((step for step in STEPS if step >= 0 and self.a_day(step)[1] <= most), None)


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
        causes = {
            "off_topic" if rule.score == "relevance" else rule.score
            for rule in policy.rule
            if rule.action.strictness >= Action.HOLD.strictness
        }
        self._rows = [
            (
                each.stratum or "",
                each.weight,
                each.cause in causes,
                margin(each.decision.assessment, policy, measured),
            )
            for each in reviewed
            if each.weight is not None
        ]
        self.published = sum(e.weight is not None and e.record.action is Action.PUBLISH for e in reviewed)
        self.wanted = sum(wanted for _, _, wanted, _ in self._rows)

    @property
    def too_few(self) -> str | None:
        """Why recall cannot be told; None where it can."""
        if self.published < FEWEST_PUBLISHED:
            return (
                f"{self.published} published comments were reviewed at random, {FEWEST_PUBLISHED} are needed:"
                " what moderators saw because it was flagged or held tells nothing of what was missed"
            )
        if self.wanted < FEWEST_WANTED:
            return f"{self.wanted} comments were removed for what is held, {FEWEST_WANTED} are needed"
        return None

    def recall(self, step: float = 0.0) -> Recall:
        """Estimate recall at a step.

        The bound comes from what may be among the comments of each stratum that nobody reviewed: its share of misses
        is drawn from its posterior under Jeffreys' prior (Brown, Cai and DasGupta 2001), so that no miss among few
        reviewed comments is no proof that there is none.
        """
        import numpy as np

        rng = np.random.default_rng(0)
        strata: dict[str, list[float]] = {}
        for stratum, weight, wanted, at in self._rows:
            counts = strata.setdefault(stratum, [0.0, 0, 0, 0])
            counts[0] += weight
            counts[1 if wanted and at >= step else 2 if wanted else 3] += 1
        caught, missed = np.zeros(DRAWS), np.zeros(DRAWS)
        found = total = 0.0
        for size, held, lost, rest in strata.values():
            seen = held + lost + rest
            found, total = found + size * held / seen, total + size * (held + lost) / seen
            parts = [rng.standard_gamma(shape, DRAWS) for shape in (held, lost + 0.5, rest + 0.5)]
            caught += held + (size - seen) * parts[0] / sum(parts)
            missed += lost + (size - seen) * parts[1] / sum(parts)
        low = float(np.quantile(caught / np.maximum(caught + missed, 1e-9), SURE))
        value = found / total if total else 0.0
        return Recall(value=value, low=min(low, value), n=self.wanted)

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

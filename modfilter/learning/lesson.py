"""What verdicts teach a policy, on one page: calibrations first, then thresholds, and what both are worth."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from modfilter.errors import InputError, UsageError
from modfilter.learning.calibration import Group, Refit, audited, groups, refit
from modfilter.learning.reviewed import Reviewed
from modfilter.learning.rules import carried, stepped
from modfilter.learning.workload import STEPS, Audit, Recall, Workload, workloads
from modfilter.policy import Policy
from modfilter.readers.scored import decisions


class Goal(Struct, frozen=True, kw_only=True):
    """What thresholds are to be moved for; nothing at all, or one of the two."""

    at_most: float | None = None
    """Comments held a day."""
    recall: float | None = None
    """The share of what moderators would remove, for what is held, that must be held."""

    def __str__(self) -> str:
        if self.at_most is not None:
            return f"at most {self.at_most:g} held a day"
        return "no goal" if self.recall is None else f"recall of at least {self.recall:.0%}"


class Step(Struct, frozen=True, kw_only=True):
    """What came of choosing the thresholds of a group."""

    group: Group
    step: float | None = None
    """In log odds, up for stricter conditions; None where the thresholds stay, and `why` says for what reason."""
    why: str = ""
    before: Recall | None = None
    after: Recall | None = None
    """Recall under the old policy and the new one; None where it cannot be told."""


class Lesson(Struct, frozen=True, kw_only=True):
    """The new policy, and where each change in it comes from."""

    policy: Policy
    goal: Goal
    refits: tuple[Refit, ...]
    steps: tuple[Step, ...]
    audited: bool
    """Whether the calibrations come from comments that stand for the whole run."""
    held_before: tuple[float, float] | None = None
    held_after: tuple[float, float] | None = None
    """Comments held a day, and the upper bound; where a run was given to count them in."""


def learn(
    reviewed: Sequence[Reviewed],
    policy: Policy,
    measured: frozenset[str],
    goal: Goal,
    scored: Path | None = None,
    days: int | None = None,
) -> Lesson:
    """Refit a policy by verdicts. Where they are too few for a group, what was there stays, and is reported.

    Raises InputError where the goal can be reached for no group at all.
    """
    if goal.at_most is not None and scored is None:
        raise UsageError(
            "--at-most needs the run whose comments are counted\nGive what `modfilter score` wrote with --scored."
        )
    corrected, refits = refit(reviewed, policy)
    fitted = carried(policy, corrected)
    work = workloads(decisions(scored), [policy, fitted], measured, days) if scored else None
    if goal.at_most is not None and work:
        chosen = {Group(): _bearable(work[1], goal.at_most, work[0].a_day()[0])}
    elif goal.recall is not None:
        chosen = dict(_surely(reviewed, fitted, measured, goal.recall))
    else:
        chosen = {}
    if chosen and all(step is None for step, _ in chosen.values()):
        raise InputError(f"no threshold can be chosen: {chosen[Group()][1]}\n{_TRY}")
    new = stepped(fitted, {group: step for group, (step, _) in chosen.items() if step is not None})
    if new != policy:
        new = replace(new, version=policy.version + 1)
    return Lesson(
        policy=new,
        goal=goal,
        refits=tuple(refits),
        steps=tuple(
            Step(
                group=group, step=step, why=why,
                before=_recall(reviewed, group, policy, measured),
                after=_recall(reviewed, group, new, measured),
            )
            for group, (step, why) in (chosen or {Group(): (None, "no goal was given")}).items()
        ),
        audited=audited(reviewed),
        held_before=work[0].a_day() if work else None,
        held_after=workloads(decisions(scored), [new], measured, days)[0].a_day() if scored else None,
    )  # fmt: skip


Chosen = tuple[float | None, str]
_TRY = (
    "Draw more comments at random with `modfilter sample`, have them reviewed, and import the verdicts with --sample,"
    " or ask for less; without a goal only the calibrations are refitted."
)


def _bearable(work: Workload, most: float, before: float) -> Chosen:
    """Choose the step at which moderators can bear what is held; never more is held than the old policy did."""
    step = work.step_for(most, before)
    if step is None:
        mean, _ = work.a_day(STEPS[-1])
        return None, f"out of reach: at the highest thresholds {mean:.1f} comments a day are held"
    return step, ""


def _surely(
    reviewed: Sequence[Reviewed], policy: Policy, measured: frozenset[str], least: float
) -> Iterator[tuple[Group, Chosen]]:
    for group in groups(reviewed):
        audit = Audit([each for each in reviewed if group.holds(each)], policy, measured)
        if audit.too_few:
            yield group, (None, audit.too_few)
            continue
        step = audit.step_for(least)
        out = f"out of reach: at the lowest thresholds recall is {audit.recall(STEPS[0])}"
        yield group, (step, "" if step is not None else out)


def _recall(
    reviewed: Sequence[Reviewed], group: Group, policy: Policy, measured: frozenset[str]
) -> Recall | None:
    audit = Audit([each for each in reviewed if group.holds(each)], policy, measured)
    return None if audit.too_few else audit.recall()

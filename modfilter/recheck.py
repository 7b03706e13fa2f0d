"""Decides again on what the decision log holds, with the same article, policy and models, and compares."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from modfilter import policy as policies
from modfilter.bundle import Bundle
from modfilter.pipeline import Judges, assess
from modfilter.policy import Policy
from modfilter.records import Assessment, Thread
from modfilter.store import DecisionLog, Logged
from modfilter.store.decisions import Ground, describe_models

TOLERANCE = 0.001
"""Scores are the same up to the last figures: another processor sums in another order."""


@dataclass
class Recheck:
    """What came out."""

    same: int = 0
    other: list[str] = field(default_factory=list)
    """A sentence for each decision that came out otherwise."""
    failed: int = 0
    """Decisions made without a judge (late, shed): there is nothing to compare with."""
    other_models: int = 0
    """Decisions of models that are not those given."""


def recheck(log: DecisionLog, logged: Iterable[Logged], judges: Judges, models: Path) -> Recheck:
    """Decide on each again; `models` is the folder that the judges came from."""
    found = Recheck()
    here = Ground(describe_models([Bundle(models / name) for name in judges.versions])).hash
    fast = replace(judges, tiers={name: tier for name, tier in judges.tiers.items() if name == "fast"})
    read: dict[str, Policy] = {}
    for each in logged:
        was = each.decision
        if was.assessment.failure is not None:
            found.failed += 1
            continue
        if each.models != here:
            found.other_models += 1
            continue
        if each.policy not in read:
            read[each.policy] = policies.parse((log.ground(each.policy) or b"").decode(), "the decision log")
        thread = Thread(article=each.article, comments=(was.assessment.comment,), above=each.above)
        (now,) = assess([thread], fast if was.assessment.hurried else judges)
        decision = policies.decide(now, read[each.policy], judges.measured)
        if decision.action is not was.action:
            found.other.append(
                f"decision {each.number}, comment {was.assessment.comment.id}: {was.action.value} then,"
                f" {decision.action.value} now"
            )
        elif far := _far(was.assessment, now):
            found.other.append(f"decision {each.number}, comment {was.assessment.comment.id}: {far}")
        else:
            found.same += 1
    return found


def _far(was: Assessment, now: Assessment) -> str | None:
    """Say which score is another one, if one is."""
    for score in was.scores:
        value = now.value(score.name)
        if value is None or abs(value - score.value) > TOLERANCE:
            return f"{score.name} {score.value} then, {value} now"
    return None

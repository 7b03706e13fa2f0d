"""Moves the rules of a policy that hold, for everybody or for a group, by a step in log odds."""

from collections.abc import Iterator, Mapping
from typing import TypeVar

from msgspec.structs import replace

from modfilter.learning.calibration import Group
from modfilter.policy import Calibration, Override, Policy, Rule, log_odds, probability
from modfilter.records import EVIDENCE_FROM, Action

Moved = TypeVar("Moved", Rule, Override)


def moved(threshold: float, step: float, *, below: bool = False, lowest: float = 0.0) -> float:
    """Move a threshold by a step in log odds; up means stricter conditions for holding, whichever side it stands on.

    >>> moved(0.6, 1), moved(0.6, -4, lowest=0.2), moved(0.4, 1, below=True)
    (0.803, 0.2, 0.197)
    """
    return max(round(probability(log_odds(threshold) + (-step if below else step)), 4), lowest)


def carried(old: Policy, new: Policy) -> Policy:
    """Let thresholds go along with the new calibrations of all comments: by themselves these decide nothing anew.

    Otherwise a site on which scores fall would hold less at the next start, and nobody would have asked for it. What a
    language or a site has of its own does change decisions there: it brings them into line with the others.
    """

    def along(threshold: float, score: str | None) -> float:
        was, now = (_of_all(policy, score) for policy in (old, new))
        if was == now or now is None:
            return threshold
        own = log_odds(threshold) if was is None else (log_odds(threshold) - was.intercept) / was.slope
        return max(0.0001, now.corrected(probability(own)))

    scores = {rule.name: rule.score for rule in new.rule}

    def moved_along(each: Moved, score: str | None) -> Moved:
        bounds = {key: getattr(each, key) for key in ("at_least", "below")}
        return replace(each, **{key: along(at, score) for key, at in bounds.items() if at is not None})

    return replace(
        new,
        rule=tuple(moved_along(rule, rule.score) for rule in new.rule),
        override=tuple(moved_along(each, scores[each.rule]) for each in new.override),
    )


def _of_all(policy: Policy, score: str | None) -> Calibration | None:
    found = [c for c in policy.calibration if c.score == score and c.language is None and c.site is None]
    return found[-1] if found else None


def stepped(policy: Policy, steps: Mapping[Group, float]) -> Policy:
    """Move the holding rules of each group by its step, the most general group first.

    That of all comments changes the thresholds where they stand; those of a language or a site become overrides behind
    those that there are, each of which is said again for the group with the same step.
    """
    everybody = Group()
    new = replace(policy, override=tuple(policy.override))
    if step := steps.get(everybody):
        new = replace(
            policy,
            rule=tuple(_rule(rule, policy, step) if _holds(rule) else rule for rule in policy.rule),
            override=tuple(_override(each, policy, step) for each in policy.override),
        )
    own = [
        override
        for group, step in steps.items()
        if group != everybody
        for rule in policy.rule
        if _holds(rule)
        for override in _narrowed(rule, policy, group, step)
    ]
    return replace(new, override=(*new.override, *own))


def _holds(rule: Rule) -> bool:
    return rule.when is None and rule.action.strictness >= Action.HOLD.strictness


def _lowest(score: str | None, policy: Policy) -> float:
    """Give the lowest threshold that a policy may have: without a calibration a harm needs its evidence."""
    corrected = {"relevance", *(calibration.score for calibration in policy.calibration)}
    return 0.0001 if score in corrected else EVIDENCE_FROM


def _rule(rule: Rule, policy: Policy, step: float) -> Rule:
    if rule.below is not None:
        return replace(rule, below=moved(rule.below, step, below=True))
    return replace(rule, at_least=moved(rule.at_least or 1.0, step, lowest=_lowest(rule.score, policy)))


def _override(override: Override, policy: Policy, step: float) -> Override:
    rule = next(rule for rule in policy.rule if rule.name == override.rule)
    if not _holds(replace(rule, action=override.action or rule.action)):
        return override
    if override.below is not None:
        return replace(override, below=moved(override.below, step, below=True))
    if override.at_least is not None:
        return replace(override, at_least=moved(override.at_least, step, lowest=_lowest(rule.score, policy)))
    return override


def _narrowed(rule: Rule, policy: Policy, group: Group, step: float) -> Iterator[Override]:
    """Say a rule, and each override of it that may concern a group, again for that group."""
    changed = _rule(rule, policy, step)
    yield Override(
        rule=rule.name,
        language=group.language,
        site=group.site,
        at_least=changed.at_least,
        below=changed.below,
    )
    for old in policy.override:
        concerns = (
            old.rule == rule.name
            and (old.at_least is not None or old.below is not None)
            and old.language in (None, group.language or old.language)
            and old.site in (None, group.site or old.site)
        )
        if concerns:
            yield replace(
                _override(old, policy, step),
                language=old.language or group.language,
                site=old.site or group.site,
            )

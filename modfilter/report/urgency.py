"""In which order a moderator should look: what is held first, then the worst, then what most people meet."""

from math import log10

from modfilter.records import SCORES, Decision

OTHER_HARM = 0.3
"""What the worst of the other harms weighs beside incitement."""
REPLIES = 0.1
"""What ten times as many replies weigh: a tenth of incitement."""
REACH = 0.05
"""What ten times as many comments around it weigh."""

Urgency = tuple[int, float]


def harm_of(decision: Decision) -> Urgency:
    """Give the urgency of a comment by itself: the stricter action, then incitement and other harms."""
    harms = [decision.assessment.value(name) or 0.0 for name in SCORES[1:]]
    return decision.action.strictness, harms[0] + OTHER_HARM * max(harms[1:])


def urgency_of(decision: Decision, replies: int, reach: int) -> Urgency:
    """Add to it how many answered and how many comments stand around it, on a scale of tens.

    A comment that incites at 0.8 and drew 9 replies comes before one at 0.85 that drew none.
    """
    strictness, harm = harm_of(decision)
    return strictness, round(harm + REPLIES * log10(1 + replies) + REACH * log10(1 + reach), 6)

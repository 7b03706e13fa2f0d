"""Where a thread left its topic: the share of comments on topic along it, and the comment at which it turned."""

from collections.abc import Sequence
from itertools import pairwise

from msgspec import Struct

ON_TOPIC = 0.5
SHORTEST = 10
"""Comments of a thread from which on a turn can be told from chance."""
TURNED = 0.35
"""The share on topic must be so much lower after the turn than before it."""
_SIDE = 4
"""Comments that must stand on each side of a turn."""
_POINTS = 40
"""Points of the curve that is drawn."""


class Drift(Struct, frozen=True, kw_only=True):
    """How a thread kept to its topic; generic comments are not counted."""

    comments: int
    on_topic: float
    """The share of its comments on topic."""
    curve: list[float]
    """The share on topic in each of at most 40 equal stretches of the thread."""
    turn: int | None = None
    """The place of the comment at which it turned, counted from 0."""
    before: float = 0.0
    after: float = 0.0


def drift_of(on: Sequence[int]) -> Drift:
    """Measure one thread: 1 for each comment on topic, 0 for each off topic, in their order.

    >>> drift = drift_of([1] * 12 + [0] * 8)
    >>> drift.turn, drift.before, drift.after, drift.on_topic
    (12, 1.0, 0.0, 0.6)
    """
    stretches = min(_POINTS, len(on))
    ends = [len(on) * place // max(stretches, 1) for place in range(stretches + 1)]
    curve = [round(_share(on[start:end]), 3) for start, end in pairwise(ends)]
    turn = _turn(on) if len(on) >= SHORTEST else None
    return Drift(
        comments=len(on),
        on_topic=round(_share(on), 3),
        curve=curve,
        turn=turn,
        before=0.0 if turn is None else round(_share(on[:turn]), 3),
        after=0.0 if turn is None else round(_share(on[turn:]), 3),
    )


def _turn(on: Sequence[int]) -> int | None:
    """Find the place that splits the thread best into an on-topic and an off-topic part, if there is one."""
    total, so_far = sum(on), sum(on[:_SIDE])
    best, gain = None, 0.0
    for place in range(_SIDE, len(on) - _SIDE + 1):
        before, after = so_far / place, (total - so_far) / (len(on) - place)
        # The split that explains most of the variance: the between-class variance of Otsu (1979).
        weight = place * (len(on) - place) * (before - after) ** 2
        if before - after >= TURNED and weight > gain and not on[place]:
            best, gain = place, weight
        so_far += on[place] if place < len(on) else 0
    return best


def _share(on: Sequence[int]) -> float:
    return sum(on) / len(on) if on else 0.0

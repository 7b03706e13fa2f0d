"""Where a thread left its topic: the share of comments on topic along it, and the comment at which it turned."""

from collections.abc import Sequence

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


class Step(Struct, frozen=True):
    """One comment of a thread, in its order."""

    id: str
    text: str
    relevance: float


class Drift(Struct, frozen=True, kw_only=True):
    """How a thread kept to its topic."""

    article: str
    comments: int
    on_topic: float
    """The share of its comments on topic; generic ones are not counted."""
    curve: list[float]
    """The share on topic in each of at most 40 equal stretches of the thread."""
    turned_at: str | None = None
    turned_with: str = ""
    before: float = 0.0
    after: float = 0.0


def drift_of(article: str, steps: Sequence[Step]) -> Drift:
    """Measure one thread; generic comments are left out before.

    >>> steps = [Step(str(n), f"comment {n}", 0.9 if n < 12 else 0.1) for n in range(20)]
    >>> drift = drift_of("War news", steps)
    >>> drift.turned_at, drift.before, drift.after, drift.on_topic
    ('12', 1.0, 0.0, 0.6)
    """
    on = [step.relevance >= ON_TOPIC for step in steps]
    stretches = min(_POINTS, len(on))
    curve = [
        _share(
            on[len(on) * i // stretches : max(len(on) * i // stretches + 1, len(on) * (i + 1) // stretches)]
        )
        for i in range(stretches)
    ]
    turn = _turn(on) if len(on) >= SHORTEST else None
    whole = Drift(article=article, comments=len(on), on_topic=round(_share(on), 3), curve=curve)
    if turn is None:
        return whole
    return Drift(
        article=article,
        comments=len(on),
        on_topic=whole.on_topic,
        curve=curve,
        turned_at=steps[turn].id,
        turned_with=steps[turn].text,
        before=round(_share(on[:turn]), 3),
        after=round(_share(on[turn:]), 3),
    )


def _turn(on: Sequence[bool]) -> int | None:
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


def _share(on: Sequence[bool]) -> float:
    return sum(on) / len(on) if on else 0.0

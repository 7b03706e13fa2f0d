"""Comments over time: how many, how many incite, how many are off topic, in steps that fit the time they span."""

from datetime import UTC, datetime, timedelta

from msgspec import Struct

MOST = 60
"""Steps that a chart can show."""
_STEPS = {"hour": 1, "6 hours": 6, "day": 24, "week": 168, "30 days": 720, "year": 8766}
_HOUR = 3600
_STRAY = 0.005
"""The share of comments at each end that may lie outside the chart; they count with its ends."""


class Moment(Struct, frozen=True, kw_only=True):
    """One step of time."""

    start: datetime
    comments: int = 0
    incite: int = 0
    off_topic: int = 0


class Times(Struct, frozen=True, kw_only=True):
    """The steps in their order, empty ones included."""

    step: str
    moments: list[Moment]
    undated: int
    """Comments of which no time is known."""


class Clock:
    """Counts comments by the hour."""

    def __init__(self) -> None:
        self._hours: dict[int, list[int]] = {}
        self._undated = 0

    def add(self, when: datetime | None, *, incites: bool, off_topic: bool) -> None:
        """Count one comment."""
        if when is None:
            self._undated += 1
            return
        counts = self._hours.setdefault(int(when.timestamp() // _HOUR), [0, 0, 0])
        counts[0] += 1
        counts[1] += incites
        counts[2] += off_topic

    def times(self) -> Times:
        """Give the counts in the smallest step of which 60 cover all.

        >>> clock = Clock()
        >>> for day in (1, 3):
        ...     clock.add(datetime(2026, 3, day, 12, tzinfo=UTC), incites=day == 3, off_topic=False)
        >>> times = clock.times()
        >>> times.step, [(m.comments, m.incite) for m in times.moments if m.comments]
        ('hour', [(1, 0), (1, 1)])
        """
        if not self._hours:
            return Times(step="hour", moments=[], undated=self._undated)
        first, last = self._span()
        step = next((name for name, hours in _STEPS.items() if (last - first) // hours < MOST), "year")
        hours = _STEPS[step]
        begun = max(first - first % hours, last - (MOST - 1) * _STEPS["year"])
        rows = [[0, 0, 0] for _ in range((last - begun) // hours + 1)]
        for hour, counts in self._hours.items():
            row = rows[(min(max(hour, begun), last) - begun) // hours]
            for place, n in enumerate(counts):
                row[place] += n
        start = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=begun)
        return Times(
            step=step,
            moments=[
                Moment(start=start + timedelta(hours=hours * n), comments=c, incite=i, off_topic=o)
                for n, (c, i, o) in enumerate(rows)
            ],
            undated=self._undated,
        )

    def _span(self) -> tuple[int, int]:
        """Give the first and the last hour, without the few that lie far off by a wrong date."""
        hours = sorted(self._hours)
        counts = [self._hours[hour][0] for hour in hours]
        outside = int(sum(counts) * _STRAY)
        first, last = 0, len(hours) - 1
        before, after = counts[first], counts[last]
        while before <= outside:
            first += 1
            before += counts[first]
        while after <= outside:
            last -= 1
            after += counts[last]
        return hours[first], hours[last]

"""The shapes of the page's charts, as numbers for inline SVG."""

from collections.abc import Sequence

from msgspec import Struct

from modfilter.report.times import Times

WIDTH, HEIGHT = 600, 120


class Bar(Struct, frozen=True):
    """A bar of the chart over time: all comments, and in it those that may incite and those off topic."""

    x: float
    width: float
    all: float
    incite: float
    off_topic: float


def bars(times: Times) -> list[Bar]:
    """Give a bar for each step of time, as heights out of 120."""
    most = max((moment.comments for moment in times.moments), default=1)
    width = WIDTH / max(len(times.moments), 1)

    def height(n: int) -> float:
        # What is there is seen: a bar of one comment beside one of a thousand still has a pixel.
        return round(max(n / most * HEIGHT, 1.0), 1) if n else 0.0

    return [
        Bar(
            x=round(place * width, 2),
            width=round(width * 0.8, 2),
            all=height(moment.comments),
            incite=height(moment.incite),
            off_topic=height(moment.off_topic),
        )
        for place, moment in enumerate(times.moments)
    ]


def most(times: Times) -> int:
    """Give how many comments the highest bar stands for."""
    return max((moment.comments for moment in times.moments), default=0)


def line(shares: Sequence[float], width: int, height: int) -> str:
    """Give the points of a line for shares of 0 to 1.

    >>> line([0, 1], 100, 20)
    '0.0,19.0 100.0,1.0'
    """
    steps = max(len(shares) - 1, 1)
    return " ".join(
        f"{place * width / steps:.1f},{height - 1 - share * (height - 2):.1f}"
        for place, share in enumerate(shares)
    )

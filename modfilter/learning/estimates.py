"""How sure a number is: intervals for shares, and for shares of a run that is known by a weighted sample."""

from collections.abc import Callable, Sequence
from math import sqrt
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from numpy import bool_, float64, intp
    from numpy.typing import NDArray

Z = 1.959964
"""The standard normal deviate of a two-sided 95 % interval."""
BINS = 10


class Share(Struct, frozen=True, kw_only=True):
    """A share with its 95 % interval, and how many comments it rests on."""

    value: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.value:.0%} [{self.low:.0%}–{self.high:.0%}] of {self.n:,}"


def wilson(hits: float, n: float) -> tuple[float, float]:
    """Give the 95 % score interval of a share (Wilson 1927); it is right for small n and for shares near 0 and 1.

    >>> [round(end, 3) for end in wilson(0, 30)], [round(end, 3) for end in wilson(8, 10)]
    ([0.0, 0.114], [0.49, 0.943])
    """
    if n <= 0:
        return 0.0, 1.0
    p, z2 = hits / n, Z * Z
    middle, half = p + z2 / (2 * n), Z * sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return max(0.0, (middle - half) / (1 + z2 / n)), min(1.0, (middle + half) / (1 + z2 / n))


def share(hits: Sequence[bool], weights: Sequence[float] | None = None) -> Share | None:
    """Estimate a share; None of nothing. Weighted rows count as fewer: (sum of w)² / sum of w² of them (Kish 1965).

    >>> str(share([True, True, False, False]))
    '50% [15%–85%] of 4'
    >>> str(share([True, True, False, False], [9, 1, 1, 1]))
    '83% [22%–99%] of 4'
    """
    if not hits:
        return None
    w = [1.0] * len(hits) if weights is None else weights
    total = sum(w)
    value = sum(weight for hit, weight in zip(hits, w, strict=True) if hit) / total
    effective = total * total / sum(weight * weight for weight in w)
    low, high = wilson(value * effective, effective)
    return Share(value=value, low=low, high=high, n=len(hits))


def calibration_error(
    truth: "NDArray[bool_]", values: "NDArray[float64]", weights: "NDArray[float64]"
) -> float:
    """Expected calibration error of weighted comments, over BINS bins of equal weight (Nixon et al. 2019)."""
    import numpy as np

    order = np.argsort(values, kind="stable")
    ends = np.cumsum(weights[order])
    bins = np.minimum((ends - weights[order] / 2) * BINS // ends[-1], BINS - 1).astype(int)
    sums = [
        np.bincount(bins, weights=weights[order] * each, minlength=BINS)
        for each in (values[order], truth[order])
    ]
    return float(np.abs(sums[0] - sums[1]).sum() / ends[-1])


def log_loss(truth: "NDArray[bool_]", values: "NDArray[float64]", weights: "NDArray[float64]") -> float:
    """Weighted mean of -log of the probability that was given to what came true."""
    import numpy as np

    given = np.clip(np.where(truth, values, 1 - values), 1e-6, 1)
    return float(-(weights * np.log(given)).sum() / weights.sum())


def interval(
    measure: "Callable[[NDArray[intp]], float]", clusters: Sequence[object], resamples: int = 200
) -> tuple[float, float]:
    """Give the 95 % interval of a measure over rows, from resampled clusters; seeded.

    Comments under one article resemble each other, so whole articles are drawn (Davison and Hinkley 1997, 3.8).
    """
    import numpy as np

    members: dict[object, list[int]] = {}
    for row, cluster in enumerate(clusters):
        members.setdefault(cluster, []).append(row)
    rows = [np.array(each, dtype=np.intp) for each in members.values()]
    rng = np.random.default_rng(0)
    drawn = (rng.integers(0, len(rows), len(rows)) for _ in range(resamples))
    found = [measure(np.concatenate([rows[i] for i in each])) for each in drawn]
    low, high = np.quantile(found, (0.025, 0.975))
    return float(low), float(high)

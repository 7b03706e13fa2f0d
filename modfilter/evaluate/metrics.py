"""The measures that the suites share: shares, ranking, calibration, each by slice and with its interval."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from modfilter.evaluate.figures import Figure
from modfilter.readers.labelled import LabelledComment

if TYPE_CHECKING:
    from numpy import bool_, float64
    from numpy.typing import NDArray

    Measure = Callable[[NDArray[bool_], NDArray[float64]], float]

ALL = "all"
MIXED = "mixed"
PHENOMENON = "#"
"""What the slices of a phenomenon begin with: "#sarcasm"."""
RESAMPLES = 200
"""Bootstrap samples of an interval (Efron 1979): its ends are then steady to about a hundredth."""
BINS = 10


def slice_of(comment: LabelledComment) -> str:
    """Name the language slice of a comment: sn, en, mixed, nd (with zu), another language, or und."""
    languages = comment.languages or ("unlabelled",)
    if {"nd", "zu"} & {*languages}:
        return "nd"
    return MIXED if len(languages) > 1 else languages[0]


def shares(
    suite: str, metric: str, rows: Iterable[tuple[str, bool]], *, whole: bool = True
) -> Iterator[Figure]:
    """Give the share of hits among (slice, hit), over all (`whole`) and by slice."""
    groups: dict[str, list[bool]] = {}
    for slice_, hit in rows:
        for group in (ALL, slice_) if whole else (slice_,):
            groups.setdefault(group, []).append(hit)
    for slice_, hits in groups.items():
        yield Figure(suite=suite, metric=metric, slice=slice_, value=sum(hits) / len(hits), n=len(hits))


def ranked(
    suite: str,
    prefix: str,
    slices: Sequence[str],
    scores: Sequence[float],
    labels: Sequence[bool],
    measures: "Mapping[str, Measure]",
) -> Iterator[Figure]:
    """Measure a ranking over all and by slice, with 95 % intervals; a slice with one kind of label has none."""
    import numpy as np

    values, truth, names = np.array(scores, dtype=float), np.array(labels, dtype=bool), np.array(slices)
    for slice_ in [ALL, *dict.fromkeys(slices)]:
        here = np.ones(len(names), dtype=bool) if slice_ == ALL else names == slice_
        if len(np.unique(truth[here])) == 2:
            for metric, measure in measures.items():
                low, high = interval(measure, truth[here], values[here])
                yield Figure(
                    suite=suite, metric=prefix + metric, slice=slice_, n=int(here.sum()),
                    value=measure(truth[here], values[here]), low=low, high=high,
                )  # fmt: skip


def interval(measure: "Measure", truth: "NDArray[bool_]", values: "NDArray[float64]") -> tuple[float, float]:
    """Give the 95 % interval of a measure over resampled comments; seeded."""
    import numpy as np

    rng = np.random.default_rng(0)
    found = []
    for _ in range(RESAMPLES):
        drawn = rng.integers(0, len(truth), len(truth))
        if len(np.unique(truth[drawn])) == 2:
            found.append(measure(truth[drawn], values[drawn]))
    low, high = np.quantile(found, (0.025, 0.975))
    return float(low), float(high)


def auprc(truth: "NDArray[bool_]", values: "NDArray[float64]") -> float:
    """Average precision: the area under the precision-recall curve, by steps."""
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(truth, values))


def auc(truth: "NDArray[bool_]", values: "NDArray[float64]") -> float:
    """The area under the ROC curve."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(truth, values))


def recall_at(false_alarms: float) -> "Measure":
    """Make the measure of recall at a share of false alarms: the queue that a moderator can bear."""
    import numpy as np

    def measure(truth: "NDArray[bool_]", values: "NDArray[float64]") -> float:
        peaceful = np.sort(values[~truth])[::-1]
        return float((values[truth] > peaceful[int(false_alarms * len(peaceful))]).mean())

    return measure


def precision_at(recall: float) -> "Measure":
    """Make the measure of precision where a share of what should be found is found."""
    import numpy as np

    def measure(truth: "NDArray[bool_]", values: "NDArray[float64]") -> float:
        found = np.sort(values[truth])[::-1]
        threshold = found[min(len(found) - 1, int(np.ceil(recall * len(found))) - 1)]
        return float(truth[values >= threshold].mean())

    return measure


def calibration_error(truth: "NDArray[bool_]", values: "NDArray[float64]") -> float:
    """Expected calibration error over BINS bins of equal mass (Nixon et al. 2019)."""
    import numpy as np

    bins = np.array_split(np.argsort(values, kind="stable"), BINS)
    gaps = [abs(values[rows].mean() - truth[rows].mean()) * len(rows) for rows in bins if len(rows)]
    return float(sum(gaps) / len(values))

"""How well the harms are judged: ranking, both errors at the default policy, contrast sets, calibration."""

from collections.abc import Iterator, Sequence

from modfilter import policy
from modfilter.evaluate import metrics
from modfilter.evaluate.figures import Figure
from modfilter.evaluate.metrics import PHENOMENON, shares, slice_of
from modfilter.readers.labelled import LabelledComment
from modfilter.records import Assessment, StanceLabel

SUITE = "harms"
INDIRECT = frozenset("sarcasm rhetorical proverb conditional wish coded veiled context-only".split())
"""docs/annotation.md, section 7: what makes incitement indirect."""
HARMS = ("identity_attack", "insult", "obscene", "spam")
CALIBRATED_FROM = 400
"""Comments of a language from which on its calibration error is given."""


def measure(comments: Sequence[LabelledComment], known: Sequence[Assessment]) -> Iterator[Figure]:
    """Measure incitement, stance and the other harms."""
    rows = [(c, a) for c, a in zip(comments, known, strict=True) if c.stance is not None and a.stance]
    if rows:
        yield from _incitement([c for c, _ in rows], [a for _, a in rows])
        yield from _stance([c for c, _ in rows], [a for _, a in rows])
    for name in HARMS:
        labelled = [
            (slice_of(c), value, bool(label))
            for c, a in zip(comments, known, strict=True)
            for label, value in [(getattr(c, name), a.value(name))]
            if label is not None and value is not None
        ]
        if labelled:
            slices, scores, labels = zip(*labelled, strict=True)
            yield from metrics.ranked(SUITE, f"{name}_", slices, scores, labels, {"auprc": metrics.auprc})


def _incitement(comments: Sequence[LabelledComment], known: Sequence[Assessment]) -> Iterator[Figure]:
    slices = [slice_of(comment) for comment in comments]
    scores = [a.value("incitement") or 0.0 for a in known]
    labels = [bool(comment.incites) for comment in comments]
    measures = {
        "auprc": metrics.auprc,
        "auc": metrics.auc,
        "recall_at_2%": metrics.recall_at(0.02),
        "precision_at_80%_recall": metrics.precision_at(0.8),
    }
    yield from metrics.ranked(SUITE, "incitement_", slices, scores, labels, measures)
    for name, tags in (("indirect", INDIRECT), ("context", {"context-only"})):
        kept = [
            (score, label)
            for comment, score, label in zip(comments, scores, labels, strict=True)
            if not label or tags & {*comment.phenomena}
        ]
        values, truth = [score for score, _ in kept], [label for _, label in kept]
        alone = ["all"] * len(kept)
        yield from (
            figure
            for figure in metrics.ranked(
                SUITE, f"incitement_{name}_", alone, values, truth, {"auprc": metrics.auprc}
            )
            if figure.slice == metrics.ALL
        )
    for figure in metrics.ranked(
        SUITE, "incitement_", slices, scores, labels, {"calibration_error": metrics.calibration_error}
    ):
        if figure.slice == metrics.ALL or figure.n >= CALIBRATED_FROM:
            yield figure
    yield from _errors(comments, slices, scores, labels)


def _errors(
    comments: Sequence[LabelledComment],
    slices: Sequence[str],
    scores: Sequence[float],
    labels: Sequence[bool],
) -> Iterator[Figure]:
    """Misses and false alarms at the default policy's threshold, by language, stance, phenomenon and set."""
    threshold = policy.load().threshold("incitement")
    held = [score >= threshold for score in scores]
    for name, wanted in (("incitement_recall", True), ("incitement_false_alarms", False)):
        chosen = [
            (comment, slice_, hit)
            for comment, slice_, hit, label in zip(comments, slices, held, labels, strict=True)
            if label is wanted
        ]
        yield from shares(SUITE, name, [(slice_, hit) for _, slice_, hit in chosen])
        tagged = [(PHENOMENON + tag, hit) for comment, _, hit in chosen for tag in comment.phenomena]
        yield from shares(SUITE, name, tagged, whole=False)
        if not wanted:
            stances = [(c.stance.value, hit) for c, _, hit in chosen if c.stance]
            yield from shares(SUITE, name, stances, whole=False)
    sets: dict[str, list[tuple[str, bool, bool]]] = {}
    for comment, slice_, hit, label in zip(comments, slices, held, labels, strict=True):
        if comment.set_id:
            sets.setdefault(comment.set_id, []).append((slice_, hit is label, label))
    contrasts = [
        (
            # Of even ones the first: over a set it was another one in each run.
            max(dict.fromkeys(s for s, *_ in members), key=[s for s, *_ in members].count),
            all(right for _, right, _ in members),
        )
        for members in sets.values()
        if len({label for *_, label in members}) == 2
    ]
    yield from shares(SUITE, "contrast_sets_right", contrasts)


def _stance(comments: Sequence[LabelledComment], known: Sequence[Assessment]) -> Iterator[Figure]:
    from sklearn.metrics import f1_score

    truth = [comment.stance.value for comment in comments if comment.stance]
    said = [a.stance.label.value for a in known if a.stance]
    labels = [label.value for label in StanceLabel]
    right = [(slice_of(c), t == s) for c, t, s in zip(comments, truth, said, strict=True)]
    yield from shares(SUITE, "stance_right", right)
    value = float(f1_score(truth, said, labels=labels, average="macro", zero_division=0))
    yield Figure(suite=SUITE, metric="stance_macro_f1", slice=metrics.ALL, value=value, n=len(truth))
    each = f1_score(truth, said, labels=labels, average=None, zero_division=0)
    for label, score in zip(labels, each, strict=True):
        count = truth.count(label)
        if count:
            yield Figure(suite=SUITE, metric="stance_f1", slice=label, value=float(score), n=count)

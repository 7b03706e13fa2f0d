"""How well relevance is judged: on topic, through the article or the thread, told from off topic."""

from collections.abc import Iterator, Mapping, Sequence

from modfilter import policy
from modfilter.evaluate import metrics
from modfilter.evaluate.figures import Figure
from modfilter.evaluate.metrics import shares, slice_of
from modfilter.readers.labelled import LabelledComment
from modfilter.records import Assessment

SUITE = "relevance"


def measure(
    comments: Sequence[LabelledComment], known: Sequence[Assessment], languages: Mapping[str, str]
) -> Iterator[Figure]:
    """Measure relevance; `languages` names the language of each article, where it is known."""
    rows = [
        (comment, value)
        for comment, a in zip(comments, known, strict=True)
        for value in [a.value("relevance")]
        if comment.on_topic in ("article", "thread", "no") and value is not None
    ]
    if not rows:
        return
    given, scores = [comment for comment, _ in rows], [value for _, value in rows]
    on_topic = [comment.on_topic != "no" for comment in given]
    measures = {"auc": metrics.auc, "calibration_error": metrics.calibration_error}
    slices = [slice_of(comment) for comment in given]
    yield from metrics.ranked(SUITE, "", slices, scores, on_topic, measures)
    crossed = [
        f"{slice_} under {languages.get(comment.article_id or '', '?')}"
        for comment, slice_ in zip(given, slices, strict=True)
    ]
    yield from (
        figure
        for figure in metrics.ranked(SUITE, "", crossed, scores, on_topic, {"auc": metrics.auc})
        if "under" in figure.slice and "?" not in figure.slice
    )
    yield from metrics.ranked(
        SUITE, "off_topic_", slices, [-s for s in scores], [not on for on in on_topic],
        {"recall_at_5%": metrics.recall_at(0.05)},
    )  # fmt: skip
    threshold = policy.load().threshold("relevance")
    flagged = [value < threshold for value in scores]
    for name, wanted in (
        ("off_topic_flagged", "no"),
        ("article_flagged", "article"),
        ("thread_flagged", "thread"),
    ):
        chosen = [
            (slice_, hit)
            for comment, slice_, hit in zip(given, slices, flagged, strict=True)
            if comment.on_topic == wanted
        ]
        yield from shares(SUITE, name, chosen)
    generic = [
        (slice_of(comment), a.topic.generic)
        for comment, a in zip(comments, known, strict=True)
        if comment.on_topic == "generic"
    ]
    yield from shares(SUITE, "generic_found", generic)

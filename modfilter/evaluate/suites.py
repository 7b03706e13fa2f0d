"""Measures the judges on labelled comments, by language: each suite gives its figures."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from modfilter import policy
from modfilter.evaluate.figures import Figure
from modfilter.pipeline import Judges
from modfilter.readers.labelled import LabelledComment
from modfilter.records import UNDETERMINED, Article

ALL = "all"
MIXED = "mixed"
PHENOMENON = "#"
"""What the slices of a phenomenon begin with: "#sarcasm"."""
FALSE_ALARMS_ALLOWED = 0.05
"""Recall is given at this share of false alarms, too: the queue that a moderator can bear."""


def slice_of(comment: LabelledComment) -> str:
    """Name the language slice of a comment: its one language, or "mixed"."""
    languages = comment.languages or ("unlabelled",)
    return MIXED if len(languages) > 1 else languages[0]


def language(
    judges: Judges, comments: Sequence[LabelledComment], _articles: Mapping[str, Article]
) -> Iterator[Figure]:
    """Main language right; mixed comments seen as mixed; false mixtures; precision of each language."""
    labelled = [comment for comment in comments if comment.languages]
    mixes = judges.language([comment.text for comment in labelled])
    right = [mix.main in (c.languages or ())[:2] for c, mix in zip(labelled, mixes, strict=True)]
    slices = [slice_of(comment) for comment in labelled]
    yield from _shares("language", "main_right", zip(slices, right, strict=True))
    for name, mixed in (("mixed_found", True), ("falsely_mixed", False)):
        rows = [
            (slice_, mix.is_mixed)
            for slice_, mix in zip(slices, mixes, strict=True)
            if (slice_ == MIXED) == mixed
        ]
        yield from _shares("language", name, rows)
    for tag in sorted({comment.languages[0] for comment in labelled if comment.languages}):
        named = [c.languages or () for c, mix in zip(labelled, mixes, strict=True) if mix.main == tag]
        if tag != UNDETERMINED and named:
            share = sum(tag in languages for languages in named) / len(named)
            yield Figure(suite="language", metric="precision", slice=tag, value=share, n=len(named))


def relevance(
    judges: Judges, comments: Sequence[LabelledComment], articles: Mapping[str, Article]
) -> Iterator[Figure]:
    """On topic told from off topic (AUC), and a comment's own article from others (share ranked first)."""
    rows = [
        comment
        for comment in comments
        if comment.on_topic in ("article", "no") and comment.article_id in articles
    ]
    scores: dict[str, dict[str, float]] = {}
    for article in articles.values():
        answers = judges.relevance(article, [comment.text for comment in rows])
        for comment, answer in zip(rows, answers, strict=True):
            assert answer.score is not None  # an article is given
            scores.setdefault(comment.id, {})[article.id] = answer.score.value
    own = [scores[comment.id][comment.article_id or ""] for comment in rows]
    yield from _ranked("relevance", rows, own, [comment.on_topic == "article" for comment in rows])
    on_topic = [
        (comment, value) for comment, value in zip(rows, own, strict=True) if comment.on_topic == "article"
    ]
    first = [
        (slice_of(c), value > max(score for key, score in scores[c.id].items() if key != c.article_id))
        for c, value in on_topic
    ]
    yield from _shares("relevance", "own_article_first", first)


def harms(
    judges: Judges, comments: Sequence[LabelledComment], _articles: Mapping[str, Article]
) -> Iterator[Figure]:
    """Each harm ranked (AUPRC, AUC), both errors at the default threshold, and recall at 5 % false alarms."""
    answers = judges.harms([comment.text for comment in comments])
    values = [{score.name: score.value for score in answer.scores} for answer in answers]
    for name in ("incitement", "identity_attack", "insult", "obscene"):
        rows = [
            (comment, value[name], bool(label))
            for comment, value in zip(comments, values, strict=True)
            for label in [comment.incites if name == "incitement" else getattr(comment, name)]
            if label is not None
        ]
        if rows:
            given, scores, labels = (list(column) for column in zip(*rows, strict=True))
            yield from _ranked("harms", given, scores, labels, f"{name}_")
            if name == "incitement":
                yield from _errors(given, scores, labels)
    staged = [
        (slice_of(c), c.stance is a.stance.label) for c, a in zip(comments, answers, strict=True) if c.stance
    ]
    yield from _shares("harms", "stance_right", staged)


SUITES: dict[str, Callable[[Judges, Sequence[LabelledComment], Mapping[str, Article]], Iterable[Figure]]] = {
    "language": language,
    "relevance": relevance,
    "harms": harms,
}


def _errors(
    comments: Sequence[LabelledComment], scores: Sequence[float], labels: Sequence[bool]
) -> Iterator[Figure]:
    """Misses and false alarms at the default policy's threshold, and by stance and phenomenon."""
    slices = [slice_of(comment) for comment in comments]
    rule = next(rule for rule in policy.load().rule if rule.score == "incitement")
    held = [score >= (rule.at_least or 1) for score in scores]
    for name, wanted in (("incitement_recall", True), ("incitement_false_alarms", False)):
        rows = [(s, h) for s, h, label in zip(slices, held, labels, strict=True) if label is wanted]
        yield from _shares("harms", name, rows)
        tagged = [
            (PHENOMENON + phenomenon, h)
            for comment, h, label in zip(comments, held, labels, strict=True)
            if label is wanted
            for phenomenon in comment.phenomena
        ]
        yield from _shares("harms", name, tagged, whole=False)
    stances = [
        (comment.stance.value, h)
        for comment, h, label in zip(comments, held, labels, strict=True)
        if comment.stance and not label
    ]
    yield from _shares("harms", "incitement_false_alarms", stances, whole=False)
    peaceful = sorted((s for s, label in zip(scores, labels, strict=True) if not label), reverse=True)
    if not peaceful:
        return
    threshold = peaceful[int(FALSE_ALARMS_ALLOWED * len(peaceful))]
    rows = [(s, v > threshold) for s, v, label in zip(slices, scores, labels, strict=True) if label]
    yield from _shares("harms", "incitement_recall_at_5%", rows)


def _shares(
    suite: str, metric: str, rows: Iterable[tuple[str, bool]], *, whole: bool = True
) -> Iterator[Figure]:
    """Give the share of hits among (slice, hit), over all (`whole`) and by slice."""
    groups: dict[str, list[bool]] = {}
    for slice_, hit in rows:
        for group in (ALL, slice_) if whole else (slice_,):
            groups.setdefault(group, []).append(hit)
    for slice_, hits in groups.items():
        yield Figure(suite=suite, metric=metric, slice=slice_, value=sum(hits) / len(hits), n=len(hits))


def _ranked(
    suite: str,
    comments: Sequence[LabelledComment],
    scores: Sequence[float],
    labels: Sequence[bool],
    prefix: str = "",
) -> Iterator[Figure]:
    """Give AUPRC and AUC, over all and by slice; a slice with one kind of label has neither."""
    from sklearn.metrics import average_precision_score, roc_auc_score

    slices = [slice_of(comment) for comment in comments]
    for slice_ in [ALL, *dict.fromkeys(slices)]:
        rows = [
            (score, label)
            for score, label, of in zip(scores, labels, slices, strict=True)
            if slice_ in (ALL, of)
        ]
        if len({label for _, label in rows}) == 2:
            values, truth = [row[0] for row in rows], [row[1] for row in rows]
            for metric, measure in (("auprc", average_precision_score), ("auc", roc_auc_score)):
                yield Figure(
                    suite=suite,
                    metric=prefix + metric,
                    slice=slice_,
                    value=float(measure(truth, values)),
                    n=len(rows),
                )

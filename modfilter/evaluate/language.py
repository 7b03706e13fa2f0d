"""How well languages are named: the main one, mixtures, words of mixed comments, short texts, and confidence."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from modfilter.evaluate.figures import Figure
from modfilter.evaluate.metrics import ALL, MIXED, calibration_error, shares, slice_of
from modfilter.readers.labelled import LabelledComment
from modfilter.records import UNDETERMINED, Assessment, LanguageMix
from modfilter.text import words

SUITE = "language"
LENGTHS = {1: "1_word", 2: "2_words", 4: "4_words"}
"""Runs of so many words, cut out of comments in one language."""
_RUNS = 2
"""Runs of each length cut out of one comment: its first ones and its last."""

Identify = Callable[[Sequence[str]], list[LanguageMix]]


def measure(
    comments: Sequence[LabelledComment], known: Sequence[Assessment], identify: Identify
) -> Iterator[Figure]:
    """Measure whole comments, then the words of mixed ones, then short runs of words cut out of the others."""
    rows = [(c, a.languages) for c, a in zip(comments, known, strict=True) if c.languages]
    slices = [UNDETERMINED if c.languages == (UNDETERMINED,) else slice_of(c) for c, _ in rows]
    right = [mix.main in (c.languages or ())[:2] for c, mix in rows]
    yield from shares(SUITE, "main_right", zip(slices, right, strict=True))
    for name, mixed in (("mixed_found", True), ("falsely_mixed", False)):
        chosen = [
            (slice_, mix.is_mixed)
            for slice_, (c, mix) in zip(slices, rows, strict=True)
            if (len(c.languages or ()) > 1) == mixed
        ]
        yield from shares(SUITE, name, chosen)
    named = [(c.languages[0], mix.main) for c, mix in rows if c.languages and len(c.languages) == 1]
    yield from _by_language("", named)
    yield from _confusions(named)
    yield from _calibration(slices, right, [mix for _, mix in rows])
    yield from _words([(c, mix) for c, mix in rows if c.spans])
    for length, name in LENGTHS.items():
        cut = [run for c, _ in rows for run in runs(c, length)]
        mixes = identify([text for text, _ in cut])
        yield from _by_language(
            f"_{name}", [(tag, mix.main) for (_, tag), mix in zip(cut, mixes, strict=True)]
        )


def _by_language(suffix: str, named: Sequence[tuple[str, str]]) -> Iterator[Figure]:
    """Give precision, recall and F1 of each language that is among the labels, from (label, answer)."""
    labels, answers, hits = (
        Counter(pairs)
        for pairs in (
            [label for label, _ in named],
            [answer for _, answer in named],
            [label for label, answer in named if label == answer],
        )
    )
    for tag, n in sorted(labels.items()):
        recall, precision = hits[tag] / n, hits[tag] / max(1, answers[tag])
        f1 = 2 * hits[tag] / (n + answers[tag])
        for metric, value in (("precision", precision), ("recall", recall), ("f1", f1)):
            yield Figure(suite=SUITE, metric=metric + suffix, slice=tag, value=value, n=n)


def _confusions(named: Sequence[tuple[str, str]]) -> Iterator[Figure]:
    """Give the share of a language's comments that were taken for another, where it is one in a hundred or more."""
    labels = Counter(label for label, _ in named)
    for (label, answer), n in Counter(named).most_common():
        if label != answer and n / labels[label] >= 0.01:
            yield Figure(
                suite=SUITE,
                metric=f"taken_for_{answer}",
                slice=label,
                value=n / labels[label],
                n=labels[label],
            )


def _calibration(
    slices: Sequence[str], right: Sequence[bool], mixes: Sequence[LanguageMix]
) -> Iterator[Figure]:
    """Compare confidence with how often the main language was right, where one was named."""
    import numpy as np

    for slice_ in [ALL, *dict.fromkeys(slices)]:
        here = [i for i, name in enumerate(slices) if mixes[i].mix and slice_ in (ALL, name)]
        if here:
            error = calibration_error(
                np.array([right[i] for i in here]), np.array([mixes[i].confidence for i in here])
            )
            yield Figure(suite=SUITE, metric="calibration_error", slice=slice_, value=error, n=len(here))


def _words(rows: Sequence[tuple[LabelledComment, LanguageMix]]) -> Iterator[Figure]:
    """Give the F1 of each language over the words of mixed comments, and their mean by words (MIXED)."""
    named = [pair for comment, mix in rows for pair in word_labels(comment, mix)]
    if named:
        figures = [f for f in _by_language("_of_words", named) if f.metric == "f1_of_words"]
        yield from figures
        mean = sum(f.value * f.n for f in figures) / len(named)
        yield Figure(suite=SUITE, metric="f1_of_words", slice=MIXED, value=mean, n=len(named))


def word_labels(comment: LabelledComment, mix: LanguageMix) -> Iterator[tuple[str, str]]:
    """Give (label, answer) for each word of a mixed comment that has a language."""
    given = [(span.start, span.end, span.language) for span in mix.spans] or [
        (0, len(comment.text), mix.main)
    ]
    for word in words(comment.text):
        label, answer = (_at(word.start, spans) for spans in (comment.spans or (), given))
        if label and label != UNDETERMINED:
            yield label, answer or UNDETERMINED


def _at(place: int, spans: Sequence[tuple[int, int, str]]) -> str | None:
    return next((language for start, end, language in spans if start <= place < end), None)


def runs(comment: LabelledComment, length: int) -> Iterator[tuple[str, str]]:
    """Cut runs of so many words out of a comment in one language, from its beginning and its end."""
    languages = comment.languages or ()
    found = words(comment.text)
    if len(languages) == 1 and languages[0] != UNDETERMINED and len(found) > length * _RUNS:
        for run in (found[:length], found[-length:]):
            yield comment.text[run[0].start : run[-1].end], languages[0]

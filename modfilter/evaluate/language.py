"""How well languages are named: the main one, mixtures, and each language's precision."""

from collections.abc import Iterator, Sequence

from modfilter.evaluate.figures import Figure
from modfilter.evaluate.metrics import MIXED, shares
from modfilter.readers.labelled import LabelledComment
from modfilter.records import UNDETERMINED, Assessment

SUITE = "language"


def measure(comments: Sequence[LabelledComment], known: Sequence[Assessment]) -> Iterator[Figure]:
    """Main language right; mixed comments seen as mixed; false mixtures; precision of each language."""
    rows = [(c, a.languages) for c, a in zip(comments, known, strict=True) if c.languages]
    slices = [MIXED if len(c.languages or ()) > 1 else (c.languages or ("",))[0] for c, _ in rows]
    right = [mix.main in (c.languages or ())[:2] for c, mix in rows]
    yield from shares(SUITE, "main_right", zip(slices, right, strict=True))
    for name, mixed in (("mixed_found", True), ("falsely_mixed", False)):
        chosen = [
            (slice_, mix.is_mixed)
            for slice_, (_, mix) in zip(slices, rows, strict=True)
            if (slice_ == MIXED) == mixed
        ]
        yield from shares(SUITE, name, chosen)
    for tag in sorted({(c.languages or ("",))[0] for c, _ in rows}):
        named = [c.languages or () for c, mix in rows if mix.main == tag]
        if tag != UNDETERMINED and named:
            share = sum(tag in languages for languages in named) / len(named)
            yield Figure(suite=SUITE, metric="precision", slice=tag, value=share, n=len(named))

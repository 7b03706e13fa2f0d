"""From what the encoder says to a stance, scores, and the words that led to them."""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from modfilter.bundle import Bundle
from modfilter.encoder import Encode, Encoded
from modfilter.harms.calibration import HARMS, HEADS, INCITING, Calibration, group_of, load_calibration
from modfilter.harms.evidence import Deciding, Window
from modfilter.harms.terms import Terms, load_terms
from modfilter.reading import Reading
from modfilter.records import EVIDENCE_FROM, Evidence, LanguageMix, Score, Stance, StanceLabel

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

_LABELS = list(StanceLabel)


class Harms(NamedTuple):
    """What the harm judge says of one comment."""

    stance: Stance
    scores: tuple[Score, ...]


class HarmJudge:
    """Judges the stance towards violence, and identity attack, insult, obscenity and spam."""

    def __init__(self, calibration: Calibration, terms: Terms) -> None:
        self._calibration = calibration
        self._deciding = Deciding(terms)

    def __call__(
        self,
        readings: Sequence[Reading],
        languages: Sequence[LanguageMix],
        encoded: Encoded,
        encode: Encode,
    ) -> list[Harms]:
        """Judge comments whose windows, in order, were `encoded`; `encode` reads what evidence needs: the student."""
        starts = _starts(readings)
        groups = [
            group
            for reading, mix in zip(readings, languages, strict=True)
            for group in [group_of(mix)] * len(reading.windows)
        ]
        stances, harms = self._calibration(encoded.stances, encoded.harms, groups)
        worst = [_worst(stances, harms, range(start, stop)) for start, stop in pairwise(starts)]
        evidence = self._evidence(readings, starts, worst, encoded, encode)
        return [
            Harms(
                each.stance,
                tuple(
                    Score(name=head, value=value, evidence=(known[head],) if head in known else ())
                    for head, value in zip(HEADS, each.values, strict=True)
                ),
            )
            for each, known in zip(worst, evidence, strict=True)
        ]

    def _evidence(
        self,
        readings: Sequence[Reading],
        starts: Sequence[int],
        worst: "Sequence[_Worst]",
        encoded: Encoded,
        encode: Encode,
    ) -> list[dict[str, Evidence]]:
        """Give for each comment the evidence of its scores that need some."""
        asked: dict[tuple[int, int], list[str]] = {}
        for place, each in enumerate(worst):
            for head, value, row in zip(HEADS, each.values, each.rows, strict=True):
                if value >= EVIDENCE_FROM and readings[place].folded.text.strip():
                    asked.setdefault((place, row), []).append(head)
        found: list[dict[str, Evidence]] = [{} for _ in readings]
        if asked:
            windows = [
                Window(
                    readings[place],
                    *readings[place].windows[row - starts[place]],
                    encoded.words(row),
                )
                for place, row in asked
            ]
            told = self._deciding(encode, [*zip(windows, asked.values(), strict=True)])
            for (place, _), evidence in zip(asked, told, strict=True):
                found[place].update(evidence)
        return found


class _Worst(NamedTuple):
    """The worst that any window of a comment says."""

    stance: Stance
    values: list[float]
    """One for each of HEADS."""
    rows: list[int]
    """The window that each comes from."""


def _starts(readings: Sequence[Reading]) -> list[int]:
    """Give the row of each comment's first window, and the number of all rows."""
    return [0, *accumulate(len(reading.windows) for reading in readings)]


def _worst(stances: "NDArray[float32]", harms: "NDArray[float32]", rows: range) -> _Worst:
    import numpy as np

    inciting = rows.start + int(stances[rows.start : rows.stop, :INCITING].sum(axis=1).argmax())
    stance = Stance.of(dict(zip(_LABELS, stances[inciting].tolist(), strict=True)))
    places = harms[rows.start : rows.stop].argmax(axis=0)
    values = harms[rows.start + places, np.arange(len(HARMS))].tolist()
    return _Worst(
        stance,
        [stance.incitement, *(round(value, 4) for value in values)],
        [inciting, *(rows.start + int(place) for place in places)],
    )


def load(folder: Path, tier: str) -> HarmJudge:
    """Load the model in `folder` for a tier; raise ModelError where it is not what was tested."""
    bundle = Bundle(folder)
    return HarmJudge(
        load_calibration(bundle.path(f"calibration.{tier}.json")), load_terms(bundle.path("terms.toml"))
    )

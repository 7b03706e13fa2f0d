"""From what the encoder says to a stance, scores, and the words that led to them."""

from collections.abc import Sequence
from functools import partial
from itertools import accumulate, pairwise
from pathlib import Path
from typing import NamedTuple

import msgspec

from modfilter.bundle import Bundle
from modfilter.encoder import Encoded
from modfilter.harms.calibration import HARMS, HEADS, Calibration, group_of, load_calibration
from modfilter.harms.evidence import Deciding, Window
from modfilter.harms.terms import Terms, load_terms
from modfilter.reading import Reading
from modfilter.records import EVIDENCE_FROM, INCITING, LanguageMix, Score, Stance, StanceLabel

_LABELS = list(StanceLabel)


class Harms(NamedTuple):
    """What the harm judge says of one comment."""

    stance: Stance
    scores: tuple[Score, ...]
    """One for each of HEADS."""
    windows: tuple[Window, ...] = ()
    """The window that each score comes from."""


class HarmJudge:
    """Judges the stance towards violence, and identity attack, insult, obscenity and spam."""

    def __init__(self, calibration: Calibration) -> None:
        self._calibration = calibration

    def __call__(
        self, readings: Sequence[Reading], languages: Sequence[LanguageMix], encoded: Encoded
    ) -> list[Harms]:
        """Judge comments whose windows, in order, were `encoded`."""
        starts = _starts(readings)
        groups = [
            group
            for reading, mix in zip(readings, languages, strict=True)
            for group in [group_of(mix)] * len(reading.windows)
        ]
        stances, harms = self._calibration(encoded.stances, encoded.harms, groups)
        found = []
        said = (stances.tolist(), harms.tolist())
        for reading, (start, stop) in zip(readings, pairwise(starts), strict=True):
            worst = _worst(*said, range(start, stop))
            scores = tuple(
                Score(name=head, value=value) for head, value in zip(HEADS, worst.values, strict=True)
            )
            windows = {
                row: Window(reading, *reading.windows[row - start], partial(encoded.shares, row))
                for row in set(worst.rows)
            }
            found.append(Harms(worst.stance, scores, tuple(windows[row] for row in worst.rows)))
        return found


class Explainer:
    """Adds the deciding words to scores that need evidence."""

    def __init__(self, terms: Terms) -> None:
        self._deciding = Deciding(terms)

    def __call__(self, judged: Sequence[Harms]) -> list[Harms]:
        """Give the same judgements, with evidence for each score of EVIDENCE_FROM or more."""
        return [self._explained(harms) for harms in judged]

    def _explained(self, harms: Harms) -> Harms:
        asked: dict[int, tuple[Window, list[str]]] = {}
        for score, window in zip(harms.scores, harms.windows, strict=False):
            if score.value >= EVIDENCE_FROM and window.text.strip():
                asked.setdefault(window.start, (window, []))[1].append(score.name)
        if not asked:
            return harms
        known = {
            evidence.score: evidence
            for window, scores in asked.values()
            for evidence in self._deciding(window, scores)
        }
        return harms._replace(
            scores=tuple(
                msgspec.structs.replace(score, evidence=(known[score.name],))
                if score.name in known
                else score
                for score in harms.scores
            )
        )


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


def _worst(stances: list[list[float]], harms: list[list[float]], rows: range) -> _Worst:
    """Choose for each score the window that says most; `stances` and `harms` are those of all windows."""
    if len(rows) == 1:  # nearly every comment
        inciting, places = rows[0], [rows[0]] * len(HARMS)
    else:
        inciting = max(rows, key=lambda row: sum(stances[row][:INCITING]))
        places = [max(rows, key=lambda row: harms[row][harm]) for harm in range(len(HARMS))]
    stance = Stance.of(dict(zip(_LABELS, stances[inciting], strict=True)))
    values = [round(harms[row][harm], 4) for harm, row in enumerate(places)]
    return _Worst(stance, [stance.incitement, *values], [inciting, *places])


def load(folder: Path, tier: str) -> HarmJudge:
    """Load the model in `folder` for a tier; raise ModelError where it is not what was tested."""
    return HarmJudge(load_calibration(Bundle(folder).path(f"calibration.{tier}.json")))


def load_explainer(folder: Path) -> Explainer:
    """Load what finds the deciding words; raise ModelError as above."""
    return Explainer(load_terms(Bundle(folder).path("terms.toml")))

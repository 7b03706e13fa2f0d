"""From what the encoder says to a stance, scores, and the words that led to them."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from modfilter.bundle import Bundle
from modfilter.encoder import Encode, Encoded
from modfilter.harms.calibration import HARMS, HEADS, Calibration, group_of, load_calibration
from modfilter.harms.evidence import Deciding, Window, head_logits
from modfilter.harms.terms import Terms, load_terms
from modfilter.reading import Reading
from modfilter.records import EVIDENCE_FROM, Evidence, LanguageMix, Score, Stance, StanceLabel

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
        """Judge comments whose windows, in order, were `encoded`; `encode` reads what evidence needs."""
        groups = [
            group
            for reading, mix in zip(readings, languages, strict=True)
            for group in [group_of(mix)] * len(reading.windows)
        ]
        stances, harms = self._calibration(encoded.stances, encoded.harms, groups)
        logits = head_logits(encoded)
        answers: list[tuple[Stance, list[float], list[int]]] = []
        first = 0
        for reading in readings:
            rows = range(first, first + len(reading.windows))
            first = rows.stop
            answers.append(_worst(stances, harms, rows))
        asked: dict[tuple[int, int], list[str]] = {}
        for place, (_, values, worst) in enumerate(answers):
            for head, value, row in zip(HEADS, values, worst, strict=True):
                if value >= EVIDENCE_FROM and readings[place].folded.text.strip():
                    asked.setdefault((place, row), []).append(head)
        starts = _starts(readings)
        windows = [
            Window(
                readings[place],
                *readings[place].windows[row - starts[place]],
                encoded.words(row),
                logits[row],
            )
            for place, row in asked
        ]
        found = self._deciding(encode, [*zip(windows, asked.values(), strict=True)])
        evidence: dict[int, dict[str, Evidence]] = {}
        for (place, _), each in zip(asked, found, strict=True):
            evidence.setdefault(place, {}).update(each)
        return [
            Harms(
                stance,
                tuple(
                    Score(name=head, value=value, evidence=(known[head],) if head in known else ())
                    for head, value in zip(HEADS, values, strict=True)
                ),
            )
            for place, (stance, values, _) in enumerate(answers)
            for known in [evidence.get(place, {})]
        ]


def _starts(readings: Sequence[Reading]) -> list[int]:
    """Give the row of each comment's first window."""
    starts = [0]
    for reading in readings:
        starts.append(starts[-1] + len(reading.windows))
    return starts


def _worst(stances: "object", harms: "object", rows: range) -> tuple[Stance, list[float], list[int]]:
    """Give the stance of the worst window, the worst value of each score, and the row it comes from."""
    incites = [float(stances[row, :3].sum()) for row in rows]  # type: ignore[index]
    worst = [rows[max(range(len(rows)), key=incites.__getitem__)]]
    stance = Stance.of(dict(zip(_LABELS, map(float, stances[worst[0]]), strict=True)))  # type: ignore[index]
    values = [stance.incitement]
    for column in range(len(HARMS)):
        row = max(rows, key=lambda r: harms[r, column])  # type: ignore[index]
        worst.append(row)
        values.append(round(float(harms[row, column]), 4))  # type: ignore[index]
    return stance, values, worst


def load(folder: Path, tier: str) -> HarmJudge:
    """Load the model in `folder` for a tier; raise ModelError where it is not what was tested."""
    bundle = Bundle(folder)
    return HarmJudge(
        load_calibration(bundle.path(f"calibration.{tier}.json")), load_terms(bundle.path("terms.toml"))
    )

"""Fits the calibration of both tiers on dev, and chooses the bands in which the fast tier asks the deep one.

python scripts/calibrate.py          (a minute; run it after each training of an encoder)

Writes models/harms/calibration.fast.json, calibration.deep.json and bands.json, and prints the thresholds at
which the default policy would have 2 % false alarms on dev.
"""

import json
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

import encoder_tasks as tasks
from modfilter import encoder, language, student
from modfilter.encoder import Encode, Side
from modfilter.harms import load_unmasker
from modfilter.harms.calibration import GROUPS, HEADS, group_of
from modfilter.harms.evidence import head_logits
from modfilter.readers.labelled import LabelledComment
from modfilter.text import fold
from publish import OWN_CORPUS, publish

FOLDER = Path("models/harms")
PRIOR = 60.0
"""A group's own shift counts as much as the common one where the group has this many comments."""


def sides(rows: list[LabelledComment]) -> list[Side]:
    """Give comments as the encoders read them."""
    unmask = load_unmasker(FOLDER / "words.json")
    text_of = {row.id: row.text for row in rows}
    return [
        Side(
            fold(row.text, unmask).text,
            fold(text_of[row.parent_id], unmask).text if row.parent_id in text_of else None,
        )
        for row in rows
    ]


def labels_of(rows: list[LabelledComment], head: str) -> np.ndarray:
    """Give 1, 0 or -1 (not said)."""
    values = [row.incites if head == "incitement" else getattr(row, head) for row in rows]
    return np.array([-1 if value is None else int(value) for value in values])


def fit(
    logits: np.ndarray, rows: list[LabelledComment], groups: np.ndarray
) -> dict[str, dict[str, dict[str, float]]]:
    """Fit a slope for each score, and a shift for each score in each group, drawn to the common one."""
    table: dict[str, dict[str, dict[str, float]]] = {}
    for column, head in enumerate(HEADS):
        truth = labels_of(rows, head)
        known = truth >= 0
        common = LogisticRegression(C=1e3).fit(logits[known, column : column + 1], truth[known])
        slope, shift = float(common.coef_[0, 0]), float(common.intercept_[0])
        table[head] = {}
        for group in GROUPS:
            here = known & (groups == group)
            own = shift
            if here.sum() >= 30 and 0 < truth[here].sum() < here.sum():
                for _ in range(50):  # Newton's method for the one shift
                    p = 1 / (1 + np.exp(-(slope * logits[here, column] + own)))
                    own += float((truth[here] - p).sum() / max(1e-3, (p * (1 - p)).sum()))
                trust = here.sum() / (here.sum() + PRIOR)
                own = trust * own + (1 - trust) * shift
            table[head][group] = {"slope": round(slope, 4), "shift": round(own, 4)}
    return table


def main() -> None:
    rows = tasks.threads("dev")
    mixes = language.load(Path("models/language"))([row.text for row in rows])
    groups = np.array([group_of(mix) for mix in mixes])
    encoders: dict[str, Encode] = {
        "fast": student.load(Path("models/student")), "deep": encoder.load(Path("models/encoder"), threads=2),
    }  # fmt: skip
    values = {}
    for tier, encode in encoders.items():
        logits = head_logits(encode(sides(rows)))
        table = fit(logits, rows, groups)
        (FOLDER / f"calibration.{tier}.json").write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
        slopes = np.array([[table[head][group]["slope"] for head in HEADS] for group in groups])
        shifts = np.array([[table[head][group]["shift"] for head in HEADS] for group in groups])
        values[tier] = 1 / (1 + np.exp(-(slopes * logits + shifts)))
        for column, head in enumerate(HEADS):
            truth = labels_of(rows, head)
            peaceful = np.sort(values[tier][truth == 0, column])[::-1]
            at = [round(float(peaceful[int(share * len(peaceful))]), 3) for share in (0.01, 0.02, 0.05)]
            print(f"{tier} {head}: thresholds at 1, 2 and 5 % false alarms {at}")
    bands = choose_bands(values["fast"], values["deep"])
    (FOLDER / "bands.json").write_text(json.dumps(bands) + "\n", encoding="utf-8")
    publish(FOLDER, [OWN_CORPUS | {"name": "fixtures/corpus/dev"}])


LOST = 0.02
"""Of the comments that the deep tier would score at 0.3 or more, this share may stay with the fast tier."""


def choose_bands(fast: np.ndarray, deep: np.ndarray) -> dict[str, tuple[float, float]]:
    """Choose for each score the lowest fast value from which the deep tier is asked."""
    bands = {}
    for column, head in enumerate(HEADS):
        risky = np.sort(fast[deep[:, column] >= 0.3, column])
        low = float(risky[int(LOST * len(risky))]) if len(risky) else 0.3
        bands[head] = (round(low, 4), 1.01)
        print(f"{head}: asked from {low:.3f}; {(fast[:, column] >= low).mean():.0%} of dev")
    return bands


if __name__ == "__main__":
    main()

"""Fits the calibration of both tiers on dev, and chooses the bands in which the fast tier asks the deep one.

python scripts/calibrate.py          (a minute; run it after each training of an encoder)

Writes models/harms/calibration.fast.json, calibration.deep.json and bands.json, and prints the thresholds at
which the default policy would have 2 % false alarms on dev.
"""

import json
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score

import encoder_tasks as tasks
from modfilter import encoder, language, student
from modfilter import policy as policies
from modfilter.encoder import Encode
from modfilter.harms import load_unmasker
from modfilter.harms.calibration import GROUPS, HEADS, group_of
from modfilter.harms.evidence import head_logits
from modfilter.readers.labelled import LabelledComment
from publish import OWN_CORPUS, publish

FOLDER = Path("models/harms")
PRIOR = 60.0
"""A group's own shift counts as much as the common one where the group has this many comments."""


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
    sides = tasks.sides(tasks.own(rows), load_unmasker(FOLDER / "words.json"))
    mixes = language.load(Path("models/language"))([row.text for row in rows])
    groups = np.array([group_of(mix) for mix in mixes])
    quick = student.load(Path("models/student"))
    encoders: dict[str, Encode] = {
        "fast": quick,
        "deep": student.Seconded(encoder.load(Path("models/encoder"), threads=2), quick),
    }
    values = {}
    for tier, encode in encoders.items():
        logits = head_logits(encode(sides))
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
    bands = choose_bands(values["fast"], values["deep"], rows)
    (FOLDER / "bands.json").write_text(json.dumps(bands) + "\n", encoding="utf-8")
    publish(FOLDER, [OWN_CORPUS | {"name": "fixtures/corpus/dev"}])


WRONG = 0.003
"""The share of dev on which the fast tier may decide otherwise than the deep one, on each side of a score's band."""
RANKED_LOSS = 0.007
"""What `auto` may lose in AUPRC of incitement on dev against `deep`: the narrowest band that loses no more is taken."""


def choose_bands(
    fast: np.ndarray, deep: np.ndarray, rows: list[LabelledComment]
) -> dict[str, tuple[float, float]]:
    """Choose for each score the band of fast values in which the deep tier could decide otherwise."""
    bands = {}
    grid = np.round(np.arange(0.02, 1.02, 0.01), 2)
    policy = policies.load()
    for column, head in enumerate(HEADS):
        held = deep[:, column] >= policy.threshold(head)
        low_enough = [g for g in grid if ((fast[:, column] < g) & held).mean() <= WRONG]
        high_enough = [g for g in grid if ((fast[:, column] >= g) & ~held).mean() <= WRONG]
        bands[head] = (float(max(low_enough)), float(min(high_enough)))
    truth = labels_of(rows, "incitement")
    goal = average_precision_score(truth, deep[:, 0]) - RANKED_LOSS
    wide = [
        (asked.mean(), float(low), float(high))
        for low in grid[grid <= bands["incitement"][0]]
        for high in grid[grid >= bands["incitement"][1]]
        for asked in [(fast[:, 0] >= low) & (fast[:, 0] < high)]
        if average_precision_score(truth, np.where(asked, deep[:, 0], fast[:, 0])) >= goal
    ]
    bands["incitement"] = min(wide)[1:]
    for column, (head, (low, high)) in enumerate(bands.items()):
        asked = (fast[:, column] >= low) & (fast[:, column] < high)
        print(f"{head}: asked from {low} to {high}, {asked.mean():.0%} of dev")
    return bands


if __name__ == "__main__":
    main()

"""Pins the quality of the shipped models: writes the figures of dev, a little below what was measured, as floors.

python scripts/pin_floors.py [--allow-lower]

A floor may rise; lowering one is refused without --allow-lower, and needs its reason in CHANGELOG.md.
"""

import argparse
import math
import sys
import tomllib
from pathlib import Path

from modfilter.evaluate import SUITES, Figure, evaluate_shipped
from modfilter.pipeline import load_judges

MARGIN = 0.01
"""For the rounding of other machines."""
LEAST = 40
"""Comments that a figure must rest on: a smaller slice moves more by one comment than by a better model."""
HIGH = {
    "language": ("main_right", "mixed_found", "precision"),
    "relevance": ("auc", "off_topic_recall_at_5%", "generic_found"),
    "harms": (
        "incitement_auprc", "incitement_recall", "incitement_recall_at_2%", "incitement_indirect_auprc",
        "incitement_context_auprc", "stance_right", "contrast_sets_right", "stance_macro_f1", "identity_attack_auprc",
        "insult_auprc", "obscene_auprc", "spam_auprc",
    ),
}  # fmt: skip
LOW = {
    "language": ("falsely_mixed",),
    "relevance": ("calibration_error", "article_flagged", "thread_flagged"),
    "harms": ("incitement_false_alarms", "incitement_calibration_error"),
}
LANGUAGES = ("all", "sn", "mixed", "en", "nd", "reports", "condemns", "counters", "figurative", "none")
SETS = """sets = [
  "fixtures/corpus/dev",
  "fixtures/starter/dev.jsonl",
  "fixtures/threads/labels",
]
articles = ["fixtures/corpus/articles.jsonl", "fixtures/threads/articles.jsonl"]

# Pinned by scripts/pin_floors.py a hundredth under (or over) what was measured, for the rounding of other machines.
# They may rise; lowering one needs a reason in CHANGELOG.md.
"""


def pinned(figure: Figure) -> str | None:
    """Give the floor of a figure, or None for one that is not pinned."""
    if figure.slice not in LANGUAGES or figure.n < LEAST:
        return None
    if figure.metric in HIGH[figure.suite]:
        bound = f"at_least = {math.floor((figure.value - MARGIN) * 100) / 100:.2f}"
    elif figure.metric in LOW[figure.suite]:
        bound = f"at_most = {math.ceil((figure.value + MARGIN) * 100) / 100:.2f}"
    else:
        return None
    return f'\n[[floor]]\nmetric = "{figure.metric}"\nslice = "{figure.slice}"\n{bound}\n'


def lowered(old: str, new: str) -> list[str]:
    """Name the floors of `old` that are weaker in `new`, or gone."""
    now = {(f["metric"], f["slice"]): f for f in tomllib.loads(new).get("floor", ())}
    said = []
    for floor in tomllib.loads(old).get("floor", ()):
        other = now.get((floor["metric"], floor["slice"]), {})
        if floor.get("at_least", -1) > other.get("at_least", -1) or floor.get("at_most", 9) < other.get(
            "at_most", 9
        ):
            said.append(f"{floor} -> {other or 'gone'}")
    return said


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--allow-lower", action="store_true")
    options = parser.parse_args()
    root = Path("models")
    old = {suite: (root / suite / "floors.toml").read_text(encoding="utf-8") for suite in SUITES}
    for suite in SUITES:
        (root / suite / "floors.toml").write_text(SETS, encoding="utf-8")
    figures, _ = evaluate_shipped(load_judges(), root, SUITES, Path())
    worse = []
    for suite in SUITES:
        new = SETS + "".join(filter(None, (pinned(figure) for figure in figures if figure.suite == suite)))
        worse += [f"{suite}: {fall}" for fall in lowered(old[suite], new)]
        (root / suite / "floors.toml").write_text(new, encoding="utf-8")
    print("\n".join(worse))
    if worse and not options.allow_lower:
        for suite, text in old.items():
            (root / suite / "floors.toml").write_text(text, encoding="utf-8")
        sys.exit(
            "nothing was pinned: some floors would be lower (--allow-lower, with a reason in CHANGELOG.md)"
        )


if __name__ == "__main__":
    main()

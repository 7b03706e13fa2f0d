"""Fits how sure the language judge is, on dev: whole comments, and runs of one, two and four words cut out of them.

python scripts/calibrate_language.py          (half a minute; run it after each training of the identifier)

Writes models/language/confidence.json, and prints figures for other costs of a switch and weights of letters.
"""

import itertools
from pathlib import Path

import msgspec
import numpy as np
from sklearn.linear_model import LogisticRegression

from encoder_tasks import threads
from modfilter import language
from modfilter.evaluate.language import LENGTHS, runs, word_labels
from modfilter.language import judge, spans
from modfilter.readers.labelled import LabelledComment
from modfilter.text import words
from publish import pin

FOLDER = Path("models/language")


def fitted(identify: language.LanguageJudge, rows: list[LabelledComment]) -> judge.Confidence:
    """Fit how often an answer is right to what the identifier says, and to the number of words (Platt 1999)."""
    cut = [(row.text, (row.languages or ())[:2]) for row in rows]
    cut += [(text, (tag,)) for length in LENGTHS for row in rows for text, tag in runs(row, length)]
    mixes = identify([text for text, _ in cut])
    known = [(text, tags, mix) for (text, tags), mix in zip(cut, mixes, strict=True) if mix.mix]
    chances = np.clip([mix.confidence for *_, mix in known], 1e-4, 1 - 1e-4)
    features = np.column_stack(
        [np.log(chances / (1 - chances)), np.log([len(words(text)) for text, *_ in known])]
    )
    model = LogisticRegression(C=1e3).fit(features, [mix.main in tags for _, tags, mix in known])
    slope, per_word = (round(float(value), 4) for value in model.coef_[0])
    return judge.Confidence(slope=slope, per_word=per_word, shift=round(float(model.intercept_[0]), 4))


def main() -> None:
    rows = [row for row in threads("dev") if row.languages and row.languages != ("und",)]
    path = FOLDER / "confidence.json"
    path.write_bytes(msgspec.json.encode(judge.Confidence()) + b"\n")
    pin(FOLDER)
    identify = language.load(FOLDER)
    path.write_bytes(msgspec.json.encode(fitted(identify, rows)) + b"\n")
    pin(FOLDER)
    print(path.read_text().strip())
    for cost, weight in itertools.product((0.5, 0.7, 1.0, 1.5, 2.5), (0.5, 1.0, 2.0, 4.0)):
        spans.SWITCH_COST, judge.LETTERS = cost, weight
        mixes = identify([row.text for row in rows])
        main_right = np.mean(
            [mix.main in (row.languages or ())[:2] for row, mix in zip(rows, mixes, strict=True)]
        )
        mixed = [(row, mix) for row, mix in zip(rows, mixes, strict=True) if row.spans]
        labels = [pair for row, mix in mixed for pair in word_labels(row, mix)]
        found = np.mean([mix.is_mixed for _, mix in mixed])
        falsely = np.mean([mix.is_mixed for row, mix in zip(rows, mixes, strict=True) if not row.spans])
        print(
            f"a switch costs {cost}, letters weigh {weight}: main right {main_right:.4f}, words of mixed comments"
            f" {np.mean([label == answer for label, answer in labels]):.4f}, mixed found {found:.3f}, falsely"
            f" {falsely:.3f}"
        )


if __name__ == "__main__":
    main()

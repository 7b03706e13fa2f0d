"""How much should the student say in the deep tier? AUPRC on dev by the weight of its logits.

python scripts/weigh_voices.py
"""

from pathlib import Path

from sklearn.metrics import average_precision_score

import encoder_tasks as tasks
from calibrate import labels_of
from modfilter import encoder, student
from modfilter.harms import load_unmasker
from modfilter.harms.calibration import HEADS
from modfilter.harms.evidence import head_logits

WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0)


def main() -> None:
    rows = tasks.threads("dev")
    given = tasks.sides(tasks.own(rows), load_unmasker(Path("models/harms/words.json")))
    deep = head_logits(encoder.load(Path("models/encoder"), threads=2)(given))
    fast = head_logits(student.load(Path("models/student"))(given))
    print(f"{'weight':16}" + "".join(f"{weight:8}" for weight in WEIGHTS) + "    student alone")
    for column, head in enumerate(HEADS):
        truth = labels_of(rows, head)
        known = truth >= 0
        voices = [deep[:, column] + weight * fast[:, column] for weight in WEIGHTS] + [fast[:, column]]
        cells = [f"{average_precision_score(truth[known], voice[known]):8.3f}" for voice in voices]
        print(f"{head:16}" + "".join(cells))


if __name__ == "__main__":
    main()

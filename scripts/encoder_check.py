"""Says how good an encoder is on labelled threads, in one line: for watching a training, not for reports."""

import numpy as np
import torch
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

import encoder_tasks as tasks
from encoder_batches import Batcher
from encoder_model import Encoder
from modfilter.readers.labelled import LabelledComment

INDIRECT = set("sarcasm rhetorical proverb conditional wish coded veiled context-only".split())


@torch.no_grad()
def measure(encoder: Encoder, batcher: Batcher, rows: list[LabelledComment]) -> str:
    """Give AUPRC of incitement by language and of the indirect kinds, of the other harms, and more."""
    encoder.eval()
    examples = tasks.own(rows)
    order = sorted(range(len(rows)), key=lambda i: len(rows[i].text))
    rows, examples = [rows[i] for i in order], [examples[i] for i in order]
    probabilities, harms, topics = [], [], []
    for start in range(0, len(examples), 64):
        answers = encoder(*batcher.rows([(e.text, e.answers) for e in examples[start : start + 64]]))
        probabilities.append(answers.stance.softmax(1))
        harms.append(answers.harms.sigmoid())
        topics.append(answers.topic.softmax(1))
    encoder.train()
    stance, harm, topic = (torch.cat(part).numpy() for part in (probabilities, harms, topics))
    incites = stance[:, :3].sum(1)
    truth = np.array([e.incites for e in examples])
    told = [f"incitement {average_precision_score(truth, incites):.3f}"]
    groups = np.array(
        ["mixed" if len(row.languages or ()) > 1 else (row.languages or ("und",))[0] for row in rows]
    )
    for group in ("sn", "mixed", "en", "nd"):
        here = groups == group
        if truth[here].any():
            told.append(f"{group} {average_precision_score(truth[here], incites[here]):.3f}")
    for name, tags in (("indirect", INDIRECT), ("context", {"context-only"})):
        here = (truth == 0) | np.array([bool(tags & set(row.phenomena)) for row in rows])
        told.append(f"{name} {average_precision_score(truth[here], incites[here]):.3f}")
    order = np.sort(incites[truth == 0])[::-1]
    told.append(f"recall@2% {(incites[truth == 1] > order[int(0.02 * len(order))]).mean():.3f}")
    told.append(f"stanceF1 {f1_score([e.stance for e in examples], stance.argmax(1), average='macro'):.3f}")
    for column, name in enumerate(tasks.HARMS):
        labels = np.array([e.harms[column] for e in examples])
        known = labels >= 0
        told.append(f"{name} {average_precision_score(labels[known], harm[known, column]):.3f}")
    on = np.array([e.topic for e in examples])
    known = np.isin(on, (0, 1, 3))
    told.append(f"topicAUC {roc_auc_score(on[known] < 2, (topic[:, 0] + topic[:, 1])[known]):.3f}")
    return " ".join(told)

"""Says how good an encoder is on labelled threads, in one line: for watching a training, not for reports."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from scipy.special import softmax
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

import encoder_tasks as tasks
from encoder_batches import Batcher, side
from encoder_model import Encoder
from modfilter.encoder import load
from modfilter.readers.labelled import LabelledComment
from modfilter.reading import Side
from modfilter.text import Unmasker, fold

INDIRECT = set("sarcasm rhetorical proverb conditional wish coded veiled context-only".split())


@torch.no_grad()
def measure(encoder: Encoder, batcher: Batcher, rows: list[LabelledComment]) -> str:
    """Give the figures of an encoder in training."""
    encoder.eval()
    order = sorted(range(len(rows)), key=lambda i: len(rows[i].text))
    rows = [rows[i] for i in order]
    examples = tasks.own(rows)
    parts = []
    for start in range(0, len(examples), 64):
        answers = encoder(*batcher.rows([*map(side, examples[start : start + 64])]))
        parts.append((answers.stance, answers.harms, answers.topic))

    def vectors(texts: Sequence[str]) -> np.ndarray:
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        found = np.zeros((len(texts), 384), dtype=np.float32)
        for start in range(0, len(order), 64):
            places = order[start : start + 64]
            found[places] = encoder.meant(*batcher.rows([Side(texts[place]) for place in places])).numpy()
        return found

    told = figures(rows, *(torch.cat(part).numpy() for part in zip(*parts, strict=True)))
    told += f" {meaning_figures(rows, vectors)}"
    encoder.train()
    return told


def measure_published(folder: Path, unmask: Unmasker, rows: list[LabelledComment]) -> str:
    """Give the figures of the int8 encoder in a folder."""
    encoder = load(folder, threads=2)
    encoded = encoder(tasks.sides(tasks.own(rows), unmask))

    def vectors(texts: Sequence[str]) -> np.ndarray:
        return encoder([Side(fold(text, unmask).text) for text in texts]).vectors

    told = figures(rows, encoded.stances, encoded.harms, encoded.topics)
    return f"{told} {meaning_figures(rows, vectors)}"


def meaning_figures(rows: list[LabelledComment], vectors: Callable[[Sequence[str]], np.ndarray]) -> str:
    """Say how often a comment's gloss is nearest of all, and the AUC of its own article's title against others'."""
    glossed = [row for row in rows if row.gloss and row.languages != ("en",)]
    cosines = vectors([row.text for row in glossed]) @ vectors([row.gloss or "" for row in glossed]).T
    found = (cosines.argmax(axis=1) == np.arange(len(glossed))).mean()
    titles = {key: article["title"] for key, article in tasks.articles("dev").items()}
    on = [row for row in rows if row.on_topic == "article"]
    near = vectors([row.text for row in on]) @ vectors([*titles.values()]).T
    own = np.array([[row.article_id == key for key in titles] for row in on])
    return f"gloss@1 {found:.3f} titleAUC {roc_auc_score(own.ravel(), near.ravel()):.3f}"


def figures(rows: list[LabelledComment], stances: np.ndarray, harms: np.ndarray, topics: np.ndarray) -> str:
    """Give AUPRC of incitement by language and of the indirect kinds, of the other harms, and more, from logits."""
    examples = tasks.own(rows)
    stance, topic = softmax(stances, axis=1), softmax(topics, axis=1)
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
        told.append(f"{name} {average_precision_score(labels[known], harms[known, column]):.3f}")
    on = np.array([e.topic for e in examples])
    known = np.isin(on, (0, 1, 3))
    told.append(f"topicAUC {roc_auc_score(on[known] < 2, (topic[:, 0] + topic[:, 1])[known]):.3f}")
    return " ".join(told)

"""What texts mean, by the original multilingual-e5-small: what the vectors of our encoder are drawn to.

A text in another language is drawn to what its English means (Reimers & Gurevych 2020, "Making monolingual sentence
embeddings multilingual using knowledge distillation"): of English the original knows most.
"""

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

import encoder_tasks as tasks
from data import Data
from e5_weights import Source
from encoder_model import start
from encoder_tasks import Pair
from encoder_vocabulary import SEED, tokenizer_of
from modfilter.readers.labelled import LabelledComment

Vectors = Callable[[Sequence[str]], np.ndarray]
PUBLIC, NEWS, NEIGHBOURS = 6_000, 6_000, 4_000
"""English comments, Shona news sentences and short requests that are learned from besides."""
_LONGEST = 300
_AT_ONCE = 32


def original_vectors(source: Source) -> Vectors:
    """Give the original encoder, with all its layers and pieces and the prefix that it was trained with."""
    everything = [*range(len(source.pieces.pieces))]
    model, tokenizer = start(source.tensors, everything).eval(), tokenizer_of(source.pieces, everything)

    @torch.inference_mode()
    def vectors(texts: Sequence[str]) -> np.ndarray:
        ids = [
            [0, *tokenizer.encode(f"query: {text}", add_special_tokens=False).ids[:500], 2] for text in texts
        ]
        rows = np.zeros((len(texts), 384), dtype=np.float32)
        order = sorted(range(len(ids)), key=lambda place: len(ids[place]))
        for first in range(0, len(order), _AT_ONCE):
            places = order[first : first + _AT_ONCE]
            width = len(ids[places[-1]])
            tokens = torch.tensor([ids[place] + [1] * (width - len(ids[place])) for place in places])
            rows[places] = model.meant(tokens, torch.where(tokens == 1, -1, 0)).numpy()
        return rows

    return vectors


class Meanings:
    """Texts, each with the vector of what it means."""

    def __init__(self, texts: list[str], vectors: np.ndarray) -> None:
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        self._texts = [texts[place] for place in order]
        # All of e5's vectors lie close together, about 0.8 apart in cosine: without their mean they tell more.
        centred = vectors[order] - vectors.mean(axis=0)
        self._vectors = torch.from_numpy(centred / np.linalg.norm(centred, axis=1, keepdims=True))

    def draw(self, texts: int, rng: random.Random) -> tuple[list[str], Tensor]:
        """Draw texts of about one length, or half of the batch would be padding, and their meanings (texts, 384)."""
        first = rng.randrange(len(self._texts) - 6 * texts)
        places = rng.sample(range(first, first + 6 * texts), texts)
        return [self._texts[place] for place in places], self._vectors[places]


def meanings(data: Data, rows: list[LabelledComment], source: Source, work: Path) -> Meanings:
    """Ask the original what our texts mean (10 minutes); what it said once is kept in `work`."""
    pairs = [pair for pair in _pairs(data, rows) if pair.left.strip() and pair.right.strip()]
    english = [pair.right[:_LONGEST] for pair in pairs]
    kept = work / "meant.npz"
    known: dict[str, np.ndarray] = {}
    if kept.exists():
        with np.load(kept) as saved:
            known = dict(zip(saved["texts"].tolist(), saved["vectors"], strict=True))
    if new := [text for text in dict.fromkeys(english) if text not in known]:
        known |= dict(zip(new, original_vectors(source)(new), strict=True))
        np.savez(kept, texts=np.array([*known]), vectors=np.stack([*known.values()]))
    return Meanings([pair.left[:_LONGEST] for pair in pairs], np.stack([known[text] for text in english]))


def _pairs(data: Data, rows: list[LabelledComment]) -> list[Pair]:
    rng = random.Random(SEED)
    articles = [*tasks.articles("train").values()]
    english = [
        *(row.text for row in rows if row.languages == ("en",)),
        *(article["title"] for article in articles if article["language"] == "en"),
        *(s for article in articles if article["language"] == "en" for s in tasks.body_sentences(article)),
        *(example.text for example in rng.sample(tasks.public(data), PUBLIC)),
    ]
    others = rng.sample(data.lines("language/voa_shona", "sna"), NEWS)
    others += rng.sample(data.lines("language/injongo", "sna"), NEIGHBOURS // 2)
    others += [
        s for article in articles if article["language"] != "en" for s in tasks.body_sentences(article)
    ]
    return [*tasks.translations(data, rows), *(Pair(text, text) for text in (*english, *others))]

"""Turns examples into padded tensors, and types or disguises some of them as readers do."""

import random

import torch
from tokenizers import Tokenizer
from torch import Tensor

from augment import typed
from encoder_tasks import Example
from evade import evade
from modfilter.text import Unmasker, fold

OWN_TOKENS, OTHER_TOKENS = 96, 48
BATCH = 32
TYPED, DISGUISED = 0.12, 0.12
"""Shares of our own comments that are typed in a hurry, and that are disguised."""


class Batcher:
    """Turns texts, folded as they are when the filter reads them, into tensors."""

    def __init__(self, tokenizer: Tokenizer, unmask: Unmasker) -> None:
        self._tokenizer = tokenizer
        self._unmask = unmask

    def ids(self, text: str, most: int) -> list[int]:
        """Give at most `most` pieces of a text, folded."""
        folded = fold(text, self._unmask).text
        return self._tokenizer.encode(folded, add_special_tokens=False).ids[:most] or [3]

    def rows(self, given: list[tuple[str, str | None]]) -> tuple[Tensor, Tensor]:
        """Give tokens and sides (n, t) of texts, each with what it answers."""
        lines = []
        for text, answers in given:
            mine = [0, *self.ids(text, OWN_TOKENS), 2]
            other = [*self.ids(answers, OTHER_TOKENS), 2] if answers else []
            lines.append((mine + other, [0] * len(mine) + [1] * len(other)))
        width = max(len(tokens) for tokens, _ in lines)
        tokens = torch.tensor([tokens + [1] * (width - len(tokens)) for tokens, _ in lines])
        sides = torch.tensor([sides + [-1] * (width - len(sides)) for _, sides in lines])
        return tokens, sides

    def evidence(self, examples: list[Example], width: int) -> Tensor:
        """Give 1 for pieces inside the deciding words, 0 outside, -1 where nothing is marked: (n, width)."""
        labels = torch.full((len(examples), width), -1.0)
        for row, example in enumerate(examples):
            if example.evidence:
                folded = fold(example.text, self._unmask)
                offsets = self._tokenizer.encode(folded.text, add_special_tokens=False).offsets
                for place, (start, end) in enumerate(offsets[:OWN_TOKENS], start=1):
                    if start < end:
                        a, b = folded.original(start, end)
                        labels[row, place] = float(any(a < e and s < b for s, e in example.evidence))
        return labels


def changed(example: Example, rng: random.Random) -> Example:
    """Type or disguise some examples; the places of their deciding words are then unknown."""
    chance = rng.random()
    if chance < TYPED:
        return example._replace(text=typed(example.text, rng), evidence=())
    if chance < TYPED + DISGUISED:
        return example._replace(text=evade(example.text, rng), evidence=())
    return example


def batches(examples: list[Example], rng: random.Random) -> list[list[Example]]:
    """Shuffle, and put texts of like length together."""
    order = sorted(examples, key=lambda e: len(e.text) + len((e.answers or "")[:150]) + rng.uniform(0, 60))
    cut = [order[i : i + BATCH] for i in range(0, len(order), BATCH)]
    rng.shuffle(cut)
    return cut

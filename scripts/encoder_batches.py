"""Turns examples into padded tensors, and types or disguises some of them as readers do."""

import random
from collections.abc import Sequence

import torch
from tokenizers import Tokenizer
from torch import Tensor

from augment import typed
from encoder_tasks import UNKNOWN, Example
from evade import evade
from modfilter.reading import Side
from modfilter.text import Unmasker, fold

OWN_TOKENS, OTHER_TOKENS = 96, 48
BATCH = 32
TYPED, DISGUISED = 0.1, 0.12
"""Shares of our own comments that are typed in a hurry, and that are disguised."""
JOINED = 0.1
"""Share of them to which another comment is joined."""
LOST = 0.1
"""Share of a comment's pieces that are lost in training. On threads that it had read four times incitement had AUPRC
0.97, on others of the same writing 0.83."""
LONGEST = 280
"""Characters of two comments joined: what is read at once."""


class Batcher:
    """Turns texts, folded as they are when the filter reads them, into tensors."""

    def __init__(self, tokenizer: Tokenizer, unmask: Unmasker) -> None:
        self._tokenizer = tokenizer
        self._unmask = unmask

    def ids(self, text: str, most: int) -> list[int]:
        """Give at most `most` pieces of a text, folded."""
        folded = fold(text, self._unmask).text
        return self._tokenizer.encode(folded, add_special_tokens=False).ids[:most] or [3]

    def rows(self, given: Sequence[Side], lost: float = 0.0) -> tuple[Tensor, Tensor]:
        """Give tokens and sides (n, t) of texts, each with what it answers.

        A share of the comments' own tokens is `lost` (<unk>), so that a training cannot know them by heart.
        """
        lines = []
        for text, answers in given:
            parts = [
                [0, *self.ids(text, OWN_TOKENS), 2],
                [*self.ids(answers, OTHER_TOKENS), 2] if answers else [],
            ]
            sides = [side for side, part in enumerate(parts) for _ in part]
            lines.append(([token for part in parts for token in part], sides))
        width = max(len(tokens) for tokens, _ in lines)
        tokens = torch.tensor([tokens + [1] * (width - len(tokens)) for tokens, _ in lines])
        sides = torch.tensor([sides + [-1] * (width - len(sides)) for _, sides in lines])
        if lost:
            chosen = (torch.rand(tokens.shape) < lost) & (sides == 0) & (tokens > 3)
            tokens = tokens.masked_fill(chosen, 3)
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


def side(example: Example) -> Side:
    """Give a comment with what it answers, as it was typed: the batcher folds."""
    return Side(example.text, example.answers)


class Changes:
    """Types, disguises and joins our own comments, as readers do; the same for every run with one seed."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self._under: dict[str, list[Example]] = {}
        for example in examples:
            if example.article:
                self._under.setdefault(example.article, []).append(example)

    def __call__(self, example: Example, rng: random.Random) -> Example:
        """Change a comment in one way, or not; the places of its deciding words are then unknown."""
        chance = rng.random()
        if chance < TYPED:
            example = example._replace(text=typed(example.text, rng), evidence=())
        elif chance < TYPED + DISGUISED:
            example = example._replace(text=evade(example.text, rng), evidence=())
        elif chance < TYPED + DISGUISED + JOINED:
            example = self._joined(example, rng)
        return example

    def _joined(self, example: Example, rng: random.Random) -> Example:
        """Put another reader's words before or after: one call among much else must be heard."""
        other = rng.choice(self._under.get(example.article or "", [example]))
        if len(example.text) + len(other.text) > LONGEST or other.answers or other is example:
            return example
        first, second = (example, other) if rng.random() < 0.5 else (other, example)
        end = "" if first.text[-1:] in ".!?" else rng.choice((".", "", ",", "!"))
        worse = min(example, other, key=lambda e: (e.incites != 1, e.stance))
        return example._replace(
            text=f"{first.text}{end} {second.text}",
            stance=worse.stance if worse.incites == 1 else UNKNOWN,
            incites=max(example.incites, other.incites),
            harms=tuple(map(max, example.harms, other.harms)),
            topic=UNKNOWN,
            evidence=(),
        )


def batches(examples: list[Example], rng: random.Random) -> list[list[Example]]:
    """Shuffle, and put texts of like length together."""
    order = sorted(examples, key=lambda e: _size(e) + rng.uniform(0, 60))
    cut = [order[i : i + BATCH] for i in range(0, len(order), BATCH)]
    rng.shuffle(cut)
    return cut


def _size(example: Example) -> int:
    return len(example.text) + len((example.answers or "")[:150])

"""The encoder in PyTorch, for training and export only: a small BERT over pairs (comment, what it answers)."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from e5_weights import HEADS, LAYERS, WIDTH

MEANT_AFTER = 6
"""Layers after which the vector is read. Those above learn to tell stances, and lose what a text is about: read at the
end of all eight, a comment's own article was told from another with AUC 0.59 to 0.64, by the original 0.71."""
SIDES = 2
"""The comment's own tokens, and those of what it answers."""
STANCES = 8
HARMS = 4
TOPICS = 4


class Answers(NamedTuple):
    """What the encoder says of a batch of n comments of at most t tokens."""

    vector: Tensor
    """(n, 384): what the comment means, of length 1."""
    stance: Tensor
    """(n, 8) logits."""
    harms: Tensor
    """(n, 4) logits."""
    topic: Tensor
    """(n, 4) logits: article, thread, generic, no."""
    words: Tensor
    """(n, t) logits: is this token among the words that decide an inciting stance?"""


class Drop(nn.Module):
    """Drops whole features of a text, the same for all of its tokens.

    A mask for every token took as long to draw as the layer itself took (0.38 of 0.82 s a batch).
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self._share = share

    def forward(self, states: Tensor) -> Tensor:
        """Drop a share of the features in training, and scale up the others."""
        if not self.training:
            return states
        shape = (states.shape[0], *(1,) * (states.dim() - 2), states.shape[-1])
        return states * (torch.rand(shape) >= self._share) / (1 - self._share)


class Layer(nn.Module):
    """One transformer layer, normalised after each half (Devlin et al. 2019)."""

    def __init__(self) -> None:
        super().__init__()
        self.q, self.k, self.v, self.ao = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.fi, self.fo = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)
        self.aln, self.oln = nn.LayerNorm(WIDTH, eps=1e-12), nn.LayerNorm(WIDTH, eps=1e-12)
        self.drop = Drop(0.1)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """Give the next states (n, t, 384); `mask` (n, 1, 1, t) is added to the attention's logits."""
        n, t, _ = states.shape
        q, k, v = (
            part(states).view(n, t, HEADS, WIDTH // HEADS).transpose(1, 2)
            for part in (self.q, self.k, self.v)
        )
        mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        mixed = mixed.transpose(1, 2).reshape(n, t, WIDTH)
        states = self.aln(states + self.drop(self.ao(mixed)))
        return self.oln(states + self.drop(self.fo(functional.gelu(self.fi(states)))))


class Encoder(nn.Module):
    """Reads tokens (n, t) with their side: 0 the comment's own, 1 what it answers, -1 none."""

    def __init__(self, pieces: int, layers: int = LAYERS, meant_after: int = LAYERS) -> None:
        super().__init__()
        self.meant_after = meant_after
        self.word = nn.Embedding(pieces, WIDTH)
        self.pos, self.side = nn.Embedding(512, WIDTH), nn.Embedding(SIDES, WIDTH)
        self.ln = nn.LayerNorm(WIDTH, eps=1e-12)
        self.drop = Drop(0.1)
        self.layers = nn.ModuleList(Layer() for _ in range(layers))
        self.meaning = nn.Linear(WIDTH, WIDTH)
        # At first the vector is the mean itself, as in the original.
        nn.init.eye_(self.meaning.weight)
        nn.init.zeros_(self.meaning.bias)
        self.words = nn.Linear(WIDTH, 1)
        self.look = nn.Linear(WIDTH, 1)
        self.mix = nn.Linear(3 * WIDTH, WIDTH)
        self.heads = nn.Linear(WIDTH, STANCES + HARMS + TOPICS)

    def forward(self, tokens: Tensor, sides: Tensor) -> Answers:
        """Encode a batch."""
        own = (sides == 0).to(self.ln.weight.dtype)[:, :, None]
        states, mask = self._lower(tokens, sides)
        vector = self._meant(states, own)
        for layer in self.layers[self.meant_after :]:
            states = layer(states, mask)
        weights = torch.softmax(self.look(states) - 1e4 * (1 - own), dim=1)
        looked = (states * weights).sum(1)
        # The first token stands between both sides, and may gather what the pair amounts to.
        mixed = functional.gelu(self.mix(torch.cat([_mean(states, own), looked, states[:, 0]], dim=1)))
        stance, harms, topic = self.heads(self.drop(mixed)).split([STANCES, HARMS, TOPICS], dim=1)
        return Answers(vector, stance, harms, topic, self.words(states)[:, :, 0])

    def meant(self, tokens: Tensor, sides: Tensor) -> Tensor:
        """Give the vectors alone, by the lower layers."""
        states, _ = self._lower(tokens, sides)
        return self._meant(states, (sides == 0).to(states.dtype)[:, :, None])

    def _lower(self, tokens: Tensor, sides: Tensor) -> tuple[Tensor, Tensor]:
        mask = (1.0 - (sides >= 0)[:, None, None, :].to(self.ln.weight.dtype)) * -1e4
        places = torch.arange(tokens.shape[1], device=tokens.device)[None]
        states = self.word(tokens) + self.pos(places) + self.side(sides.clamp(min=0))
        states = self.drop(self.ln(states))
        for layer in self.layers[: self.meant_after]:
            states = layer(states, mask)
        return states, mask

    def _meant(self, states: Tensor, own: Tensor) -> Tensor:
        return functional.normalize(self.meaning(_mean(states, own)), dim=1)


def _mean(states: Tensor, own: Tensor) -> Tensor:
    return (states * own).sum(1) / own.sum(1)


def start(tensors: dict[str, np.ndarray], kept: list[int]) -> Encoder:
    """Give the encoder with its original weights, and the pieces `kept` of its vocabulary."""
    encoder = Encoder(len(kept))
    state = {
        "word.weight": tensors["emb.word"][kept],
        "pos.weight": tensors["emb.pos"],
        # Both sides begin as the one type that the original was trained with.
        "side.weight": np.repeat(tensors["emb.type"][:1], SIDES, axis=0),
        "ln.weight": tensors["emb.ln.w"],
        "ln.bias": tensors["emb.ln.b"],
    }
    for layer in range(LAYERS):
        for part in ("q", "k", "v", "ao", "aln", "fi", "fo", "oln"):
            for letter, word in (("w", "weight"), ("b", "bias")):
                state[f"layers.{layer}.{part}.{word}"] = tensors[f"l{layer}.{part}.{letter}"]
    missing, unexpected = encoder.load_state_dict(
        {key: torch.from_numpy(value) for key, value in state.items()}, strict=False
    )
    assert not unexpected
    assert {name.split(".")[0] for name in missing} == {"meaning", "words", "look", "mix", "heads"}
    return encoder

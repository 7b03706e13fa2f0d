"""What the encoder is punished for."""

import torch
from torch import Tensor
from torch.nn import functional

from encoder_model import Answers
from encoder_tasks import Example

INCITEMENT, TOPIC, WORDS = 1.5, 0.5, 0.5
"""Weights of the losses beside those of stance and harms, which count 1."""
TEMPERATURE = 0.05
APART = 0.3
"""Weight of telling a batch's meanings apart beside that of meeting one's own."""


def loss_of(answers: Answers, examples: list[Example], words: Tensor) -> Tensor:
    """Add up the losses of every label that is known; what a set does not say is left out."""
    weights = torch.tensor([example.weight for example in examples])
    log_stance = functional.log_softmax(answers.stance, dim=1)
    n = len(examples)
    stance = torch.tensor([example.stance for example in examples])
    known = stance >= 0
    each = functional.nll_loss(log_stance, stance.clamp(min=0), reduction="none")
    total = (each * weights)[known].sum() / n
    incites = torch.tensor([float(example.incites) for example in examples])
    known = incites >= 0
    yes, no = torch.logsumexp(log_stance[:, :3], dim=1), torch.logsumexp(log_stance[:, 3:], dim=1)
    total = total - INCITEMENT * ((incites * yes + (1 - incites) * no) * weights)[known].sum() / n
    harms = torch.tensor([example.harms for example in examples], dtype=torch.float32)
    each = functional.binary_cross_entropy_with_logits(answers.harms, harms.clamp(min=0), reduction="none")
    total = total + (each * weights[:, None])[harms >= 0].sum() / n
    topic = torch.tensor([example.topic for example in examples])
    each = functional.cross_entropy(answers.topic, topic.clamp(min=0), reduction="none")
    total = total + TOPIC * each[topic >= 0].sum() / n
    marked = words >= 0
    if marked.any():
        total = total + WORDS * functional.binary_cross_entropy_with_logits(
            answers.words[marked], words[marked]
        )
    return total


def meaning_loss(vectors: Tensor, meant: Tensor) -> Tensor:
    """Draw each vector to what its text means, and away from what the others of the batch mean.

    By the cosine, as in Reimers & Gurevych (2020), and by InfoNCE (van den Oord et al. 2018): a translation must be
    nearest to its own sentence, not only near.
    """
    cosines = vectors @ meant.T
    apart = functional.cross_entropy(cosines / TEMPERATURE, torch.arange(len(meant)))
    return (1 - cosines.diagonal()).mean() + APART * apart


def relevance_loss(comments: Tensor, articles: Tensor, belongs: Tensor, scale: Tensor) -> Tensor:
    """Draw a comment to its article and away from others, each pair by itself (SigLIP, Zhai et al. 2023).

    `belongs` (comments, articles) is 1 or 0; `scale` (2,) is the slope and the shift of the cosine.
    """
    logits = comments @ articles.T * scale[0].exp() + scale[1]
    each = functional.binary_cross_entropy_with_logits(logits, belongs, reduction="none")
    # A comment has one article and many others: both kinds count the same.
    return (each * belongs).sum() / belongs.sum().clamp(min=1) + (each * (1 - belongs)).sum() / (
        1 - belongs
    ).sum()

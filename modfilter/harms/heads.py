"""The linear heads over hashed features, and how their answers combine into a stance."""

from pathlib import Path
from typing import TYPE_CHECKING

from modfilter.records import StanceLabel

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

INCITING = (StanceLabel.CALLS_FOR, StanceLabel.THREATENS, StanceLabel.JUSTIFIES)
PEACEFUL = tuple(label for label in StanceLabel if not label.incites)
HARMS = ("identity_attack", "insult", "obscene")

HEADS = ("incitement", *HARMS, *(label.value for label in (*INCITING, *PEACEFUL)))
"""The columns of a model's weights. The stances are told apart in two groups: which kind of
incitement, if it incites, and which kind of peaceful comment, if it does not."""


class Heads:
    """Weights (WIDTH, len(HEADS)), and for each head a bias, slope and shift."""

    def __init__(self, weights: "NDArray[float32]", biases: "NDArray[float32]") -> None:
        self.weights = weights
        self.biases = biases
        """(len(HEADS), ): added to the weighted features; Platt's slope and shift are folded in."""

    def save(self, path: Path) -> None:
        """Write the weights as half floats in a safetensors file."""
        import numpy as np
        from safetensors.numpy import save_file

        save_file({"weights": self.weights.astype(np.float16), "biases": self.biases}, path)

    @classmethod
    def load(cls, path: Path) -> "Heads":
        """Read a file that `save` wrote."""
        import numpy as np
        from safetensors.numpy import load_file

        tensors = load_file(path)
        return cls(tensors["weights"].astype(np.float32), tensors["biases"].astype(np.float32))

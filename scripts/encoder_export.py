"""Writes the trained encoder as int8 ONNX."""

import tempfile
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer
from torch import Tensor, nn

from data import Data
from encoder_model import Encoder
from publish import OWN_CORPUS, OWN_STARTER, publish

_NAMES = ("vector", "stance", "harms", "topic", "words")
_POSITIONS = 192
"""Places that are kept: a window of a comment and the beginning of what it answers fit."""


class _SmallTable(nn.Module):
    """An embedding in int8, with a scale for each row: per tensor, rare pieces would lose most of theirs."""

    def __init__(self, table: nn.Embedding) -> None:
        super().__init__()
        weights = table.weight.detach()
        scales = (weights.abs().amax(dim=1, keepdim=True) / 127).clamp(min=1e-8)
        self.register_buffer("rows", (weights / scales).round().to(torch.int8))
        self.register_buffer("scales", scales)

    def forward(self, tokens: Tensor) -> Tensor:
        """Give the rows of the tokens as floats."""
        return self.rows[tokens].float() * self.scales[tokens]  # type: ignore[index]


def write_onnx(encoder: Encoder, path: Path, *, small: bool) -> None:
    """Write the encoder; `small` makes its matrices and its table int8."""
    encoder.eval()
    table, places = encoder.word, encoder.pos
    if small:
        encoder.word = _SmallTable(table)  # type: ignore[assignment]
    encoder.pos = nn.Embedding.from_pretrained(places.weight[:_POSITIONS].detach())
    tokens = torch.randint(4, 1000, (2, 12))
    sides = torch.tensor([[0] * 8 + [1] * 4] * 2)
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "float.onnx" if small else path
        torch.onnx.export(
            encoder,
            (tokens, sides),
            str(whole),
            input_names=["tokens", "sides"],
            output_names=[*_NAMES],
            dynamic_axes={name: {0: "n", 1: "t"} for name in ("tokens", "sides", "words")}
            | {name: {0: "n"} for name in _NAMES[:4]},
            opset_version=17,
            dynamo=False,
        )
        if small:
            quantize_dynamic(
                whole, path, op_types_to_quantize=["MatMul"], weight_type=QuantType.QInt8, per_channel=True
            )
    encoder.word, encoder.pos = table, places


def export(encoder: Encoder, tokenizer: Tokenizer, folder: Path, data: Data) -> None:
    """Write the model's files and its manifest."""
    tokenizer.save(str(folder / "tokenizer.json"))
    write_onnx(encoder, folder / "encoder.onnx", small=True)
    publish(folder, [*data.provenance(), OWN_STARTER, OWN_CORPUS])

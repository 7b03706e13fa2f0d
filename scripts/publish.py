"""Writes a model's manifest: what it is made of, how, and the SHA-256 of each of its files."""

import hashlib
import sys
from pathlib import Path

import tomlkit

MANIFEST = "manifest.toml"
UNHASHED = {MANIFEST, "CARD.md", "floors.toml"}  # prose and floors change without the model
OWN_STARTER = {
    "name": "fixtures/starter/train.jsonl",
    "source": "written for this project",
    "licence": "CC-BY-4.0",
}

OWN_CORPUS = {
    "name": "fixtures/corpus/train",
    "source": "written for this project",
    "licence": "CC-BY-4.0",
}


def publish(folder: Path, training_data: list[dict[str, str]]) -> None:
    """Refresh `manifest.toml` of a trained model; version, measured languages and such are kept."""
    path = folder / MANIFEST
    manifest = tomlkit.parse(path.read_text(encoding="utf-8"))
    command = ["python", *sys.argv[:1]] + (["--data", "DIR"] if "--data" in sys.argv else [])
    manifest["command"] = " ".join(command)
    sets = tomlkit.aot()
    for entry in training_data:
        sets.append(tomlkit.item(entry))
    manifest["training_data"] = sets
    path.write_text(tomlkit.dumps(manifest), encoding="utf-8")
    pin(folder)


def pin(folder: Path) -> None:
    """Record the SHA-256 of each file of a model in its manifest."""
    path = folder / MANIFEST
    manifest = tomlkit.parse(path.read_text(encoding="utf-8"))
    files = tomlkit.table()
    for file in sorted(folder.iterdir()):
        if file.name not in UNHASHED:
            files[file.name] = hashlib.sha256(file.read_bytes()).hexdigest()
    manifest["files"] = files
    path.write_text(tomlkit.dumps(manifest), encoding="utf-8")
    size = sum(file.stat().st_size for file in folder.iterdir())
    print(f"{folder}: {size / 1e6:.1f} MB")

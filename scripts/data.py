"""Opens the licensed data that models are trained on (`--data DIR`), and obeys each set's permitted use."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Data:
    """A folder with `manifest.toml` and one subfolder a data set, such as `language/ntrex`."""

    def __init__(self, folder: Path, *, uses: tuple[str, ...] = ("train",)) -> None:
        self.folder = folder
        self.uses = uses
        self.manifest: dict[str, dict[str, dict[str, Any]]] = tomllib.loads(
            (folder / "manifest.toml").read_text(encoding="utf-8")
        )
        self.read: set[str] = set()
        """Names of the data sets opened so far, for the model's manifest."""

    def path(self, name: str, file: str = "") -> Path:
        """Give the path of a set ("harm/edos") or one of its files; refuse a set kept for other uses."""
        kind, title = name.split("/")
        use = self.manifest[kind][title]["use"]
        if use not in self.uses:
            raise SystemExit(f"{name} is kept for {use!r}; this script may read {self.uses}")
        self.read.add(name)
        return self.folder / name / file

    def languages(self, name: str) -> Iterator[str]:
        """List the ISO 639-3 codes that a language set holds."""
        yield from sorted(path.stem for path in self.path(name).glob("*.txt"))

    def lines(self, name: str, language: str) -> list[str]:
        """Read one language of a language set, an item a line; empty if it has none."""
        path = self.path(name, f"{language}.txt")
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    def provenance(self) -> list[dict[str, str]]:
        """Say where the sets that were read came from, for a model's `manifest.toml`."""
        return [
            {"name": name, "source": entry["source"], "licence": entry["licence"]}
            for name in sorted(self.read)
            for entry in [self.manifest[name.split("/")[0]][name.split("/")[1]]]
        ]

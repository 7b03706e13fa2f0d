"""Opens a model folder, and refuses any file that is not the one that was tested."""

import hashlib
import tomllib
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

from modfilter.errors import ModelError


class Bundle:
    """A folder with `manifest.toml`, `CARD.md`, `floors.toml` and a model's files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What `manifest.toml` says."""
        path = self.folder / "manifest.toml"
        try:
            return tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise ModelError(
                f"{self.folder} is not a model folder: it has no manifest.toml\n"
                "Install modfilter again, or give the folder of models with --models."
            ) from error
        except tomllib.TOMLDecodeError as error:
            raise ModelError(f"{path}: {error}") from error

    @property
    def name(self) -> str:
        """The model's name."""
        return str(self.manifest["name"])

    @property
    def version(self) -> str:
        """The model's version, as records name it."""
        return str(self.manifest["version"])

    @property
    def measured(self) -> frozenset[str]:
        """The languages in which the model's quality is measured."""
        return frozenset(self.manifest.get("measured", ()))

    def path(self, file: str) -> Path:
        """Give the path of one of the model's files, checked against its hash."""
        path = self.folder / file
        expected = self.manifest.get("files", {}).get(file)
        if expected is None:
            raise ModelError(f"{self.folder / 'manifest.toml'} does not name {file}")
        try:
            with path.open("rb") as content:
                found = hashlib.file_digest(content, "sha256").hexdigest()
        except OSError as error:
            raise ModelError(f"{path} cannot be read: {error.strerror}\nInstall modfilter again.") from error
        if found != expected:
            raise ModelError(
                f"{path} is not the file that was tested\n"
                f"  expected sha256 {expected}\n"
                f"  found    sha256 {found}\n"
                "Install modfilter again, or train the model again if you changed it on purpose."
            )
        return path


def shipped_models() -> Path:
    """Find the models that came with this installation, or with the checkout that it runs from."""
    package = Path(str(resources.files("modfilter")))
    installed = package / "_models"
    return installed if installed.is_dir() else package.parent / "models"

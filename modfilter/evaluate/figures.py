"""A measured figure, and what the floors of the shipped models demand of it."""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from msgspec import Struct

from modfilter.errors import InputError, ModelError


class Figure(Struct, frozen=True, kw_only=True):
    """One number: a metric of a suite, over one slice of the comments."""

    suite: str
    metric: str
    slice: str
    value: float
    n: int
    """Comments (or sets) that it was measured on."""
    low: float | None = None
    high: float | None = None
    """The 95 % interval, where one was computed."""


class Floor(Struct, frozen=True, kw_only=True):
    """A pinned figure: `at_least` for what should be high, `at_most` for what should be low."""

    suite: str
    metric: str
    slice: str
    at_least: float | None = None
    at_most: float | None = None

    def holds(self, value: float) -> bool:
        """Whether a measured value is good enough."""
        return (self.at_least is None or value >= self.at_least) and (
            self.at_most is None or value <= self.at_most
        )


class Fall(Struct, frozen=True, kw_only=True):
    """A figure below its floor, or one that was not measured at all."""

    floor: Floor
    value: float | None

    def __str__(self) -> str:
        floor = self.floor
        demanded = f"at least {floor.at_least}" if floor.at_least is not None else f"at most {floor.at_most}"
        found = "was not measured" if self.value is None else f"is {self.value:.4f}"
        return f"{floor.suite} {floor.metric} on {floor.slice} {found}; its floor is {demanded}"


class Floors(Struct, frozen=True, kw_only=True):
    """What a model's `floors.toml` says: the labelled sets it is measured on, and the floors."""

    sets: tuple[str, ...]
    articles: tuple[str, ...] = ()
    floors: tuple[Floor, ...]


def read_floors(folder: Path) -> Floors:
    """Read the floors of the model in `folder`; raise ModelError where there are none."""
    path = folder / "floors.toml"
    try:
        values: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        floors = tuple(Floor(suite=folder.name, **entry) for entry in values.get("floor", ()))
        return Floors(sets=tuple(values["sets"]), articles=tuple(values.get("articles", ())), floors=floors)
    except (OSError, KeyError, TypeError, tomllib.TOMLDecodeError) as error:
        raise ModelError(f"{path} does not give sets and floors: {error!r}") from error


def falls(floors: Iterable[Floor], figures: Iterable[Figure]) -> list[Fall]:
    """List the floors that do not hold. A slice that vanished is a fall, too."""
    measured = {(f.suite, f.metric, f.slice): f.value for f in figures}
    return [
        Fall(floor=floor, value=value)
        for floor in floors
        for value in [measured.get((floor.suite, floor.metric, floor.slice))]
        if value is None or not floor.holds(value)
    ]


def found(path: Path) -> list[Path]:
    """Give a labelled file, or those of a folder; raise InputError that says where such sets are."""
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    if not all(file.is_file() for file in files) or not files:
        raise InputError(
            f"{path} does not exist\n"
            "The sets that the floors are pinned on lie in a checkout of modfilter: run this there, or\n"
            "give labelled files of your own (docs/annotation.md says how they are written)."
        )
    return files

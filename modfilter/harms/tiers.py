"""The bands in which the fast tier leaves the decision to the deep one."""

from pathlib import Path

import msgspec

from modfilter.errors import ModelError

Bands = dict[str, tuple[float, float]]
"""For each score, the values of the fast tier (from, below) that are not decided."""


def load_bands(path: Path) -> Bands:
    """Read the bands that scripts/calibrate.py chose on dev; raise ModelError where there are none."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Bands)
    except msgspec.DecodeError as error:
        raise ModelError(f"{path} holds no bands: {error}") from error

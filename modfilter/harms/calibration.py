"""Turns the encoder's logits into probabilities that mean what they say, by language.

Each score has a slope and a shift in each group of languages (Platt 1999), fitted on the dev split.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from modfilter.errors import ModelError
from modfilter.records import INCITING, LanguageMix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy import float32
    from numpy.typing import NDArray

HARMS = ("identity_attack", "insult", "obscene", "spam")
HEADS = ("incitement", *HARMS)
GROUPS = ("sn", "mixed", "en", "nd", "other")


class Platt(msgspec.Struct, frozen=True):
    """Slope and shift of a score."""

    slope: float
    shift: float


def group_of(mix: LanguageMix) -> str:
    """Name the group of languages that a comment's scores are calibrated in."""
    if "nd" in mix.mix or "zu" in mix.mix:
        return "nd"
    if mix.is_mixed:
        return "mixed"
    return mix.main if mix.main in ("sn", "en") else "other"


class Calibration:
    """Slopes and shifts of every score in every group."""

    def __init__(self, table: dict[str, dict[str, Platt]]) -> None:
        """`table`: for each of HEADS its Platt in each of GROUPS."""
        import numpy as np

        self._slopes = np.array([[table[head][group].slope for head in HEADS] for group in GROUPS])
        self._shifts = np.array([[table[head][group].shift for head in HEADS] for group in GROUPS])

    def __call__(
        self, stances: "NDArray[float32]", harms: "NDArray[float32]", groups: "Sequence[str]"
    ) -> "tuple[NDArray[float32], NDArray[float32]]":
        """Give (n, 8) stance and (n, 4) harm probabilities of n texts, from their logits and groups."""
        import numpy as np

        rows = np.array([GROUPS.index(group) for group in groups], dtype=int)
        logits = np.column_stack([incitement_logit(stances), harms])
        values = 1 / (1 + np.exp(-(self._slopes[rows] * logits + self._shifts[rows])))
        shares = np.exp(stances - stances.max(axis=1, keepdims=True))
        for part, whole in (
            (slice(0, INCITING), values[:, 0]),
            (slice(INCITING, None), 1 - values[:, 0]),
        ):
            shares[:, part] *= (whole / np.maximum(shares[:, part].sum(axis=1), 1e-30))[:, None]
        return shares, values[:, 1:]


def incitement_logit(stances: "NDArray[float32]") -> "NDArray[float32]":
    """Give the log odds of the inciting stances against the others: (n,) from (n, 8) logits."""
    import numpy as np

    def total(part: "NDArray[float32]") -> "NDArray[float32]":
        top = part.max(axis=1)
        return np.asarray(top + np.log(np.exp(part - top[:, None]).sum(axis=1)))

    return total(stances[:, :INCITING]) - total(stances[:, INCITING:])


def load_calibration(path: Path) -> Calibration:
    """Read a table that scripts/calibrate_harms.py wrote; raise ModelError where it is none."""
    try:
        return Calibration(msgspec.json.decode(path.read_bytes(), type=dict[str, dict[str, Platt]]))
    except (msgspec.DecodeError, KeyError) as error:
        raise ModelError(f"{path} is no calibration: {error!r}") from error

"""Draws a random audit sample of a run, unflagged comments included, so that misses can be counted.

Strata are an action and a main language. Each comment of one has the same known probability of being drawn, and
carries it with it: one over it is the weight by which a run is estimated from its sample (Horvitz and Thompson 1952).
"""

import random
from collections import Counter
from collections.abc import Mapping
from math import sqrt
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from modfilter.contract import decode
from modfilter.errors import InputError, UsageError
from modfilter.readers.scored import Glance, rows
from modfilter.records import ANSWERED, SAMPLED, Decision

SHOWN = 400
"""Characters kept of what a drawn comment answers."""
POOLED, POOLED_BELOW = "other", 0.02
"""The languages with less than this share of a run's comments are drawn from together."""
FEWEST = 2
"""Comments drawn of each stratum: of one alone no spread could be told."""


class Sampled(Struct, frozen=True):
    """How a comment came into an audit sample."""

    stratum: str
    probability: float

    def __post_init__(self) -> None:
        if not 0 < self.probability <= 1:
            raise ValueError(f"{self.stratum}: a probability of {self.probability} draws nothing")


def sampled(decision: Decision) -> Sampled | None:
    """Say how a comment was drawn, None where it was not; raise ValueError where that is garbled."""
    given = decision.assessment.comment.extra.get(SAMPLED)
    return None if given is None else msgspec.convert(given, Sampled)


def draw(scored: Path, n: int, seed: int) -> list[Decision]:
    """Draw n comments of a run, in its order; raise UsageError where they are too few for its strata."""
    glance = msgspec.json.Decoder(Glance).decode
    counts = Counter((row.action.value, row.languages.main) for row in rows(scored, glance))
    if not counts:
        raise InputError(f"{scored} holds no record\nThere is nothing to draw from.")
    strata = {pair: _stratum(pair, counts) for pair in counts}
    sizes: Counter[str] = Counter()
    for pair, size in counts.items():
        sizes[strata[pair]] += size
    wanted = allocate(sizes, n)
    rng = random.Random(seed)
    seen: Counter[str] = Counter()
    reservoirs: dict[str, list[tuple[int, str]]] = {stratum: [] for stratum in sizes}
    for place, (line, row) in enumerate(rows(scored, lambda line: (line, glance(line)))):
        stratum = strata[row.action.value, row.languages.main]
        reservoir = reservoirs[stratum]
        # Algorithm R (Vitter 1985): the k-th comment of a stratum takes a random place, if that is among the n.
        seen[stratum] += 1
        if len(reservoir) < wanted[stratum]:
            reservoir.append((place, line))
        elif (chosen := rng.randrange(seen[stratum])) < wanted[stratum]:
            reservoir[chosen] = (place, line)
    drawn = [(place, stratum, line) for stratum, each in reservoirs.items() for place, line in each]
    taken = [
        (decode(line), Sampled(stratum, wanted[stratum] / sizes[stratum]))
        for _, stratum, line in sorted(drawn)
    ]
    answered = {decision.assessment.comment.parent_id for decision, _ in taken} - {None}
    parents = (
        {row.id: row.text[:SHOWN] for row in rows(scored, glance) if row.id in answered} if answered else {}
    )
    return [_marked(decision, how, parents, scored) for decision, how in taken]


def allocate(sizes: Mapping[str, int], n: int) -> dict[str, int]:
    """Share n among strata, in proportion to the root of their sizes (power allocation, Bankier 1988).

    So a rare language is not lost beside a common one, and most are still drawn of what is published.

    >>> allocate({"publish/sn": 10_000, "hold/sn": 400, "hold/nd": 3}, 100)
    {'publish/sn': 82, 'hold/sn': 16, 'hold/nd': 2}
    """
    shares = {stratum: min(FEWEST, size) for stratum, size in sizes.items()}
    if n < sum(shares.values()):
        raise UsageError(
            f"{n} comments are too few: the run has {len(sizes)} pairs of action and language, and each needs"
            f" {FEWEST}\nGive -n {sum(shares.values())} or more; 200 show misses that are 2 % of a run."
        )
    for _ in range(min(n, sum(sizes.values())) - sum(shares.values())):
        open_ = [stratum for stratum, size in sizes.items() if shares[stratum] < size]
        shares[max(open_, key=lambda stratum: sqrt(sizes[stratum]) / (shares[stratum] + 0.5))] += 1
    return shares


def _stratum(pair: tuple[str, str], counts: Mapping[tuple[str, str], int]) -> str:
    action, language = pair
    share = sum(n for (_, other), n in counts.items() if other == language) / sum(counts.values())
    return f"{action}/{language if share >= POOLED_BELOW else POOLED}"


def _marked(decision: Decision, how: Sampled, parents: Mapping[str, str], scored: Path) -> Decision:
    comment = decision.assessment.comment
    if SAMPLED in comment.extra:
        raise UsageError(f"{scored} is a sample itself\nDraw from the whole run.")
    marks: dict[str, Any] = {SAMPLED: msgspec.to_builtins(how)}
    if text := parents.get(comment.parent_id or ""):
        marks[ANSWERED] = text
    marked = replace(comment, extra={**comment.extra, **marks})
    return replace(decision, assessment=replace(decision.assessment, comment=marked))

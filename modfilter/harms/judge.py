"""From hashed features to a stance, scores, and the words that led to them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from modfilter import text as texts
from modfilter.bundle import Bundle
from modfilter.harms.evidence import Deciding
from modfilter.harms.features import Features
from modfilter.harms.heads import HARMS, HEADS, INCITING, PEACEFUL, Heads
from modfilter.harms.terms import Terms, load_terms
from modfilter.records import EVIDENCE_FROM, Evidence, Score, Stance, StanceLabel

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

WINDOW = 600
"""Characters judged at once; of a longer comment the worst window counts, or a call to violence would
drown in what surrounds it: at the end of a window of 2,000 a plain one scored only 0.41."""


class Harms(NamedTuple):
    """What the harm judge says of one comment."""

    stance: Stance
    scores: tuple[Score, ...]


class HarmJudge:
    """Judges the stance towards violence, and identity attack, insult and obscenity."""

    def __init__(self, heads: Heads, terms: Terms) -> None:
        self._heads = heads
        self._features = Features()
        self._deciding = Deciding(heads, terms)

    def __call__(self, comments: Sequence[str]) -> list[Harms]:
        """Judge a batch of texts. The answer for one never depends on the others."""
        windows = [texts.windows(comment, WINDOW) for comment in comments]
        cut = [
            comment[start:end]
            for comment, places in zip(comments, windows, strict=True)
            for start, end in places
        ]
        answers = iter(self._probabilities(cut) if cut else ())
        return [
            self._judge(comment, places, [next(answers) for _ in places])
            for comment, places in zip(comments, windows, strict=True)
        ]

    def _probabilities(self, cut: Sequence[str]) -> "NDArray[float32]":
        """Give the calibrated probability of each head for each text: (len(cut), len(HEADS))."""
        import numpy as np

        logits = np.asarray(self._features(cut) @ self._heads.weights) + self._heads.biases
        values = 1 / (1 + np.exp(-logits))
        incites = values[:, HEADS.index("incitement")]
        for group, share in ((INCITING, incites), (PEACEFUL, 1 - incites)):
            columns = [HEADS.index(label.value) for label in group]
            exponents = np.exp(logits[:, columns] - logits[:, columns].max(axis=1, keepdims=True))
            values[:, columns] = share[:, None] * exponents / exponents.sum(axis=1, keepdims=True)
        return values.astype(np.float32)

    def _judge(
        self,
        comment: str,
        places: Sequence[tuple[int, int]],
        answers: "Sequence[NDArray[float32]]",
    ) -> Harms:
        scores = []
        for name in ("incitement", *HARMS):
            head = HEADS.index(name)
            worst = max(range(len(places)), key=lambda i: answers[i][head])
            if name == "incitement":
                stance = Stance.of(
                    {label: float(answers[worst][HEADS.index(label.value)]) for label in StanceLabel}
                )
                value = stance.incitement
            else:
                value = round(float(answers[worst][head]), 4)
            evidence: tuple[Evidence, ...] = ()
            if value >= EVIDENCE_FROM:
                evidence = self._deciding.words(comment, *places[worst], name)
            scores.append(Score(name=name, value=value, evidence=evidence))
        return Harms(stance, tuple(scores))


def load(folder: Path) -> HarmJudge:
    """Load the model in `folder`; raise ModelError where it is not what was tested."""
    bundle = Bundle(folder)
    return HarmJudge(Heads.load(bundle.path("heads.safetensors")), load_terms(bundle.path("terms.toml")))

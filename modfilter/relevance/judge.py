"""From features to a calibrated probability that a comment is on topic, through its article or its thread."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from modfilter.bundle import Bundle
from modfilter.encoder import Encode, Encoded
from modfilter.reading import Reading, Side
from modfilter.records import Article, Evidence, Score, Topic
from modfilter.relevance.features import NAMES, OWN, Features, Shown, load_idf
from modfilter.relevance.prepared import Prepared, Shelf
from modfilter.store.blobs import Blobs

if TYPE_CHECKING:
    from numpy import float32, intp
    from numpy.typing import NDArray

ON_TOPIC = 0.5
UNKNOWN = 0.5
"""What is taken for the relevance of a parent that is not known."""
GENERIC = 0.5
"""A comment is generic where the encoder thinks so at least this much, and it names nothing of the article."""
GENERIC_SCORE = 0.5
"""Neither on nor off topic: such a comment must not be called off-topic for being short."""
SHELF = 1_000
"""Articles that are looked through for a better place; of a longer shelf the first."""
CLEARLY = 0.3
"""How much more relevant a comment must be under another article to be said to belong there."""
_QUOTE = 200
_MET = 500
"""Characters of a comment whose words are looked up in the article."""


class Relevance(NamedTuple):
    """What the relevance judge says of one comment; no score where no article is known."""

    score: Score | None
    topic: Topic
    alone: float | None = None
    """The probability without what it answers: what counts for those that answer it."""


class Weights(msgspec.Struct, frozen=True):
    """A logistic regression over the features in `NAMES`, their squares and their products."""

    means: list[float]
    scales: list[float]
    coefficients: list[float]
    """One for each feature, then one for each pair of features (i <= j), row by row."""
    intercept: float


class RelevanceJudge:
    """Scores how relevant comments are to their article, in whatever language."""

    def __init__(
        self, features: Features, weights: Weights, kept: Blobs | None = None, name: str = ""
    ) -> None:
        import numpy as np

        self.features = features
        self._means, self._scales = np.array(weights.means), np.array(weights.scales)
        self._coefficients, self._intercept = np.array(weights.coefficients), weights.intercept
        self._kept, self._name = kept, name
        self._shelf: Shelf | None = None
        self._titles: dict[Article, NDArray[float32]] = {}

    def __call__(
        self,
        readings: Sequence[Reading],
        encoded: Encoded,
        encode: Encode,
        parents: Sequence[int | float | None],
        shelf: Sequence[Article] = (),
    ) -> list[Relevance]:
        """Judge comments, those under one article next to each other.

        `parents`: for each, the place among `readings` of what it answers (an int), or what that says alone (a float).
        `encoded` holds the windows of the comments in order; `encode` reads an article that is new. On the
        `shelf` stand the other articles under which a comment that is off topic may belong.
        """
        import numpy as np

        comments = self.features.show(readings, encoded)
        rows = np.zeros((len(readings), len(OWN)), dtype=np.float32)
        nearest: list[int | None] = [None] * len(readings)
        articles: list[Prepared | None] = [None] * len(readings)
        for article, part in _by_article(readings):
            # Kept until the end: asked for again, the first of more articles than stay in memory would be gone.
            prepared = self.prepared(article, encode)
            articles[part] = [prepared] * len(readings[part])
            rows[part], nearest[part] = self.features.compare(prepared, comments, part)
        # What a comment answers counts by what it says itself: a score then depends on the comment, its parent and the
        # article, whatever else came with them, and a dump may be cut anywhere.
        alone = self.probabilities(
            self.features.threaded(rows, [None if r.comment.parent_id is None else UNKNOWN for r in readings])
        )
        above = [float(alone[parent]) if isinstance(parent, int) else parent for parent in parents]
        chances = self.probabilities(self.features.threaded(rows, above))
        answers = [
            Relevance(None, Topic())
            if reading.article is None or prepared is None
            else self._relevance(
                reading.article,
                prepared,
                reading,
                rows[place],
                float(chances[place]),
                above[place],
                nearest[place],
            )._replace(alone=float(alone[place]))
            for place, (reading, prepared) in enumerate(zip(readings, articles, strict=True))
        ]
        if shelf:
            self._shelve(answers, readings, comments, shelf[:SHELF], encode)
        return answers

    def _shelve(
        self,
        answers: list[Relevance],
        readings: Sequence[Reading],
        comments: Shown,
        shelf: Sequence[Article],
        encode: Encode,
    ) -> None:
        """Name the article that a comment off topic would be on topic under: of those whose titles are nearest."""
        import numpy as np

        asked = [
            place
            for place, answer in enumerate(answers)
            if answer.score is not None and not answer.topic.generic and answer.score.value < ON_TOPIC
        ]
        if not asked:
            return
        new = [other for other in shelf if other not in self._titles]
        if new:
            vectors = encode([Side(other.title or other.body[:_QUOTE]) for other in new]).vectors
            self._titles.update(zip(new, vectors, strict=True))
        titles = np.stack([self._titles[other] for other in shelf])
        for place in asked:
            own = readings[place].article
            nearest = np.argsort(-(titles @ comments.vectors[place]))[:2]
            others = [n for n in nearest if own is None or shelf[n].id != own.id]
            if not others:
                continue
            other = shelf[others[0]]
            rows, _ = self.features.compare(self.prepared(other, encode), comments, slice(place, place + 1))
            value = float(self.probabilities(self.features.threaded(rows, [None]))[0])
            answer = answers[place]
            if answer.score and value >= ON_TOPIC and value - answer.score.value >= CLEARLY:
                answers[place] = answer._replace(topic=Topic(better_article=other.id))

    def prepared(self, article: Article, encode: Encode) -> Prepared:
        """Encode and weigh an article, once."""
        if self._shelf is None:
            self._shelf = Shelf(lambda new: self.features.prepare(new, encode), self._kept, self._name)
        return self._shelf(article)

    def probabilities(self, features: "NDArray[float32]") -> "NDArray[float32]":
        """Give the probability of being on topic, from (n, len(NAMES)) features."""
        import numpy as np

        scaled = quadratic((features - self._means) / self._scales)
        return 1 / (1 + np.exp(-(scaled @ self._coefficients + self._intercept)))  # type: ignore[no-any-return]

    def _relevance(
        self,
        article: Article,
        prepared: Prepared,
        reading: Reading,
        features: "NDArray[float32]",
        value: float,
        parent: float | None,
        place: int | None,
    ) -> Relevance:
        generic = bool(features[NAMES.index("generic")] >= GENERIC and not features[NAMES.index("names")])
        value = GENERIC_SCORE if generic else round(value, 4)
        evidence: tuple[Evidence, ...] = ()
        if place is not None:
            start, end = prepared.places[place]
            met: list[str] = []
            if features[NAMES.index("names")]:
                met = [*dict.fromkeys(self.features.shared_words(prepared, reading.folded.text[:_MET]))][:3]
            evidence = (
                Evidence(
                    score="relevance",
                    article_start=start,
                    article_end=end,
                    cue="; ".join(
                        ["nearest sentence of the article", *([f"both name {', '.join(met)}"] if met else [])]
                    ),
                    quote=article.body[start : min(end, start + _QUOTE)],
                ),
            )
        on_topic = value >= ON_TOPIC and not generic
        # Through the thread where the encoder takes it for an answer rather than a comment on the article.
        through = (
            parent is not None
            and parent >= ON_TOPIC
            and features[NAMES.index("thread")] > features[NAMES.index("article")]
        )
        return Relevance(
            Score(name="relevance", value=value, evidence=evidence),
            Topic(via=("thread" if through else "article") if on_topic else None, generic=generic),
        )


def quadratic(scaled: "NDArray[float32]") -> "NDArray[float32]":
    """Give the features, then their products with one another: (n, k + k (k + 1) / 2) from (n, k)."""
    import numpy as np

    first, second = _pairs(scaled.shape[1])
    return np.hstack([scaled, np.clip(scaled[:, first] * scaled[:, second], -9, 9)])


@lru_cache
def _pairs(width: int) -> tuple["NDArray[intp]", "NDArray[intp]"]:
    import numpy as np

    return np.triu_indices(width)


def _by_article(readings: Sequence[Reading]) -> Iterator[tuple[Article, slice]]:
    """Give each article with the place of its comments; those without one are left out."""
    start = 0
    for _, group in groupby(readings, key=lambda reading: id(reading.article)):
        members = [*group]
        if members[0].article is not None:
            yield members[0].article, slice(start, start + len(members))
        start += len(members)


def load(folder: Path, tier: str, kept: Blobs | None = None) -> RelevanceJudge:
    """Load the model in `folder` for a tier; raise ModelError where it is not what was tested.

    `kept`: where articles that were read are kept, beside those in memory.
    """
    bundle = Bundle(folder)
    weights = msgspec.json.decode(bundle.path(f"weights.{tier}.json").read_bytes(), type=Weights)
    return RelevanceJudge(Features(*load_idf(bundle.path("idf.safetensors"))), weights, kept, tier)

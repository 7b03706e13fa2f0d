"""From features to a calibrated probability that a comment is on topic, through its article or its thread."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from modfilter.bundle import Bundle
from modfilter.encoder import Encode, Encoded
from modfilter.reading import Reading, Side
from modfilter.records import Article, Evidence, Score, Topic
from modfilter.relevance.features import NAMES, Features, Prepared, by_comment, load_idf

if TYPE_CHECKING:
    from numpy import float32
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
_CACHED_ARTICLES = 2_000
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

    def __init__(self, features: Features, weights: Weights) -> None:
        import numpy as np

        self.features = features
        self._means, self._scales = np.array(weights.means), np.array(weights.scales)
        self._coefficients, self._intercept = np.array(weights.coefficients), weights.intercept
        self._articles: OrderedDict[Article, Prepared] = OrderedDict()
        self._titles: dict[Article, NDArray[float32]] = {}

    def __call__(
        self,
        article: Article | None,
        readings: Sequence[Reading],
        encoded: Encoded,
        encode: Encode,
        known: Mapping[str, float],
        shelf: Sequence[Article] = (),
    ) -> list[Relevance]:
        """Judge comments under one article; `known` gives what parents that are not among them say alone.

        `encoded` holds the windows of the comments in order; `encode` reads an article that is new. On the
        `shelf` stand the other articles under which a comment that is off topic may belong.
        """
        if article is None:
            return [Relevance(None, Topic())] * len(readings)
        prepared = self.prepared(article, encode)
        rows, nearest = self.features.compare(prepared, readings, encoded)
        # What a comment answers counts by what it says itself: a score then depends on the comment, its parent and the
        # article, whatever else came with them, and a dump may be cut anywhere.
        alone = self.probabilities(
            self.features.threaded(rows, [None if r.comment.parent_id is None else UNKNOWN for r in readings])
        )
        values = {**known, **{r.comment.id: float(v) for r, v in zip(readings, alone, strict=True)}}
        parents = [values.get(reading.parent_id or "") for reading in readings]
        chances = self.probabilities(self.features.threaded(rows, parents))
        answers = [
            self._relevance(
                article,
                prepared,
                readings[place],
                rows[place],
                float(chances[place]),
                parents[place],
                nearest[place],
            )._replace(alone=float(alone[place]))
            for place in range(len(readings))
        ]
        others = [other for other in shelf[:SHELF] if other.id != article.id]
        if others:
            self._shelve(answers, readings, encoded, others, encode)
        return answers

    def _shelve(
        self,
        answers: list[Relevance],
        readings: Sequence[Reading],
        encoded: Encoded,
        others: Sequence[Article],
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
        new = [other for other in others if other not in self._titles]
        if new:
            vectors = encode([Side(other.title or other.body[:_QUOTE]) for other in new]).vectors
            self._titles.update(zip(new, vectors, strict=True))
        titles = np.stack([self._titles[other] for other in others])
        vectors, _ = by_comment(readings, encoded)
        starts = np.cumsum([0, *(len(reading.windows) for reading in readings)])
        for place in asked:
            other = others[int((titles * vectors[place]).sum(axis=1).argmax())]
            rows, _ = self.features.compare(
                self.prepared(other, encode),
                [readings[place]],
                encoded.rows(slice(starts[place], starts[place + 1])),
            )
            value = float(self.probabilities(self.features.threaded(rows, [None]))[0])
            answer = answers[place]
            if answer.score and value >= ON_TOPIC and value - answer.score.value >= CLEARLY:
                answers[place] = answer._replace(topic=Topic(better_article=other.id))

    def prepared(self, article: Article, encode: Encode) -> Prepared:
        """Encode and weigh an article, once."""
        if article not in self._articles:
            self._articles[article] = self.features.prepare(article, encode)
            if len(self._articles) > _CACHED_ARTICLES:
                self._articles.popitem(last=False)
        return self._articles[article]

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

    first, second = np.triu_indices(scaled.shape[1])
    return np.hstack([scaled, np.clip(scaled[:, first] * scaled[:, second], -9, 9)])


def load(folder: Path, tier: str) -> RelevanceJudge:
    """Load the model in `folder` for a tier; raise ModelError where it is not what was tested."""
    bundle = Bundle(folder)
    weights = msgspec.json.decode(bundle.path(f"weights.{tier}.json").read_bytes(), type=Weights)
    return RelevanceJudge(Features(*load_idf(bundle.path("idf.safetensors"))), weights)

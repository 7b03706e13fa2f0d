"""From features to a calibrated probability that a comment is about its article."""

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from modfilter.bundle import Bundle
from modfilter.records import Article, Evidence, Score, Topic
from modfilter.relevance.features import NAMES, Features, Prepared, load_idf

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

ON_TOPIC = 0.5
GENERIC_WORDS = 2
"""With fewer uncommon words than this, and none of the article's, a comment could stand anywhere."""
GENERIC_SCORE = 0.5
"""Neither on nor off topic: such a comment must not be called off-topic for being short."""
_CACHED_ARTICLES = 2_000
_LONGEST = 5_000
"""Characters of a comment that are compared."""
_QUOTE = 200


class Relevance(NamedTuple):
    """What the relevance judge says of one comment; no score where no article is known."""

    score: Score | None
    topic: Topic


class Weights(msgspec.Struct, frozen=True):
    """A logistic regression over the features in `NAMES`."""

    coefficients: dict[str, float]
    intercept: float


class RelevanceJudge:
    """Scores how relevant comments are to an article, in whatever language."""

    def __init__(self, features: Features, weights: Weights) -> None:
        import numpy as np

        self._features = features
        self._coefficients = np.array([weights.coefficients[name] for name in NAMES])
        self._intercept = weights.intercept
        self._articles: OrderedDict[Article, Prepared] = OrderedDict()

    def __call__(self, article: Article | None, comments: Sequence[str]) -> list[Relevance]:
        """Judge a batch of texts under one article. The answer for one never depends on the others."""
        if article is None:
            return [Relevance(None, Topic())] * len(comments)
        prepared = self._prepared(article)
        features, nearest = self._features.compare(prepared, [text[:_LONGEST] for text in comments])
        values = self._probabilities(features)
        return [
            self._relevance(article, prepared, comment, float(value), row, place)
            for comment, value, row, place in zip(comments, values, features, nearest, strict=True)
        ]

    def _probabilities(self, features: "NDArray[float32]") -> "NDArray[float32]":
        import numpy as np

        return 1 / (1 + np.exp(-(features @ self._coefficients + self._intercept)))  # type: ignore[no-any-return]

    def _relevance(
        self,
        article: Article,
        prepared: Prepared,
        comment: str,
        value: float,
        features: "NDArray[float32]",
        place: int | None,
    ) -> Relevance:
        generic = bool(
            not features[NAMES.index("names")]
            and self._features.content_words(comment[:_LONGEST]) < GENERIC_WORDS
        )
        value = GENERIC_SCORE if generic else round(value, 4)
        evidence: tuple[Evidence, ...] = ()
        if place is not None:
            start, end = prepared.places[place]
            evidence = (
                Evidence(
                    score="relevance",
                    article_start=start,
                    article_end=end,
                    cue="nearest sentence of the article",
                    quote=article.body[start : min(end, start + _QUOTE)],
                ),
            )
        return Relevance(
            Score(name="relevance", value=value, evidence=evidence),
            Topic(via="article" if value >= ON_TOPIC and not generic else None, generic=generic),
        )

    def _prepared(self, article: Article) -> Prepared:
        if article not in self._articles:
            self._articles[article] = self._features.prepare(article)
            if len(self._articles) > _CACHED_ARTICLES:
                self._articles.popitem(last=False)
        return self._articles[article]


def load(folder: Path) -> RelevanceJudge:
    """Load the model in `folder`; raise ModelError where it is not what was tested."""
    bundle = Bundle(folder)
    weights = msgspec.json.decode(bundle.path("weights.json").read_bytes(), type=Weights)
    return RelevanceJudge(Features(*load_idf(bundle.path("idf.safetensors"))), weights)

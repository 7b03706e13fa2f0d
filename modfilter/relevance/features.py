"""How a comment and its article hang together, in a few numbers.

What it means, by the encoder's vectors; and what it shares without meaning: names and loan words survive
translation ("Putin", "kuUkraine"), so characters count beside them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from modfilter import text as texts
from modfilter.encoder import Encode, Encoded
from modfilter.reading import Reading, Side
from modfilter.records import Article
from modfilter.relevance.grams import WIDTH, Grams, Rows
from modfilter.relevance.prepared import Prepared

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

COMMON = 4.0
"""Words with a lower IDF are the small words of a language: sharing them says "same language"."""
OWN = (
    "cosine_title",
    "cosine_sentence",
    "cosine_body",
    "article",
    "thread",
    "generic",
    "grams_title",
    "grams_body",
    "grams_sentence",
    "content",
    "names",
    "length",
)
"""What a comment and its article say. `article`, `thread` and `generic` are the encoder's guess at the topic."""
NAMES = (*OWN, "answers", "parent", "parent_and_thread")
"""With what is known of the comment that it answers."""
_TITLE, _SENTENCE, _BODY, _GRAMS_SENTENCE = map(
    OWN.index, ("cosine_title", "cosine_sentence", "cosine_body", "grams_sentence")
)
_TOPICS = slice(OWN.index("article"), OWN.index("generic") + 1)
_GRAMS = slice(OWN.index("grams_title"), OWN.index("grams_body") + 1)
_LEXICAL = slice(OWN.index("content"), OWN.index("length") + 1)
_STEM = 6
"""Letters of a word that are compared: Shona and English both change words at the end too."""
_SENTENCES = 400
"""Sentences of an article that are compared: far more than a news article has."""
_CACHED_STEMS = 65_536
_LONGEST = 5_000
"""Characters of a comment whose n-grams are compared."""


class Shown(NamedTuple):
    """Comments ready to be compared with articles."""

    texts: list[str]
    vectors: "NDArray[float32]"
    """(n, width)"""
    topics: "NDArray[float32]"
    """(n, 3): the encoder's guess at article, thread and generic."""
    grams: Rows


class Features:
    """Compares comments with an article, given the inverse document frequencies of n-grams and words."""

    def __init__(self, idf: "NDArray[float32]", word_idf: "NDArray[float32]") -> None:
        self.word_idf = word_idf
        self.grams = Grams(idf)
        self._rarities: dict[str, float] = {}

    def prepare(self, article: Article, encode: Encode) -> Prepared:
        """Encode and weigh an article once, for all of its comments; without a body, by its title."""
        import numpy as np

        places = _places(article)
        sides = article_sides(article)
        title, *sentences = (side.text for side in sides)
        vectors = encode(sides).vectors
        return Prepared(
            vectors=np.vstack([vectors[:1], unit(vectors.mean(axis=0)), vectors[1:] if places else vectors]),
            grams=self.grams.table([title, article.body or title, *sentences]),
            places=places,
            stems=f" {' '.join(sorted(stems(f'{article.title} {article.body}')))} ",
        )

    def show(self, readings: Sequence[Reading], encoded: Encoded) -> Shown:
        """Make comments ready to be compared, all at once, whatever their articles."""
        vectors, topics = by_comment(readings, encoded)
        shown = [reading.folded.text[:_LONGEST] for reading in readings]
        return Shown(shown, vectors, topics[:, :3], self.grams.rows(shown))

    def compare(
        self, article: Prepared, comments: Shown, part: slice = slice(None)
    ) -> tuple["NDArray[float32]", list[int | None]]:
        """Give the features (n, len(OWN)) of neighbouring comments, and the place of each one's nearest sentence."""
        import numpy as np

        # In a dump that is shuffled each comment has another article: the fewer calls the better.
        cosines = comments.vectors[part] @ article.vectors.T
        grams = article.grams.cosines(comments.grams.part(part))
        rows = np.empty((len(cosines), len(OWN)), dtype=np.float32)
        rows[:, _TITLE], rows[:, _BODY] = cosines[:, 0], cosines[:, 1]
        rows[:, _SENTENCE] = cosines[:, 2:].max(axis=1)
        rows[:, _TOPICS] = comments.topics[part]
        rows[:, _GRAMS] = grams[:, :2]
        rows[:, _GRAMS_SENTENCE] = grams[:, 2:].max(axis=1) if article.places else grams[:, 0]
        rows[:, _LEXICAL] = [self._lexical(article, text) for text in comments.texts[part]]
        return rows, cosines[:, 2:].argmax(axis=1).tolist() if article.places else [None] * len(rows)

    def threaded(self, rows: "NDArray[float32]", parents: Sequence[float | None]) -> "NDArray[float32]":
        """Add what is known of the parents: (n, len(NAMES)) from (n, len(OWN))."""
        import numpy as np

        there = np.array([parent is not None for parent in parents], dtype=np.float32)
        value = np.array([0.5 if parent is None else parent for parent in parents], dtype=np.float32)
        thread = rows[:, OWN.index("thread")]
        return np.column_stack([rows, there, value, (value - 0.5) * thread * there])

    def shared_words(self, article: Prepared, comment: str) -> list[str]:
        """Give the uncommon words of a comment whose beginnings stand in the article, as they are typed."""
        return [
            word
            for word in texts.word_texts(comment)
            for stem in [word.lower()[:_STEM]]
            if f" {stem} " in article.stems and self._rarity(stem) >= COMMON
        ]

    def _rarity(self, stem: str) -> float:
        known = self._rarities.get(stem)
        if known is None:
            if len(self._rarities) > _CACHED_STEMS:
                self._rarities.clear()
            known = self._rarities[stem] = float(self.word_idf[word_hash(stem)])
        return known

    def _lexical(self, article: Prepared, comment: str) -> tuple[float, float, float]:
        words, said = stems(comment), article.stems
        rare = [(stem, weight) for stem in words for weight in [self._rarity(stem)] if weight >= COMMON]
        shared = [weight for stem, weight in rare if f" {stem} " in said]
        content = sum(shared) / sum(weight for _, weight in rare) if rare else 0.0
        return content, min(len(shared), 5) / 5, min(len(words), 50) / 50


def article_sides(article: Article) -> list[Side]:
    """Give what is encoded of an article: its title, or else its first sentence, then each sentence."""
    sentences = [article.body[start:end] for start, end in _places(article)]
    return [Side(article.title or sentences[0]), *map(Side, sentences)]


def _places(article: Article) -> list[tuple[int, int]]:
    return texts.sentences(article.body)[:_SENTENCES]


def by_comment(
    readings: Sequence[Reading], encoded: Encoded
) -> tuple["NDArray[float32]", "NDArray[float32]"]:
    """Give each comment's vector, the mean of its windows', and its topic's probabilities, their mean."""
    import numpy as np

    topics = np.exp(encoded.topics - encoded.topics.max(axis=1, keepdims=True))
    topics /= topics.sum(axis=1, keepdims=True)
    sizes = np.array([len(reading.windows) for reading in readings])
    if len(readings) == len(topics):
        return encoded.vectors, topics
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    sums = np.add.reduceat(encoded.vectors, starts)
    return unit(sums), np.add.reduceat(topics, starts) / sizes[:, None]


def unit(vectors: "NDArray[float32]") -> "NDArray[float32]":
    """Scale vectors, along their last axis, to length 1."""
    import numpy as np

    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)  # type: ignore[no-any-return]


def stems(text: str) -> set[str]:
    """Give the beginnings of a text's words, lower-case.

    >>> sorted(stems("Russians, Russia"))
    ['russia']
    """
    return {word.lower()[:_STEM] for word in texts.word_texts(text)}


def word_hash(stem: str) -> int:
    """Give the row of a stem in the table of word frequencies."""
    return crc32(stem.encode()) % WIDTH


def load_idf(path: Path) -> tuple["NDArray[float32]", "NDArray[float32]"]:
    """Read the tables of a model: IDF of n-grams and of words."""
    from safetensors.numpy import load_file

    tensors = load_file(path)
    return tensors["ngrams"], tensors["words"]

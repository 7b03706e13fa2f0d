"""How a comment and an article hang together, in a few numbers that need no common language.

Names and loan words survive translation ("Putin", "kuUkraine"), so characters count beside words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

from modfilter import text as texts
from modfilter.records import Article

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

WIDTH = 2**16
"""Hashed character n-grams (3-5), and hashed words, each with an inverse document frequency."""
COMMON = 4.0
"""Words with a lower IDF are the small words of a language: sharing them says "same language"."""
NAMES = (
    "title",
    "body",
    "sentence",
    "content",
    "same_language",
    "content_if_same_language",
    "nothing_if_same_language",
    "names",
    "length",
)
_STEM = 6
"""Letters of a word that are compared: Shona and English both change words at the end too."""
_SENTENCES = 400
"""Sentences of an article that are compared: far more than a news article has."""


@dataclass(frozen=True)
class Prepared:
    """An article ready to be compared with many comments."""

    title: "csr_matrix"
    body: "csr_matrix"
    sentences: "csr_matrix"
    places: list[tuple[int, int]]
    """(start, end) of each sentence in the body."""
    stems: frozenset[str]


class Features:
    """Compares comments with an article, given the inverse document frequencies of n-grams and words."""

    def __init__(self, idf: "NDArray[float32]", word_idf: "NDArray[float32]") -> None:
        from sklearn.feature_extraction.text import HashingVectorizer

        self.idf = idf
        self.word_idf = word_idf
        self._hashing = HashingVectorizer(
            n_features=WIDTH, analyzer="char_wb", ngram_range=(3, 5), alternate_sign=False, norm=None
        )

    def vectors(self, given: Sequence[str]) -> "csr_matrix":
        """Give TF-IDF vectors of length 1: (len(given), WIDTH)."""
        import numpy as np
        from sklearn.preprocessing import normalize

        counts = self._hashing.transform(given)
        counts.data = 1 + np.log(counts.data)
        return normalize(counts.multiply(self.idf).tocsr())

    def prepare(self, article: Article) -> Prepared:
        """Cut and weigh an article once, for all of its comments."""
        places = texts.sentences(article.body)[:_SENTENCES]
        sentences = [article.body[start:end] for start, end in places]
        rows = self.vectors([article.title, article.body, *sentences])
        return Prepared(
            title=rows[0],
            body=rows[1],
            sentences=rows[2:],
            places=places,
            stems=frozenset(stems(f"{article.title} {article.body}")),
        )

    def compare(
        self, article: Prepared, comments: Sequence[str]
    ) -> tuple["NDArray[float32]", list[int | None]]:
        """Give the features (len(comments), len(NAMES)), and the place of each one's nearest sentence."""
        import numpy as np

        rows = self.vectors(comments)
        title = (rows @ article.title.T).toarray()[:, 0]
        body = (rows @ article.body.T).toarray()[:, 0]
        nearest: list[int | None] = [None] * len(comments)
        sentence = np.zeros(len(comments))
        if article.places:
            near = (rows @ article.sentences.T).toarray()
            sentence = near.max(axis=1)
            nearest = [int(place) for place in near.argmax(axis=1)]
        lexical = [self._lexical(article, comment) for comment in comments]
        return (
            np.column_stack([title, body, sentence, np.array(lexical).reshape(-1, 6)]).astype(np.float32),
            nearest,
        )

    def _lexical(self, article: Prepared, comment: str) -> tuple[float, ...]:
        weights = {stem: float(self.word_idf[word_hash(stem)]) for stem in stems(comment)}
        rare = {stem: weight for stem, weight in weights.items() if weight >= COMMON}
        small = weights.keys() - rare.keys()
        shared = sum(w for stem, w in rare.items() if stem in article.stems)
        content = shared / sum(rare.values()) if rare else 0.0
        same = len(small & article.stems) / len(small) if small else 0.0
        names = sum(1 for stem in rare if stem in article.stems)
        return (
            content,
            same,
            content * same,
            same * (shared == 0),
            min(names, 5) / 5,
            min(len(weights), 50) / 50,
        )

    def content_words(self, comment: str) -> int:
        """Count the words of a comment that are not among the commonest."""
        return sum(self.word_idf[word_hash(stem)] >= COMMON for stem in stems(comment))


def stems(text: str) -> set[str]:
    """Give the beginnings of a text's words, lower-case.

    >>> sorted(stems("Russians, Russia"))
    ['russia']
    """
    return {word.text.lower()[:_STEM] for word in texts.words(text)}


def word_hash(stem: str) -> int:
    """Give the row of a stem in the table of word frequencies."""
    return crc32(stem.encode()) % WIDTH


def load_idf(path: Path) -> tuple["NDArray[float32]", "NDArray[float32]"]:
    """Read the tables of a model: IDF of n-grams and of words."""
    from safetensors.numpy import load_file

    tensors = load_file(path)
    return tensors["ngrams"], tensors["words"]

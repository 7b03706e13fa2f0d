"""What the linear model sees of a text: hashed character n-grams inside words, and words in pairs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import HashingVectorizer

CHARACTER_FEATURES = 2**17
WORD_FEATURES = 2**16
WIDTH = CHARACTER_FEATURES + WORD_FEATURES
"""Columns of the feature matrix, and rows of a model's weights."""


_WORD = r"[^\W\d_]+(?:['’\-][^\W\d_]+)*"


class Features:
    """Turns texts into rows of WIDTH hashed features, each half of Euclidean length 1 if `scaled`.

    Character n-grams (2-5) never cross a word's border, so the weight of a text is the sum of the
    weights of its words: that is what evidence is found by.
    """

    def __init__(self, *, scaled: bool = True) -> None:
        from sklearn.feature_extraction.text import HashingVectorizer

        def hashing(width: int, analyzer: str, ngrams: tuple[int, int]) -> "HashingVectorizer":
            return HashingVectorizer(
                n_features=width,
                analyzer=analyzer,
                ngram_range=ngrams,
                token_pattern=_WORD,
                alternate_sign=False,
                norm="l2" if scaled else None,
            )

        self._characters = hashing(CHARACTER_FEATURES, "char_wb", (2, 5))
        self._words = hashing(WORD_FEATURES, "word", (1, 2))

    def __call__(self, texts: Sequence[str]) -> "csr_matrix":
        """Give a matrix of len(texts) rows and WIDTH columns."""
        from scipy.sparse import hstack

        return hstack([self._characters.transform(texts), self._words.transform(texts)], "csr")

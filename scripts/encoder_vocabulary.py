"""The encoder's vocabulary: the pieces of the original that text in our languages is made of."""

import random
from collections import Counter

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

import encoder_tasks as tasks
from data import Data
from e5_weights import Pieces

SEED = 4
PIECES = 40_000
SPECIAL = 4
"""<s>, <pad>, </s> and <unk> come first in the vocabulary."""
OURS = ("sna", "nde", "zul", "eng", "nya", "swa")


def tokenizer_of(pieces: Pieces, kept: list[int]) -> Tokenizer:
    """Give a Unigram tokenizer over the kept pieces (Kudo 2018), as the original normalises."""
    tokenizer = Tokenizer(models.Unigram([pieces.pieces[i] for i in kept], unk_id=3))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(r"[\x01-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]"), ""),
            normalizers.NFKC(),
            normalizers.Replace(Regex(r"[\s\u200b-\u200f\ufeff\ufffd▁]+"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    return tokenizer


def vocabulary(pieces: Pieces, data: Data) -> list[int]:
    """Choose at most PIECES ids: the commonest in our text, and the single letters of the world's alphabets."""
    whole = tokenizer_of(pieces, list(range(len(pieces.pieces))))
    rng = random.Random(SEED)
    counts: Counter[int] = Counter()

    def count(texts: list[str], most: int, weight: int = 1) -> None:
        for encoded in whole.encode_batch(rng.sample(texts, min(most, len(texts)))):
            for piece in encoded.ids:
                counts[piece] += weight

    # The first threads only, so that the vocabulary stays as it is when threads are added.
    rows = [row for row in tasks.threads("train") if row.id[0] in tasks.FIRST_THREADS]
    count([row.text for row in rows] + [row.gloss for row in rows if row.gloss], 100_000, 4)
    count([example.text for example in tasks.public(data)], 60_000)
    count(
        [
            article["body"]
            for article in tasks.articles("train").values()
            if article["id"][0] in tasks.FIRST_THREADS
        ],
        1000,
        4,
    )
    for name in ("voa_shona", "injongo", "ntrex", "nchlt", "masakhapos", "gatitos", "tatoeba", "bible_nt"):
        for language in data.languages(f"language/{name}"):
            texts = data.lines(f"language/{name}", language)[: -400 if language == "nde" else None]
            count(texts, 12_000 if language in OURS else 400)
    letters = [
        (i, piece.strip("▁"))
        for i, (piece, _) in enumerate(pieces.pieces)
        if i >= SPECIAL and len(piece.strip("▁")) <= 1
    ]
    kept = {*range(SPECIAL)} | {i for i, letter in letters if counts[i] or ord(letter or " ") < 0x2000}
    for piece, _ in counts.most_common():
        if len(kept) >= PIECES:
            break
        kept.add(piece)
    return sorted(kept)

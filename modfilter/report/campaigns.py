"""Finds campaigns: one comment put, as it is or slightly changed, under many articles or by many names.

MinHash of character 5-grams with banding: Broder, "On the resemblance and containment of documents" (1997);
Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3. datasketch does the same a comment at a
time and takes 523 µs for each; here a block of comments is hashed at once, which takes 23 µs for each.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

import numpy as np
import regex
from msgspec import Struct
from numpy.typing import NDArray

SIMILAR = 0.7
"""The Jaccard similarity of 5-grams from which on a comment is a near-copy of another."""
LOOKED_AT = 2_000_000
"""Comments that are compared: each takes 64 bytes until the end of the run."""
SMALLEST = 3
"""Copies from which on it is told."""
UNDER_ONE = 5
"""Exact copies from which on it is told where all of them stand under one article."""
SHORTEST = 24
"""Letters and digits from which on a comment is compared: "so sad" is no campaign."""
SHOWN = 30
"""Campaigns that the report shows, the largest first."""
_MEMBERS = 2_000
"""Comments of a group whose texts are compared; of a larger one the first stand for the rest."""
_ROUNDS = 30
"""Wordings that a group is split around: 2,000 that all differ a little took a minute, and one person can send them."""
_GRAM = 5
_BANDS, _ROWS = 8, 6
# A pair that is 0.8 similar shares a band with probability 1 - (1 - 0.8^6)^8 = 0.91, one that is 0.9 similar with
# 0.998, and one that is 0.1 similar (as two comments about the same thing are) with 0.000008.
_BLOCK = 1_000
_SEED = 20260302
_NO_LETTER = regex.compile(r"[^\p{L}\p{N}]+")
_GIVEN = np.random.default_rng(_SEED)
_FACTORS = _GIVEN.integers(1, 2**63, size=_BANDS * _ROWS, dtype=np.uint64) | np.uint64(1)
_OFFSETS = _GIVEN.integers(0, 2**63, size=_BANDS * _ROWS, dtype=np.uint64)
_PLACES = _GIVEN.integers(1, 2**63, size=_GRAM, dtype=np.uint64) | np.uint64(1)
_TOP = np.uint64(32)


class Copy(Struct, frozen=True, kw_only=True):
    """A comment that may be a copy, as the second look at the records gives it."""

    id: str
    text: str
    article: str | None
    author: str | None
    action: str
    when: datetime | None = None


class Campaign(Struct, frozen=True, kw_only=True):
    """Copies and near-copies of one comment."""

    text: str
    """The wording that is commonest."""
    ids: list[str]
    exact: int
    """How many of them are worded just so, letters and digits alone considered."""
    articles: list[str]
    authors: int
    actions: dict[str, int]
    first: datetime | None = None
    last: datetime | None = None


def plain(text: str) -> str:
    """Give the letters and digits of a text, in lower case, with one space between words."""
    return _NO_LETTER.sub(" ", text.casefold()).strip()


def similarity(one: str, other: str) -> float:
    """Give the share of 5-grams that two plain texts have in common.

    >>> similarity("beat them all at the market", "beat them all at the markets") > 0.9
    True
    """
    grams, others = _grams(one), _grams(other)
    return len(grams & others) / max(len(grams | others), 1)


class Sketches:
    """Keeps a sketch of each comment, and then tells which ones may be copies of each other."""

    def __init__(self, looked_at: int = LOOKED_AT) -> None:
        self._left = looked_at
        self._waiting: list[str] = []
        self._places: list[int] = []
        self._keys: list[NDArray[np.uint64]] = []
        self._numbers: list[NDArray[np.int64]] = []
        self._seen = 0
        self.passed_over = 0
        """Comments that came when enough were compared already."""

    def add(self, text: str) -> None:
        """Take the next comment."""
        number = self._seen
        self._seen += 1
        if self._left == 0:
            self.passed_over += 1
            return
        words = plain(text)
        if len(words) < SHORTEST:
            return
        self._left -= 1
        # 2,000 letters are enough to know a copy by, and keep a novel from filling the memory.
        self._waiting.append(words[:2000])
        self._places.append(number)
        if len(self._waiting) == _BLOCK:
            self._flush()

    def groups(self) -> list[list[int]]:
        """Give the comments that share a band, by their numbers from 0, the largest group first."""
        self._flush()
        if not self._keys:
            return []
        keys, numbers = np.concatenate(self._keys), np.concatenate(self._numbers)
        parent = np.arange(len(numbers))
        for band in range(_BANDS):
            order = np.argsort(keys[:, band], kind="stable")
            ordered = keys[order, band]
            for place in np.flatnonzero(ordered[1:] == ordered[:-1]):
                _join(parent, int(order[place]), int(order[place + 1]))
        found: dict[int, list[int]] = {}
        for place in _members(parent):
            found.setdefault(_root(parent, int(place)), []).append(int(numbers[place]))
        large = [sorted(group)[:_MEMBERS] for group in found.values() if len(group) >= SMALLEST]
        return sorted(large, key=len, reverse=True)[: 4 * SHOWN]

    def _flush(self) -> None:
        if self._waiting:
            self._keys.append(_sketch(self._waiting))
            self._numbers.append(np.array(self._places, dtype=np.int64))
            self._waiting, self._places = [], []


def campaigns_of(groups: Sequence[Sequence[Copy]]) -> Iterator[Campaign]:
    """Compare the texts of each group, and give what holds together, the largest first."""
    found = [campaign for group in groups for campaign in _held_together(group)]
    found.sort(key=lambda campaign: -len(campaign.ids))
    yield from found[:SHOWN]


def _held_together(group: Sequence[Copy]) -> Iterator[Campaign]:
    """Split a group around its commonest wordings: bands may chain texts that are far from each other."""
    left = [(copy, plain(copy.text)) for copy in group]
    for _ in range(_ROUNDS):
        if len(left) < SMALLEST:
            return
        core = Counter(words for _, words in left).most_common(1)[0][0]
        near = {words for words in {words for _, words in left} if similarity(words, core) >= SIMILAR}
        members = [copy for copy, words in left if words in near]
        if len(members) >= SMALLEST:
            campaign = _campaign(members, core)
            if len(campaign.articles) > 1 or campaign.exact >= UNDER_ONE:
                yield campaign
        left = [(copy, words) for copy, words in left if words not in near]


def _campaign(members: Sequence[Copy], core: str) -> Campaign:
    exact = [copy for copy in members if plain(copy.text) == core]
    times = [copy.when for copy in members if copy.when]
    return Campaign(
        text=exact[0].text,
        ids=[copy.id for copy in members],
        exact=len(exact),
        articles=list(dict.fromkeys(copy.article for copy in members if copy.article)),
        authors=len({copy.author for copy in members if copy.author}),
        actions=dict(Counter(copy.action for copy in members).most_common()),
        first=min(times, default=None),
        last=max(times, default=None),
    )


def _grams(text: str) -> set[str]:
    return {text[place : place + _GRAM] for place in range(max(len(text) - _GRAM + 1, 1))}


def _sketch(texts: Sequence[str]) -> NDArray[np.uint64]:
    """Give the band keys of each text: the smallest hashes of its grams, six to a key."""
    letters = np.frombuffer("".join(texts).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    ends = np.cumsum([len(text) for text in texts])
    starts = np.concatenate(([0], ends[:-1]))
    # Grams that run over the end of a text are left out: each text has len - 4 of them.
    grams = np.lib.stride_tricks.sliding_window_view(letters, _GRAM)
    inside = np.ones(len(grams) + _GRAM - 1, dtype=bool)
    for back in range(1, _GRAM):
        inside[ends - back] = False
    hashes = _mixed((grams[inside[: len(grams)]] * _PLACES).sum(axis=1, dtype=np.uint64))
    first = starts - np.arange(len(texts)) * (_GRAM - 1)
    smallest = np.empty((len(texts), _BANDS * _ROWS), dtype=np.uint64)
    for row, (factor, offset) in enumerate(zip(_FACTORS, _OFFSETS, strict=True)):
        smallest[:, row] = np.minimum.reduceat(_mixed(hashes * factor + offset), first)
    keys = smallest[:, ::_ROWS].copy()
    for row in range(1, _ROWS):
        keys = _mixed(keys * _FACTORS[0] + smallest[:, row::_ROWS])
    return keys


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread the high bits over the low ones, as the finaliser of MurmurHash3 begins."""
    return values ^ (values >> _TOP)


def _root(parent: NDArray[np.int64], place: int) -> int:
    while parent[place] != place:
        parent[place] = parent[parent[place]]
        place = int(parent[place])
    return place


def _join(parent: NDArray[np.int64], one: int, other: int) -> None:
    first, second = sorted((_root(parent, one), _root(parent, other)))
    parent[second] = first


def _members(parent: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the places that were joined to another or had one joined to them."""
    joined = np.flatnonzero(parent != np.arange(len(parent)))
    return np.union1d(joined, parent[joined])

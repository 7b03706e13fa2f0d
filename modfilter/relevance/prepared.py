"""An article ready to be compared with many comments, and the shelf on which such articles are kept."""

from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from modfilter.records import Article
from modfilter.relevance.grams import Table
from modfilter.store.blobs import Blobs

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

IN_MEMORY = 500
"""Articles in memory, about 60 KB each; in a dump whose comments are shuffled over 20,000 the others come from disk
(0.1 ms) instead of being read again (4.5 ms)."""


class Prepared(Struct, frozen=True):
    """An article ready to be compared."""

    vectors: "NDArray[float32]"
    """(2 + sentences, width of the encoder's vectors): the title's; that of the body, the mean of title and sentences,
    of length 1; each sentence's, or the title's again where there is no body."""
    grams: Table
    """Of the title, the body and each sentence."""
    places: list[tuple[int, int]]
    """(start, end) of each sentence in the body."""
    stems: str
    """The beginnings of its words, a space on both sides of each. To make a set of them again for every article that
    comes from disk took longer than to look twenty up here."""

    def pack(self) -> bytes:
        """Give it as bytes."""
        *tables, width = self.grams
        return msgspec.msgpack.encode(
            (
                len(self.vectors),
                self.vectors.tobytes(),
                width,
                [table.tobytes() for table in tables],
                self.places,
                self.stems,
            )
        )

    @classmethod
    def unpack(cls, packed: bytes) -> "Prepared":
        """Make it of what `pack` gave."""
        import numpy as np

        count, flat, width, tables, places, stems = msgspec.msgpack.decode(packed, type=_Packed)
        vectors = np.frombuffer(flat, dtype=np.float32).reshape(count, -1)
        columns, starts, owners = (np.frombuffer(table, dtype=np.int32) for table in tables[:3])
        values = np.frombuffer(tables[3], dtype=np.float32)
        return cls(vectors, Table(columns, starts, owners, values, width), places, stems)


_Packed = tuple[int, bytes, int, tuple[bytes, bytes, bytes, bytes], list[tuple[int, int]], str]


class Shelf:
    """Prepared articles: the last ones in memory, others on disk where a file is given."""

    def __init__(self, prepare: Callable[[Article], Prepared], kept: Blobs | None, name: str) -> None:
        self._prepare, self._kept, self._name = prepare, kept, name
        self._near: OrderedDict[Article, Prepared] = OrderedDict()

    def __call__(self, article: Article) -> Prepared:
        """Give an article, prepared once."""
        known = self._near.get(article)
        if known is None:
            known = self._near[article] = self._fetch(article)
            if len(self._near) > IN_MEMORY:
                self._near.popitem(last=False)
        else:
            self._near.move_to_end(article)
        return known

    def _fetch(self, article: Article) -> Prepared:
        if self._kept is None:
            return self._prepare(article)
        key = sha256(f"{self._name}\0{article.title}\0{article.body}".encode()).digest()
        packed = self._kept.get(key)
        if packed is None:
            made = self._prepare(article)
            self._kept.put({key: made.pack()})
            return made
        return Prepared.unpack(packed)

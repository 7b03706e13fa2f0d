"""A comment as the models read it: folded, cut into windows, with what it answers."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from modfilter.records import Article, Comment, Thread
from modfilter.text import Folded, Unmasker, fold, windows

WINDOW = 280
"""Characters read at once, about 110 pieces of Shona; of a longer comment the worst window counts, or a call to
violence would drown in what surrounds it."""
MOST_WINDOWS = 180
"""Windows of one comment that are read (50,000 characters); of a longer one the first and the last."""
ANSWERED = 400
"""Characters of a parent that are read."""


class Side(NamedTuple):
    """A text to be encoded, and the text that it answers, if any."""

    text: str
    answers: str | None = None


class Reading(NamedTuple):
    """One comment, ready to be read."""

    comment: Comment
    article: Article | None
    parent_id: str | None
    """The id of the comment that it answers, where that one is at hand."""
    answers: str | None
    """The folded beginning of the comment that it answers."""
    folded: Folded
    windows: Sequence[tuple[int, int]]
    """(start, end) of each window of the folded text."""
    asked: bool = True
    """Whether a decision is asked for; if not, it is only here for those that answer it."""

    @property
    def texts(self) -> list[str]:
        """The folded text of each window."""
        return [self.folded.text[start:end] for start, end in self.windows]

    @property
    def sides(self) -> list[Side]:
        """Each window with what the comment answers."""
        return [Side(text, self.answers) for text in self.texts]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Give the place in the reader's own text of a part of the folded one."""
        return self.folded.original(start, end)


def readings(thread: Thread, unmask: Unmasker | None = None) -> Iterator[Reading]:
    """Read what stands above a thread, then every comment of it, in order."""
    beginnings: dict[str, str] = {}
    for place, comment in enumerate((*thread.above, *thread.comments)):
        parent = thread.parent(comment)
        if parent and parent.id not in beginnings:
            beginnings[parent.id] = fold(parent.text[:ANSWERED], unmask).text
        folded = fold(comment.text, unmask)
        if len(comment.text) <= ANSWERED:
            beginnings[comment.id] = folded.text
        yield Reading(
            comment,
            thread.article,
            parent.id if parent else None,
            beginnings[parent.id] if parent else None,
            folded,
            _windows(folded.text),
            place >= len(thread.above),
        )


def _windows(text: str) -> Sequence[tuple[int, int]]:
    if len(text) <= WINDOW:
        return ((0, len(text)),)
    cut = windows(text, WINDOW)
    return cut if len(cut) <= MOST_WINDOWS else cut[: MOST_WINDOWS // 2] + cut[-MOST_WINDOWS // 2 :]

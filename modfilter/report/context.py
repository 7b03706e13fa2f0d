"""What stands around the comments that are shown: what they answer, their neighbours and answers in the thread.

Found in a second look at the records, in memory that grows with what is shown and with the number of articles.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from modfilter.report.campaigns import Copy
from modfilter.report.scored import Brief

SHOWN = 280
"""Characters of a neighbour that are shown."""
ANSWERS = 2
"""Answers that are shown; all are counted."""


class Near(Struct, frozen=True):
    """A comment beside the one that is shown."""

    id: str
    author: str | None
    text: str


class Around(Struct, kw_only=True):
    """What stands around one comment."""

    parent: Near | None = None
    before: Near | None = None
    """What stands before it in its thread."""
    after: Near | None = None
    answers: list[Near]
    replies: int = 0
    """How many comments answer it."""


class Surroundings:
    """Gathers what stands around some comments, which may name what they answer before or after it comes."""

    def __init__(self, parents: Mapping[str, str | None]) -> None:
        """`parents`: the ids of the comments that are shown, each with the id of what it answers."""
        self.around = {key: Around(answers=[]) for key in parents}
        self._answered: dict[str, list[str]] = {}
        for key, parent in parents.items():
            if parent is not None:
                self._answered.setdefault(parent, []).append(key)
        self._last: dict[str, Near] = {}
        """The comment that came last under each article."""

    def add(self, comment: Brief) -> None:
        """Look at the next comment."""
        near = Near(comment.id, comment.author, short(comment.text))
        for key in self._answered.get(comment.id, ()):
            self.around[key].parent = near
        above = self.around.get(comment.parent_id or "")
        if above is not None:
            above.replies += 1
            if len(above.answers) < ANSWERS:
                above.answers.append(near)
        if comment.article_id is None:
            return
        before = self._last.get(comment.article_id)
        if before is not None:
            if comment.id in self.around:
                self.around[comment.id].before = before
            if before.id in self.around:
                self.around[before.id].after = near
        self._last[comment.article_id] = near


class Turns:
    """Finds the comment at which a thread turned, by its place among the comments that are not generic."""

    def __init__(self, places: Mapping[str | None, int]) -> None:
        self._left = dict(places)
        self.found: dict[str | None, tuple[str, str]] = {}

    def add(self, comment: Brief) -> None:
        """Look at the next comment."""
        article = comment.article_id
        if article not in self._left or not comment.has_topic:
            return
        if self._left[article] == 0:
            self.found[article] = (comment.id, short(comment.text, 160))
            del self._left[article]
        else:
            self._left[article] -= 1


def copies(groups: Iterable[Iterable[int]]) -> tuple[dict[int, int], list[list[Copy]]]:
    """Give which group a comment belongs to, by its number in the run, and the groups to be filled."""
    wanted = {number: place for place, group in enumerate(groups) for number in group}
    return wanted, [[] for _ in range(max(wanted.values(), default=-1) + 1)]


def short(text: str, most: int = SHOWN) -> str:
    """Cut a text that is longer than `most` characters.

    >>> short("one two", 4)
    'one …'
    """
    return text if len(text) <= most else text[:most].rstrip() + " …"

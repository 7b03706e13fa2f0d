"""What every protocol's message comes down to, and what goes back over the wire."""

from collections.abc import Mapping

from msgspec import Struct

from modfilter.records import Article, Comment


class Asked(Struct, frozen=True, kw_only=True):
    """Comments to be decided on, and where their article is to be found."""

    comments: tuple[Comment, ...]
    above: tuple[Comment, ...] = ()
    """What they answer, where the caller says it."""
    article: Article | None = None
    article_id: str | None = None
    """Of an article that was pushed before."""
    article_url: str | None = None
    deadline_ms: int | None = None
    """Milliseconds within which the caller wants its answer."""


class Reply(Struct, frozen=True, kw_only=True):
    """An HTTP answer."""

    body: bytes
    status: int = 200
    media_type: str = "application/json"
    headers: Mapping[str, str] = {}

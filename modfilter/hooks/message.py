"""What every protocol's message comes down to, and what goes back over the wire."""

from collections.abc import Mapping

from msgspec import Struct

from modfilter.records import Action, Article, Comment, Decision

AGAINST = (Action.HOLD, Action.REJECT)
"""Actions that keep a comment back."""


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


def is_unscored(decision: Decision) -> bool:
    """Whether a caller has no scores to go by: no model spoke, or one did not and the comment is kept back."""
    known = decision.assessment
    return known.stance is None or (known.failure is not None and decision.action in AGAINST)

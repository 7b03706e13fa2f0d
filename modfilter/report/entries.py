"""One comment to look at, with all that a moderator needs beside it to decide."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from modfilter.records import ANSWERED, SAMPLED, Article, Comment, Decision
from modfilter.report.context import Around, Near, short
from modfilter.report.overview import title_of

QUOTED = 200
"""Characters of the longest sentence that the judge of relevance quotes."""
LONGEST = 50_000
"""Characters of a comment that are shown; the record has all of them."""


class Mark(Struct, frozen=True):
    """Deciding words at [start, end) of a comment."""

    start: int
    end: int
    score: str
    cue: str


class Span(Struct, frozen=True):
    """A part of a mixed comment in one language."""

    start: int
    end: int
    language: str


class Why(Struct, frozen=True):
    """A rule that fired, in a moderator's words."""

    rule: str
    action: str
    because: str
    score: str | None
    value: float | None
    threshold: float | None


class Entry(Struct, frozen=True, kw_only=True):
    """One comment to look at."""

    id: str
    author: str | None
    text: str
    left_out: int
    """Characters behind those that are shown."""
    action: str
    when: datetime | None
    age: str | None
    """What the page itself said of the time: "5 hours ago"."""
    languages: list[tuple[str, float]]
    spans: list[Span]
    marks: list[Mark]
    whys: list[Why]
    stance: str | None
    scores: dict[str, float]
    article_id: str | None
    article: str | None
    """The article's title."""
    url: str | None
    nearest: str | None
    """The sentence of the article that is nearest to the comment."""
    better: str | None
    """The article under which the comment seems to belong."""
    via: str | None
    site: str | None
    section: str | None
    tier: str
    failure: str | None
    around: Around
    reach: int
    """Comments in the threads in which it, or a copy of it, stands."""
    copies: int
    """Comments that are copies or near-copies of it, itself included; 0 where there are none."""
    sampled: bool = False
    """Whether an audit drew it, whatever was decided."""


def is_sampled(decision: Decision) -> bool:
    """Whether a comment was drawn by `modfilter sample`; a dump may have a column of the same name."""
    how = decision.assessment.comment.extra.get(SAMPLED)
    return isinstance(how, Mapping) and {"stratum", "probability"} <= how.keys()


def entry_of(
    decision: Decision, articles: Mapping[str, Article], around: Around, reach: int, copies: int
) -> Entry:
    """Lay out what a moderator reads about one comment."""
    known = decision.assessment
    comment = known.comment
    article = articles.get(comment.article_id or "")
    quotes = [item.quote for score in known.scores for item in score.evidence if item.quote]
    age = comment.extra.get("age")
    mixed = known.languages.is_mixed
    return Entry(
        id=comment.id,
        author=comment.author,
        text=comment.text[:LONGEST],
        left_out=max(len(comment.text) - LONGEST, 0),
        action=decision.action.value,
        when=comment.created_at,
        age=str(age) if age else None,
        languages=[*known.languages.mix.items()] or [(known.languages.main, 1.0)],
        spans=[
            Span(span.start, min(span.end, LONGEST), span.language)
            for span in known.languages.spans
            if mixed and span.start < LONGEST
        ],
        marks=[
            Mark(item.start, min(item.end or 0, LONGEST), item.score, item.cue)
            for item in decision.evidence
            if item.start is not None and item.start < LONGEST
        ],
        whys=[
            Why(
                reason.rule,
                reason.action.value,
                reason.because,
                reason.score,
                reason.value,
                reason.at_least if reason.at_least is not None else reason.below,
            )
            for reason in decision.told
        ],
        stance=known.stance.label.value if known.stance else None,
        scores={score.name: score.value for score in known.scores},
        article_id=comment.article_id,
        article=title_of(articles, comment.article_id),
        url=article.url if article else None,
        nearest=_whole(quotes[0]) if quotes else None,
        better=title_of(articles, known.topic.better_article),
        via=known.topic.via,
        site=comment.site,
        section=comment.section,
        tier=known.tier,
        failure=known.failure,
        around=_with_parent(around, comment) if is_sampled(decision) else around,
        reach=reach,
        copies=copies,
        sampled=is_sampled(decision),
    )


def _with_parent(around: Around, comment: Comment) -> Around:
    """Give what a drawn comment answers, as the sample tells it where that was not drawn itself."""
    text = comment.extra.get(ANSWERED)
    if around.parent or not comment.parent_id or not isinstance(text, str):
        return around
    return replace(around, parent=Near(comment.parent_id, None, short(text)))


def _whole(quote: str) -> str:
    """Show where a sentence was cut: the judge quotes 200 characters of one at most."""
    return f"{quote.rstrip()} …" if len(quote) >= QUOTED and quote[-1].isalnum() else quote

"""What the review page shows, as plain values: the flagged comments with their article and parent."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from modfilter.contract import decode
from modfilter.errors import InputError
from modfilter.records import Action, Article, Decision
from modfilter.report.drift import Drift, Step, drift_of

_SHOWN = 160
"""Characters shown of the comment at which a thread turned."""
_THREADS, _SHORTEST = 50, 3


class Mark(Struct, frozen=True):
    """Deciding words at [start, end) of a comment."""

    start: int
    end: int
    score: str


class Why(Struct, frozen=True):
    """A rule that fired, in a moderator's words."""

    rule: str
    because: str
    score: str | None
    value: float | None
    threshold: float | None


class Entry(Struct, frozen=True, kw_only=True):
    """One comment to look at."""

    id: str
    author: str | None
    text: str
    action: str
    languages: list[tuple[str, float]]
    marks: list[Mark]
    whys: list[Why]
    stance: str | None
    scores: dict[str, float]
    article: str | None
    nearest: str | None
    """The sentence of the article that is nearest to the comment."""
    better: str | None
    """The article under which the comment seems to belong."""
    parent: str | None
    when: str | None


class Report(Struct, frozen=True, kw_only=True):
    """A run, as the page shows it."""

    title: str
    total: int
    actions: dict[str, int]
    languages: dict[str, int]
    drifts: list[Drift]
    """The threads of three comments or more, the largest first."""
    entries: list[Entry]
    """Comments that are not simply published, most urgent first."""


def gather(scored: Path) -> Report:
    """Read what `modfilter score` wrote; raise InputError for a line that is no record."""
    articles = _articles(Path(f"{scored}.articles.jsonl"))
    actions: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    shown: list[Decision] = []
    steps: dict[str, list[Step]] = {}
    for decision in _records(scored):
        actions[decision.action.value] += 1
        languages[decision.assessment.languages.main] += 1
        if decision.action is not Action.PUBLISH:
            shown.append(decision)
        known = decision.assessment
        value = known.value("relevance")
        if value is not None and not known.topic.generic:
            step = Step(known.comment.id, known.comment.text[:_SHOWN], value)
            steps.setdefault(known.comment.article_id or "", []).append(step)
    parents = _texts(scored, {d.assessment.comment.parent_id for d in shown} - {None})
    shown.sort(key=lambda decision: decision.urgency, reverse=True)
    return Report(
        title=scored.name,
        total=actions.total(),
        actions={action.value: actions[action.value] for action in Action},
        languages=dict(languages.most_common()),
        drifts=[
            drift_of(_title(articles, key), thread)
            for key, thread in sorted(steps.items(), key=lambda item: -len(item[1]))[:_THREADS]
            if len(thread) >= _SHORTEST
        ],
        entries=[_entry(decision, articles, parents) for decision in shown],
    )


def _title(articles: dict[str, Article], key: str) -> str:
    article = articles.get(key)
    return (article.title or article.id) if article else key


def _entry(decision: Decision, articles: dict[str, Article], parents: dict[str, str]) -> Entry:
    known = decision.assessment
    comment = known.comment
    article = articles.get(comment.article_id or "")
    quotes = [item.quote for score in known.scores for item in score.evidence if item.quote]
    age = comment.extra.get("age")
    return Entry(
        id=comment.id,
        author=comment.author,
        text=comment.text,
        action=decision.action.value,
        languages=[*known.languages.mix.items()] or [(known.languages.main, 1.0)],
        marks=[Mark(item.start or 0, item.end or 0, item.score) for item in decision.evidence],
        whys=[
            Why(r.rule, r.because, r.score, r.value, r.at_least if r.at_least is not None else r.below)
            for r in decision.told
        ],
        stance=known.stance.label.value if known.stance else None,
        scores={score.name: score.value for score in known.scores},
        article=(article.title or article.id) if article else comment.article_id,
        nearest=quotes[0] if quotes else None,
        better=_title(articles, known.topic.better_article) if known.topic.better_article else None,
        parent=parents.get(comment.parent_id or ""),
        when=str(age) if age else comment.created_at.isoformat() if comment.created_at else None,
    )


def _records(scored: Path) -> Iterator[Decision]:
    try:
        with scored.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    try:
                        yield decode(line)
                    except (ValueError, UnicodeDecodeError) as error:
                        raise InputError(
                            f"{scored}:{number}: not a record: {error}\n"
                            "Give the JSON Lines that `modfilter score -o FILE.jsonl` wrote."
                        ) from error
    except OSError as error:
        raise InputError(f"{scored} cannot be read: {error.strerror}") from error


def _texts(scored: Path, ids: set[str | None]) -> dict[str, str]:
    """Read the file again for the comments that are answered, wherever they stand in it."""
    if not ids:
        return {}
    comments = (decision.assessment.comment for decision in _records(scored))
    return {comment.id: comment.text for comment in comments if comment.id in ids}


def _articles(path: Path) -> dict[str, Article]:
    if not path.exists():
        return {}
    try:
        found = [msgspec.json.decode(line, type=Article) for line in path.read_bytes().splitlines()]
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not articles as `modfilter score` wrote them: {error}") from error
    return {article.id: article for article in found}

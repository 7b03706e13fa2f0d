"""Gathers a report from records in two passes: the counts and the most urgent; then what is around them."""

import hashlib
import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import count
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from modfilter.errors import InputError
from modfilter.records import Action, Article, Decision
from modfilter.report import scored
from modfilter.report.campaigns import Campaign, Copy, Sketches, campaigns_of
from modfilter.report.context import Around, Near, Surroundings, Turns, copies, short
from modfilter.report.entries import Entry, entry_of, is_sampled
from modfilter.report.overview import REJECTS, Overview, Tally
from modfilter.report.sources import ScoredFile, Source
from modfilter.report.urgency import Urgency, harm_of, urgency_of

MOST = 50_000
"""Comments that a report lists; what is beyond is counted, and the page says so."""

Watch = Callable[[Iterable[Decision]], Iterable[Decision]]
"""Passes decisions on, and may show how far the reading is."""


class Report(Struct, frozen=True, kw_only=True):
    """A run, as a moderator sees it."""

    title: str
    key: str
    """Tells this run's records from any others: the page keeps its decisions under it."""
    overview: Overview
    entries: list[Entry]
    """Comments that are not simply published, or that an audit drew, most urgent first."""
    to_review: int
    """How many there are; those beyond the cap are the least urgent by themselves."""


class _Found(Struct, kw_only=True):
    """What the first pass found."""

    tally: Tally
    sketches: Sketches
    urgent: list[Decision]
    to_review: int
    key: str


def gather(
    paths: Sequence[Path], *, most: int = MOST, title: str | None = None, watch: Watch = iter
) -> Report:
    """Read what `modfilter score` wrote; raise InputError for a line that is no record."""
    if len(set(paths)) < len(paths):
        raise InputError("a file is given twice\nGive each file of records once.")
    return gather_from([ScoredFile(path) for path in paths], most=most, title=title, watch=watch)


def gather_from(
    sources: Sequence[Source], *, most: int = MOST, title: str | None = None, watch: Watch = iter
) -> Report:
    """Read records wherever they are; raise InputError for one that cannot be read."""
    found = _first_look(watch(decision for source in sources for decision in source.decisions()), most)
    drifts = found.tally.drifts()
    groups = found.sketches.groups()
    around, turns, campaigns = _second_look(
        sources, found.urgent, {a: d.turn for a, d in drifts.items()}, groups
    )
    articles: dict[str, Article] = {}
    for source in sources:
        articles = {**source.articles(), **articles}
    reasons: Counter[str] = Counter()
    rejected: list[scored.Reject] = []
    for source in sources:
        for reject in source.rejects():
            reasons[_kind(reject.reason)] += 1
            if len(rejected) < REJECTS:
                rejected.append(reject)
    overview = found.tally.overview(
        drifts=drifts,
        turns=turns,
        articles=articles,
        runs=[run for source in sources if (run := source.run())],
        campaigns=campaigns,
        not_compared=found.sketches.passed_over,
        rejected=rejected,
        reject_reasons=dict(reasons.most_common(10)),
    )
    return Report(
        title=title or ", ".join(source.name for source in sources),
        key=found.key,
        overview=overview,
        entries=_entries(found, articles, around, campaigns),
        to_review=found.to_review,
    )


def _first_look(decisions: Iterable[Decision], most: int) -> _Found:
    """Count every decision, and keep the most urgent ones."""
    tally, sketches, ids = Tally(), Sketches(), hashlib.sha256()
    order = count()
    heap: list[tuple[Urgency, int, Decision]] = []
    to_review = 0
    for decision in decisions:
        tally.add(decision)
        comment = decision.assessment.comment
        sketches.add(comment.text)
        ids.update(comment.id.encode() + b"\0")
        if decision.action is Action.PUBLISH and not is_sampled(decision):
            continue
        to_review += 1
        item = (harm_of(decision), -next(order), decision)
        if len(heap) < most:
            heapq.heappush(heap, item)
        elif heap:
            heapq.heappushpop(heap, item)
    urgent = [decision for _, _, decision in sorted(heap, key=lambda item: item[:2], reverse=True)]
    return _Found(
        tally=tally, sketches=sketches, urgent=urgent, to_review=to_review, key=ids.hexdigest()[:16]
    )


def _second_look(
    sources: Sequence[Source],
    urgent: Sequence[Decision],
    turned: dict[str | None, int | None],
    groups: Sequence[Sequence[int]],
) -> tuple[dict[str, Around], dict[str | None, tuple[str, str]], list[Campaign]]:
    """Read every record again for what stands around those that are shown."""
    surroundings = Surroundings({d.assessment.comment.id: d.assessment.comment.parent_id for d in urgent})
    turns = Turns({article: place for article, place in turned.items() if place is not None})
    group_of, members = copies(groups)
    briefs = (brief for source in sources for brief in source.briefs())
    for number, brief in enumerate(briefs):
        surroundings.add(brief)
        turns.add(brief)
        if (group := group_of.get(number)) is not None:
            members[group].append(_copy(brief))
    for decision in urgent:
        comment = decision.assessment.comment
        around = surroundings.around[comment.id]
        if around.parent is None and comment.parent_id is not None:
            found = next((parent for source in sources if (parent := source.parent(comment))), None)
            around.parent = Near(found.id, found.author, short(found.text)) if found else None
    return surroundings.around, turns.found, list(campaigns_of(members))


def _entries(
    found: _Found,
    articles: dict[str, Article],
    around: dict[str, Around],
    campaigns: Sequence[Campaign],
) -> list[Entry]:
    campaign_of = {key: campaign for campaign in campaigns for key in campaign.ids}
    ranked: list[tuple[Urgency, Entry]] = []
    seen: set[str] = set()
    drawn = {decision.assessment.comment.id for decision in found.urgent if is_sampled(decision)}
    for decision in found.urgent:
        comment = decision.assessment.comment
        if comment.id in seen:  # two runs over one comment: the more urgent decision stands first
            continue
        seen.add(comment.id)
        campaign = campaign_of.get(comment.id)
        places = set(campaign.articles) if campaign else {comment.article_id}
        reach = sum(found.tally.reach(article) for article in places)
        entry = entry_of(decision, articles, around[comment.id], reach, len(campaign.ids) if campaign else 0)
        if comment.id in drawn and not entry.sampled:  # a run and its sample, read as one
            entry = replace(entry, sampled=True)
        ranked.append((urgency_of(decision, entry.around.replies, reach), entry))
    ranked.sort(key=lambda pair: pair[0], reverse=True)
    return [entry for _, entry in ranked]


def _copy(brief: scored.Brief) -> Copy:
    return Copy(
        id=brief.id,
        text=brief.text,
        article=brief.article_id,
        author=brief.author,
        action=brief.action,
        when=brief.created_at,
    )


def _kind(reason: str) -> str:
    """Give a reason without the ids and places that make each one different."""
    return reason.partition(":")[0] if "malformed" not in reason else reason.partition(" (")[0]

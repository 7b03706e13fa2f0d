"""The report as Markdown, for an email, an issue or a wiki: the numbers, and the most urgent comments."""

import re
from collections.abc import Iterable, Iterator, Sequence

from modfilter.report.entries import Entry
from modfilter.report.gather import Report
from modfilter.report.overview import Counts, Overview
from modfilter.report.strings import say
from modfilter.report.visible import visible

COMMENTS = 50
"""Comments that are shown; the page and the table have more."""
_LONGEST = 600
_MARKUP = re.compile(r"^\d*[-+.]|[\\`*_{}\[\]()#!|~=$^:/]")
_LINES = re.compile(r"\s*[\r\n\u0085]+\s*")


def markdown(report: Report) -> str:
    """Give the report; a stranger's text in it is text, whatever it looks like."""
    return "\n".join([*_head(report), *_numbers(report.overview), *_comments(report), ""])


def plain(text: str) -> str:
    """Escape what Markdown or HTML would take for markup, links and mentions included.

    >>> plain("![x](http://e.com) @you <b>")
    '\\\\!\\\\[x\\\\]\\\\(http\\\\:\\\\/\\\\/e.com\\\\) &#64;you &lt;b&gt;'
    """
    text = _LINES.sub(" / ", visible(text).strip())
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("@", "&#64;")
    # "www." links by itself in GitHub's dialect, and an escaped dot does not keep it from doing so.
    text = re.sub(r"(?i)\bwww(?=\.)", "ww&#119;", text)
    return _MARKUP.sub(lambda match: f"{match[0][:-1]}\\{match[0][-1]}", text).replace("&\\#", "&#")


def _head(report: Report) -> Iterator[str]:
    numbers = report.overview
    counts = ", ".join(f"{n:,} {action}" for action, n in numbers.actions.items())
    yield f"# {say('page.title')}: {plain(report.title)}"
    yield ""
    yield f"{numbers.total:,} comments under {numbers.articles:,} articles: {counts}."


def _numbers(numbers: Overview) -> Iterator[str]:
    yield from _section(
        say("overview.reasons"),
        ("rule", "says", "action", "comments"),
        ((plain(r.rule), plain(r.because), r.action, f"{r.comments:,}") for r in numbers.rules),
    )
    yield from _by_action(say("overview.languages"), "language", numbers.languages)
    yield from _section(
        say("overview.threads"),
        ("article", "comments", "held", "flagged", "may incite", "on topic", "turned at"),
        (
            (
                plain(thread.title or say("overview.no_thread")),
                f"{thread.comments:,}",
                f"{thread.actions['hold']:,}",
                f"{thread.actions['flag']:,}",
                f"{thread.incite:,}",
                f"{thread.drift.on_topic:.0%}" if thread.drift.comments else "",
                plain(thread.turned_with),
            )
            for thread in numbers.threads[:20]
        ),
    )
    yield from _section(
        say("overview.campaigns"),
        ("comment", "times", "word for word", "articles", "names"),
        (
            (plain(c.text[:200]), f"{len(c.ids):,}", f"{c.exact:,}", f"{len(c.articles):,}", f"{c.authors:,}")
            for c in numbers.campaigns
        ),
    )
    yield from _by_action(say("overview.tiers"), "tier", numbers.tiers.actions)
    yield from _section(
        say("overview.rejects"),
        ("reason", "rows"),
        ((plain(reason), f"{n:,}") for reason, n in numbers.reject_reasons.items()),
    )


def _comments(report: Report) -> Iterator[str]:
    shown = report.entries[:COMMENTS]
    yield f"\n## {say('page.queue')}\n"
    if not shown:
        yield say("status.nothing")
    for place, entry in enumerate(shown, start=1):
        yield from _comment(place, entry)
    if report.to_review > len(shown):
        yield f"\n{report.to_review - len(shown):,} more comments are to be reviewed."


def _comment(place: int, entry: Entry) -> Iterator[str]:
    mix = ", ".join(f"{tag} {share:.0%}" for tag, share in entry.languages)
    author = plain(entry.author or say("card.no_name"))
    yield f"{place}. **{entry.action}** · {author} · {mix} · {plain(entry.id)}"
    if entry.article:
        yield f"   under {plain(entry.article)}"
    yield ""
    yield f"   > {plain(entry.text[:_LONGEST])}{' …' if len(entry.text) > _LONGEST else ''}"
    yield ""
    for why in entry.whys:
        value = "" if why.value is None else f" ({plain(why.score or '')} {why.value:.2f})"
        yield f"   - {plain(why.because)}{value}"
    yield ""


def _by_action(title: str, name: str, rows: dict[str, Counts]) -> Iterator[str]:
    columns = (name, *next(iter(rows.values()), {}))
    yield from _section(
        title, columns, ((key, *(f"{n:,}" for n in counts.values())) for key, counts in rows.items())
    )


def _section(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    if lines:
        yield f"\n## {title}\n"
        yield f"| {' | '.join(columns)} |"
        yield f"|{' --- |' * len(columns)}"
        yield from lines

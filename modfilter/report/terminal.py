"""The report in a few lines for a terminal: what happened, and what to look at first."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from modfilter.records import Action
from modfilter.report.entries import Entry
from modfilter.report.gather import Report
from modfilter.report.visible import visible

SHOWN = 5
"""Comments that are shown; the report has all of them."""
_LONGEST = 200


def show(report: Report, console: Console) -> None:
    """Print counts, reasons, campaigns, and the most urgent comments."""
    numbers = report.overview
    counts = "  ".join(f"{action.value} {numbers.actions[action.value]:,}" for action in Action)
    console.print(
        Text(f"{numbers.total:,} comments under {numbers.articles:,} articles: {counts}"), soft_wrap=True
    )
    for rule in numbers.rules[:6]:
        console.print(Text(f"{rule.comments:>9,}  {rule.rule}: {rule.because}"), soft_wrap=True)
    for campaign in numbers.campaigns[:3]:
        start = visible(campaign.text[:60])
        where = f"{len(campaign.articles):,} articles"
        console.print(Text(f"{len(campaign.ids):>9,}  copies under {where} of “{start}”"), soft_wrap=True)
    if numbers.rejects:
        console.print(Text(f"{numbers.rejects:>9,}  rows could not be read"), soft_wrap=True)
    if report.entries:
        console.print(_urgent(report.entries[:SHOWN]))


def _urgent(entries: list[Entry]) -> Table:
    table = Table(title="Most urgent", title_justify="left", expand=True, show_lines=True)
    table.add_column("comment", ratio=5, overflow="fold")
    table.add_column("why", ratio=3, overflow="fold")
    for entry in entries:
        table.add_row(_marked(entry), Text("\n".join([entry.action, *(why.rule for why in entry.whys)])))
    return table


def _marked(entry: Entry) -> Text:
    """Give the beginning of a comment with its deciding words underlined."""
    text = Text("".join(c if c.isprintable() or c == "\n" else "�" for c in entry.text))
    for mark in entry.marks:
        text.stylize("bold underline", mark.start, mark.end)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + Text(" …")

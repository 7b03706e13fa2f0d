"""Measured figures as a table for a terminal: a metric a row, a language a column."""

from collections.abc import Sequence

from rich.table import Table

from modfilter.evaluate.figures import Figure
from modfilter.evaluate.metrics import ALL, PHENOMENON

_FIRST = ("all", "sn", "mixed", "en", "nd", "zu")
_TAG = 3
"""Letters of the longest language tag; a longer slice is a stance, and gets a row of its own."""


def table(suite: str, measured: Sequence[Figure], *, phenomena: bool) -> Table:
    """Lay out the figures of one suite; behind each value, how many comments it rests on."""
    figures = [figure for figure in measured if phenomena or not figure.slice.startswith(PHENOMENON)]
    given = {figure.slice for figure in figures if figure.slice in _FIRST or len(figure.slice) <= _TAG}
    languages = [*[s for s in _FIRST if s in given], *sorted(given - {*_FIRST})]
    drawn = Table(title=f"{suite} (value / comments it rests on)", title_justify="left", box=None)
    drawn.add_column("metric", no_wrap=True)
    for language in languages:
        drawn.add_column(language, justify="right", no_wrap=True)
    found = {(figure.metric, figure.slice): _cell(figure) for figure in figures}
    for metric in dict.fromkeys(figure.metric for figure in figures):
        drawn.add_row(metric, *[found.get((metric, language), "") for language in languages])
        for figure in figures:
            if figure.metric == metric and figure.slice not in languages:
                drawn.add_row(f"  {figure.slice}", _cell(figure))
    return drawn


def _cell(figure: Figure) -> str:
    # Intervals of single languages are in --json: with them the table would break its numbers over lines.
    shown = figure.low is not None and figure.slice == ALL
    within = f" [dim]{figure.low:.2f}–{figure.high:.2f}[/dim]" if shown else ""
    return f"{figure.value:.3f}{within} [dim]/{figure.n}[/dim]"

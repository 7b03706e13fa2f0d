"""`report`: the moderators' page."""

from pathlib import Path
from typing import Annotated

import typer

from modfilter.cli import accounting
from modfilter.cli.app import app
from modfilter.errors import UsageError

FORMATS = (".html", ".md", ".csv")
"""What `report` writes, by the suffix of its output."""


@app.command()
def report(
    scored: Annotated[
        list[Path],
        typer.Argument(help="What `modfilter score -o FILE.jsonl` wrote; several, and packed or not."),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="The report to write: .html (the page for moderators), .md, or .csv (the queue as a table)."
            " [default: report.html]",
        ),
    ] = None,
    most: Annotated[
        int, typer.Option(min=1, help="Comments to list, the most urgent; the others are counted.")
    ] = 50_000,
    title: Annotated[str | None, typer.Option(help="What the report is called [the files' names].")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print no summary.")] = False,
    transparency: Annotated[
        bool,
        typer.Option("--transparency", help="Account for the run instead: .md, .json or .html, or printed."),
    ] = False,
    reviewed: Annotated[
        Path | None, typer.Option(help="With --transparency: what `modfilter feedback import` wrote.")
    ] = None,
) -> None:
    """Draw the page on which moderators review what was flagged and held, or write it as Markdown or a table."""
    from modfilter import report as reports
    from modfilter.report import markdown, page, table, terminal
    from modfilter.sinks import progress
    from modfilter.sinks.files import written

    if transparency:
        if len(scored) > 1:
            raise UsageError("--transparency accounts for one run\nGive one file.")
        accounting.write(scored[0], output, reviewed)
        return
    if reviewed:
        raise UsageError("--reviewed goes with --transparency\nThe review page does not need it.")
    output = output or Path("report.html")
    kind = output.suffix.casefold()
    if kind not in FORMATS:
        raise UsageError(
            f"{output}: cannot tell the format to write\nEnd the name in one of {', '.join(FORMATS)}."
        )
    gathered = reports.gather(
        scored, most=most, title=title, watch=lambda decisions: progress.shown(decisions, unit="comments")
    )
    # The page is drawn before the file is opened: an error leaves no half of one.
    drawn = {".html": page.render, ".md": markdown.markdown}.get(kind)
    text = drawn(gathered) if drawn else None
    with written(str(output)) as stream:
        if text is None:
            table.write_table(gathered, stream)
        else:
            stream.write(text.encode("utf-8"))
    if quiet:
        return
    from rich.console import Console

    terminal.show(gathered, Console())
    typer.echo(f"{gathered.to_review:,} of {gathered.overview.total:,} comments to review: {output}")

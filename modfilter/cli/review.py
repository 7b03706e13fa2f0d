"""`report`: the moderators' page."""

from pathlib import Path
from typing import Annotated

import typer

from modfilter.cli import accounting
from modfilter.cli.app import app
from modfilter.errors import UsageError


@app.command()
def report(
    scored: Annotated[Path, typer.Argument(help="What `modfilter score -o FILE.jsonl` wrote.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The page to write [report.html].")
    ] = None,
    transparency: Annotated[
        bool,
        typer.Option("--transparency", help="Account for the run instead: .md, .json or .html, or printed."),
    ] = False,
    reviewed: Annotated[
        Path | None, typer.Option(help="With --transparency: what `modfilter feedback import` wrote.")
    ] = None,
) -> None:
    """Draw the page on which moderators review what was flagged and held."""
    from modfilter import report as reports
    from modfilter.sinks.files import written

    if transparency:
        accounting.write(scored, output, reviewed)
        return
    if reviewed:
        raise UsageError("--reviewed goes with --transparency\nThe review page does not need it.")
    output = output or Path("report.html")
    gathered = reports.gather(scored)
    page = reports.render(gathered)
    with written(str(output)) as stream:
        stream.write(page.encode("utf-8"))
    typer.echo(f"{len(gathered.entries):,} of {gathered.total:,} comments to review: {output}")

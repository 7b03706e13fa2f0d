"""`report`: the moderators' page."""

from pathlib import Path
from typing import Annotated

import typer

from modfilter.cli.app import app


@app.command()
def report(
    scored: Annotated[Path, typer.Argument(help="What `modfilter score -o FILE.jsonl` wrote.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The page to write.")] = Path("report.html"),
) -> None:
    """Draw the page on which moderators review what was flagged and held."""
    from modfilter import report as reports
    from modfilter.sinks.files import written

    gathered = reports.gather(scored)
    page = reports.render(gathered)
    with written(str(output)) as stream:
        stream.write(page.encode("utf-8"))
    typer.echo(f"{len(gathered.entries):,} of {gathered.total:,} comments to review: {output}")

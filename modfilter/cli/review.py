"""`report` and `serve`: the moderators' page, and the hook over HTTP."""

import os
from pathlib import Path
from typing import Annotated

import typer

from modfilter.cli import options
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
        Path,
        typer.Option(
            "--output",
            "-o",
            help="The report to write: .html (the page for moderators), .md, or .csv (the queue as a table).",
        ),
    ] = Path("report.html"),
    most: Annotated[
        int, typer.Option(min=1, help="Comments to list, the most urgent; the others are counted.")
    ] = 50_000,
    title: Annotated[str | None, typer.Option(help="What the report is called [the files' names].")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print no summary.")] = False,
) -> None:
    """Draw the page on which moderators review what was flagged and held, or write it as Markdown or a table."""
    from modfilter import report as reports
    from modfilter.report import markdown, page, table, terminal
    from modfilter.sinks import progress
    from modfilter.sinks.files import written

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


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8750,
    policy: options.PolicyFile = None,
    models: options.Models = None,
) -> None:
    """Answer POST /v1/moderate over HTTP: one comment or several in, their records out.

    Callers send `Authorization: Bearer TOKEN`; the token is that of MODFILTER_TOKEN, or else a new
    one that is printed at the start.
    """
    from modfilter import policy as policies
    from modfilter.pipeline import load_judges

    try:
        import uvicorn

        from modfilter import server
    except ImportError as error:
        raise UsageError("the server needs an extra\nInstall it: pip install 'modfilter[server]'") from error
    token = os.environ.get("MODFILTER_TOKEN", "")
    if not token:
        if host not in server.LOOPBACK:
            raise UsageError(
                f"--host {host} is open to others, and MODFILTER_TOKEN is not set\n"
                "Set it to a long random token that only the comment system knows."
            )
        token = server.new_token()
        typer.echo(f"token of this run (set MODFILTER_TOKEN to choose one): {token}", err=True)
    rules = policies.load(policy)
    judges = load_judges(models, expected=rules.languages)
    uvicorn.run(server.create_app(judges, rules, token), host=host, port=port, log_level="info")

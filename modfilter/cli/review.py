"""`report` and `serve`: the moderators' page, and the hook over HTTP."""

import os
from pathlib import Path
from typing import Annotated

import typer

from modfilter.cli import accounting, options
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

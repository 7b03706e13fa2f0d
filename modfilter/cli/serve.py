"""`serve` and `token`: the hook over HTTP."""

from pathlib import Path
from typing import Annotated

import typer

from modfilter.cli import options
from modfilter.cli.app import app
from modfilter.errors import UsageError


@app.command()
def serve(
    config: Annotated[
        Path | None, typer.Option(help="Sites, tokens and limits as TOML; docs/server.md has every key.")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on. [default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on. [default: 8750]")] = None,
    judges: Annotated[
        int | None, typer.Option(help="Processes that read comments. [default: one a core]")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder of articles and decisions. [default: modfilter-data]")
    ] = None,
    policy: options.PolicyFile = None,
    tier: Annotated[options.Tier | None, typer.Option("--tier", help="auto, fast or deep.")] = None,
    models: options.Models = None,
) -> None:
    """Answer comment systems over HTTP, before a comment is published.

    Speaks its own protocol (POST /v1/moderate) and those of Coral, Perspective, Akismet and OpenAI. Without a
    configuration there is one site, whose token is that of MODFILTER_TOKEN, or else a new one that is printed.
    """
    import os

    import msgspec

    try:
        from modfilter.server import access, run
        from modfilter.server import config as settings
    except ImportError as error:
        raise UsageError("the server needs an extra\nInstall it: pip install 'modfilter[server]'") from error

    given = {
        "host": host,
        "port": port,
        "judges": judges,
        "data": data and str(data),
        "tier": tier and tier.value,
        "models": models and str(models),
    }
    chosen = msgspec.structs.replace(
        settings.load(config), **{key: value for key, value in given.items() if value is not None}
    )
    environment = dict(os.environ)
    if not chosen.site and not environment.get("MODFILTER_TOKEN") and chosen.host in settings.LOOPBACK:
        environment["MODFILTER_TOKEN"] = access.new_token()
        typer.echo(
            f"token of this run (set MODFILTER_TOKEN to choose one): {environment['MODFILTER_TOKEN']}",
            err=True,
        )
    sites = settings.sites(chosen, config.parent if config else Path(), policy, environment)
    run.run(chosen, sites, settings.moderators(chosen, sites, environment))


@app.command()
def token() -> None:
    """Make a token for a site: give it to the comment system, and its hash to the server's configuration."""
    from modfilter.server.access import HASHED, hashed, new_token

    made = new_token()
    typer.echo(f"token  {made}\nhash   {HASHED}{hashed(made)}")

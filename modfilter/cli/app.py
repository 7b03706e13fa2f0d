"""The application that the commands register with."""

import typer

app = typer.Typer(
    name="modfilter",
    help="Find the comments that a moderator should look at, in Shona, English and mixed speech.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: --help need not wait for rich to load
)


def _version(wanted: bool) -> None:
    if wanted:
        from modfilter import __version__

        typer.echo(f"modfilter {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Show the version."
    ),
) -> None:
    """Hold the options of modfilter itself."""

"""The commands, and what becomes of errors: a user's mistake is shown bare, a bug keeps its traceback."""

import sys

import typer

from modfilter.errors import ModfilterError, UsageError

app = typer.Typer(
    name="modfilter",
    help="Find the comments that a moderator should look at, in Shona, English and mixed speech.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: drawing it with rich costs 120 ms more at every --help
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


def main() -> None:
    """Run the command line; 1 where it failed, 2 for wrong usage."""
    from modfilter.cli import inspect, judge, review  # registers the commands

    del inspect, judge, review
    try:
        app()
    except ModfilterError as error:
        print(f"modfilter: {error}", file=sys.stderr)
        sys.exit(2 if isinstance(error, UsageError) else 1)
    except BrokenPipeError:
        # The reader of our output (head, less) has gone; Python would complain again at exit.
        sys.stdout = None
        sys.exit(0)
    except KeyboardInterrupt:
        print("modfilter: interrupted; nothing was written", file=sys.stderr)
        sys.exit(130)

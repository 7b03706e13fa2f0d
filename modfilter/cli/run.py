"""Runs the command line: a user's mistake is shown bare, a bug keeps its traceback."""

import sys

from modfilter.cli import hook, inspect, learn, log, review, score, serve
from modfilter.cli.app import app
from modfilter.errors import ModfilterError, UsageError

COMMANDS = (score, hook, inspect, review, serve, log, learn)
"""The modules whose commands the application has: importing them registers these."""


def main() -> None:
    """Run the command line; 1 where it failed, 2 for wrong usage."""
    try:
        app()
    except ModfilterError as error:
        print(f"modfilter: {error}", file=sys.stderr)
        sys.exit(2 if isinstance(error, UsageError) else 1)

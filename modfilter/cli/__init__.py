"""The command line: flags stop here. Each command parses, calls one function, and prints."""

from modfilter.cli.app import app
from modfilter.cli.run import main

__all__ = ["app", "main"]

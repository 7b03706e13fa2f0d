"""Lets `python -m modfilter` run."""

from modfilter.cli import main

main()

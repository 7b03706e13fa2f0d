"""`score` and `hook`: decide on the comments of a dump, or on one before it is published."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modfilter.cli import options
from modfilter.cli.app import app
from modfilter.errors import InputError, UsageError

if TYPE_CHECKING:
    from modfilter.readers import Intake
    from modfilter.sinks.terminal import Summary


@app.command()
def score(
    dump: Annotated[str, typer.Argument(help="A dump of comments or a saved page; - is standard input.")],
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", help="Where to write the records: .jsonl, .csv, or - for JSON Lines."),
    ] = None,
    article: options.Article = None,
    articles: Annotated[
        Path | None, typer.Option(help='Articles as JSON Lines: {"id", "title", "body", "url"}.')
    ] = None,
    format: Annotated[
        str | None, typer.Option("--format", help="jsonl, csv, tsv or page, where the name does not tell.")
    ] = None,
    policy: options.PolicyFile = None,
    saved_at: Annotated[
        str | None,
        typer.Option(metavar="DATE", help='The day a page was saved, to date "1 month ago" (YYYY-MM-DD).'),
    ] = None,
    rejects: Annotated[
        Path | None, typer.Option(help="Where to write rows that cannot be read [OUT.rejects.jsonl].")
    ] = None,
    tier: options.TierOption = options.Tier.AUTO,
    strict: Annotated[bool, typer.Option("--strict", help="Fail when a row cannot be read.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print no summary.")] = False,
    models: options.Models = None,
) -> None:
    """Score every comment in DUMP, decide on it, and say which ones to look at."""
    from datetime import date

    from modfilter import policy as policies
    from modfilter import readers
    from modfilter.pipeline import load_judges, moderate
    from modfilter.sinks import files, progress
    from modfilter.sinks.terminal import Summary

    if article and articles:
        raise UsageError("--article and --articles do not go together\nGive one of them.")
    try:
        saved = date.fromisoformat(saved_at) if saved_at else None
    except ValueError as error:
        raise UsageError(f"--saved-at {saved_at!r} is no date\nWrite it as 2022-04-08.") from error
    rules = policies.load(policy)
    own_article = readers.read_article(article) if article else None
    known = dict(readers.read_articles(articles)) if articles else {}
    summary = Summary()
    with ExitStack() as stack:
        rejected = files.late(stack, _beside(output, rejects, "rejects"))
        intake = readers.Intake(known, reject=rejected)
        threads = readers.read(dump, intake, format=format, article=own_article, saved_at=saved)
        write = stack.enter_context(files.sink(output)) if output else None
        judges = load_judges(models, tier.value)
        for decision in progress.shown(moderate(threads, judges, rules, [*known.values()]), unit="comments"):
            summary.add(decision)
            if write:
                write(decision)
        if not summary.total and intake.rejected:
            first = intake.first_reject
            raise InputError(
                f"{dump}: none of its {intake.rejected:,} rows can be read\n"
                f"The first, at line {first.line if first else 0}: {first.reason if first else ''}"
            )
        if output and output != files.STDOUT:
            files.write_rows(_sidecar(output, "articles"), intake.articles.values())
    if not quiet:
        _report(summary, intake, output, _beside(output, rejects, "rejects"))
    if strict and intake.rejected:
        raise typer.Exit(1)


@app.command()
def hook(
    article: options.Article = None,
    policy: options.PolicyFile = None,
    tier: options.TierOption = options.Tier.AUTO,
    models: options.Models = None,
) -> None:
    """Decide on one comment before it is published.

    Reads it as JSON on standard input and writes its record on standard output. The exit status is
    0 to publish (or flag), 3 to hold, 4 to reject, 1 where no decision could be made.
    """
    from modfilter import policy as policies
    from modfilter.contract import encode
    from modfilter.hooks import native
    from modfilter.pipeline import load_judges, moderate
    from modfilter.readers import read_article
    from modfilter.records import Action

    rules = policies.load(policy)
    asked = native.read_message(sys.stdin.buffer.read(), read_article(article) if article else None)
    if asked.several:
        raise InputError("the hook decides on one comment at a time: send it without a list")
    (decision,) = moderate([asked.thread], load_judges(models, tier.value), rules)
    sys.stdout.buffer.write(encode(decision) + b"\n")
    raise typer.Exit({Action.HOLD: 3, Action.REJECT: 4}.get(decision.action, 0))


def _beside(output: str | None, given: Path | None, kind: str) -> Path | None:
    if given or output in (None, "-"):
        return given
    return _sidecar(output or "", kind)


def _sidecar(output: str, kind: str) -> Path:
    return Path(f"{output}.{kind}.jsonl")


def _report(summary: "Summary", intake: "Intake", output: str | None, rejects: Path | None) -> None:
    from rich.console import Console

    notes = []
    if intake.rejected and intake.first_reject:
        where = f"; see {rejects}" if rejects else "; give --rejects FILE to keep them"
        first = intake.first_reject
        notes.append(f"{intake.rejected:,} rows could not be read (line {first.line}: {first.reason}){where}")
    if intake.missing_parents:
        notes.append(f"{intake.missing_parents:,} comments that others answer are not in the dump")
    if summary.total and not intake.articles:
        notes.append("no article is known, so relevance was not scored: give --article or --articles")
    if not summary.total:
        notes.append("there are no comments")
    if output and output != "-":
        notes.append(f"written to {output}")
    # The summary is for people: where the records go to standard output, it goes to standard error.
    summary.show(Console(stderr=output == "-"), notes)

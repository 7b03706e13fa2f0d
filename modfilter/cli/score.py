"""`score`: decide on the comments of a dump."""

import shutil
import sys
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from modfilter.cli import options
from modfilter.cli.app import app
from modfilter.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from modfilter.batch import Decided, Parts
    from modfilter.manifest import Made
    from modfilter.readers import Intake
    from modfilter.records import Decision
    from modfilter.sinks.terminal import Summary


class Engine(StrEnum):
    """Where the comments are judged."""

    LOCAL = "local"
    SPARK = "spark"


MOST_ARTICLES = 50_000
"""Articles that are kept on disk (60 KB each) once they have been read, for comments that come later."""
INTERRUPTED = 130
"""The exit status after Ctrl-C, as shells have it."""


@app.command()
def score(
    dump: Annotated[
        str,
        typer.Argument(
            help="A dump of comments, a saved page, or a folder of them; - is standard input. It may be packed."
        ),
    ],
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            help="Where to write the records: .jsonl (.zst, .gz), .csv, .parquet, or - for JSON Lines.",
        ),
    ] = None,
    article: options.Article = None,
    articles: Annotated[
        Path | None, typer.Option(help='Articles as JSON Lines: {"id", "title", "body", "url"}.')
    ] = None,
    format: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="jsonl, csv, tsv, parquet, page, wordpress or disqus, where the file does not tell."
            " Reddit's archives and Coral's exports are jsonl.",
        ),
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
    engine: Annotated[
        Engine,
        typer.Option(help="spark: Parquet or JSON Lines on a cluster, into a folder of Parquet (--output)."),
    ] = Engine.LOCAL,
    master: Annotated[str, typer.Option(help="The cluster, with --engine spark.")] = "local[*]",
    workers: Annotated[int, typer.Option(min=1, help="Processes that judge; the models are shared.")] = 1,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where a run to OUT was stopped.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Fail when a row cannot be read.")] = False,
    languages: options.Languages = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print no summary.")] = False,
    models: options.Models = None,
) -> None:
    """Score every comment in DUMP, decide on it, and say which ones to look at."""
    from datetime import date

    from modfilter import batch, manifest, readers
    from modfilter import policy as policies
    from modfilter.pipeline import load_judges
    from modfilter.sinks import files, progress
    from modfilter.sinks.terminal import Summary
    from modfilter.store.blobs import Blobs

    if article and articles:
        raise UsageError("--article and --articles do not go together\nGive one of them.")
    if engine is Engine.SPARK:
        _on_spark(
            dump, output, master, None if articles is None else str(articles),
            policy=None if policy is None else str(policy), tier=tier.value,
            languages=options.expected(languages), models=None if models is None else str(models),
        )  # fmt: skip
        return
    if resume and output in (None, files.STDOUT):
        raise UsageError("--resume needs the file that was being written\nGive it with --output.")
    try:
        saved = date.fromisoformat(saved_at) if saved_at else None
    except ValueError as error:
        raise UsageError(f"--saved-at {saved_at!r} is no date\nWrite it as 2022-04-08.") from error
    rules = policies.load(policy)
    own_article = readers.read_article(article) if article else None
    known = dict(readers.read_articles(articles)) if articles else {}
    summary = Summary()
    began = manifest.now()
    with ExitStack() as stack:
        path = stack.enter_context(readers.spooled(dump))
        rejected = files.late(stack, _beside(output, rejects, "rejects"))
        kept = files.late(stack, _beside(output, None, "articles"))
        intake = readers.Intake(known, reject=rejected, keep=kept)
        windows = readers.read(path, intake, name=dump, format=format, article=own_article, saved_at=saved)
        write = stack.enter_context(files.sink(output)) if output else None
        expected = options.expected(languages) or rules.languages
        folder = None if output in (None, files.STDOUT) else _parts_folder(output, resume=resume)
        scratch = folder or Path(stack.enter_context(TemporaryDirectory()))
        read = Blobs(scratch / "articles.sqlite", MOST_ARTICLES)
        work = batch.Work(load_judges(models, tier.value, expected, read), rules, tuple(known.values()))
        made = manifest.made(
            {dump: path, str(article): article, str(articles): articles},
            work,
            {"tier": tier.value, "languages": expected, "format": format, "saved_at": saved_at},
        )
        parts = _parts(folder, made) if folder else None
        decided = batch.run(windows, work, workers, parts)
        try:
            for decision in progress.shown(
                _each(decided, intake), unit="comments", total=lambda: intake.comment_count
            ):
                summary.add(decision)
                if write:
                    write(decision)
        except KeyboardInterrupt:
            print(f"modfilter: stopped after {summary.total:,} comments", file=sys.stderr)
            if parts:
                print(
                    "What was judged is kept: the same command with --resume goes on there.", file=sys.stderr
                )
            raise typer.Exit(INTERRUPTED) from None
        if not summary.total and intake.rejected:
            first = intake.first_reject
            raise InputError(
                f"{dump}: none of its {intake.rejected:,} rows can be read\n"
                f"The first, at line {first.line if first else 0}: {first.reason if first else ''}"
            )
    if parts:
        parts.remove()
    if output and output != files.STDOUT:
        account = manifest.account(made, began, workers, summary.actions, intake)
        files.write_json(_sidecar(output, "run", ".json"), account)
    if not quiet:
        _report(summary, intake, output, _beside(output, rejects, "rejects"))
    if strict and intake.rejected:
        raise typer.Exit(1)


def _on_spark(dump: str, output: str | None, master: str, articles: str | None, **given: Any) -> None:
    """Judge on a cluster; a dump and an output are whatever paths the cluster knows."""
    try:
        import pyspark  # noqa: F401

        from modfilter.spark import score_files
    except ImportError as error:
        raise UsageError("the cluster needs an extra\nInstall it: pip install 'modfilter[spark]'") from error
    if output is None:
        raise UsageError("--engine spark needs --output\nGive a folder that does not exist yet.")
    rows = score_files(dump, output, master, articles, **given)
    print(f"{rows:,} comments, written to {output}")


def _each(decided: "Iterable[Decided]", intake: "Intake") -> "Iterator[Decision]":
    """Give each decision in order; the comments of a window that no worker survived are set aside."""
    for window, decisions in decided:
        if decisions is not None:
            yield from decisions
            continue
        for thread in window.threads:
            for comment in thread.comments:
                intake.reject(
                    0, f"comment {comment.id!r}: the process that judged it died twice", comment.text
                )


def _parts_folder(output: str | None, *, resume: bool) -> Path:
    """Give the folder of what is kept until all is there; what an old one holds only with --resume."""
    folder = _sidecar(output or "", "parts", "")
    try:
        if folder.exists() and not resume:
            shutil.rmtree(folder)
        folder.mkdir(exist_ok=True)
        # Another version may have laid its articles out in another way.
        for old in folder.glob("articles.sqlite*"):
            old.unlink()
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror}") from error
    return folder


def _parts(folder: Path, made: "Made") -> "Parts":
    """Give the decisions that are kept in a folder, which must be of a run like this one."""
    import msgspec

    from modfilter import batch
    from modfilter.sinks import files

    key = folder / "made.json"
    if key.exists() and key.read_bytes() != msgspec.json.encode(made) + b"\n":
        raise InputError(
            f"{folder} is of a run with another dump, policy, model or option\n"
            "Give the same ones, or start anew without --resume."
        )
    files.write_json(key, made)
    return batch.Parts(folder)


def _beside(output: str | None, given: Path | None, kind: str) -> Path | None:
    if given or output in (None, "-"):
        return given
    return _sidecar(output or "", kind)


def _sidecar(output: str, kind: str, suffix: str = ".jsonl") -> Path:
    return Path(f"{output}.{kind}{suffix}")


def _report(summary: "Summary", intake: "Intake", output: str | None, rejects: Path | None) -> None:
    from rich.console import Console

    notes = []
    if intake.rejected and intake.first_reject:
        where = f"; see {rejects}" if rejects else "; give --rejects FILE to keep them"
        first = intake.first_reject
        notes.append(f"{intake.rejected:,} rows could not be read (line {first.line}: {first.reason}){where}")
    if intake.missing_parents:
        notes.append(f"{intake.missing_parents:,} comments that others answer are not in the dump")
    if summary.total and not intake.article_count:
        notes.append("no article is known, so relevance was not scored: give --article or --articles")
    if not summary.total:
        notes.append("there are no comments")
    if output and output != "-":
        notes.append(f"written to {output}")
    # The summary is for people: where the records go to standard output, it goes to standard error.
    summary.show(Console(stderr=output == "-"), notes)

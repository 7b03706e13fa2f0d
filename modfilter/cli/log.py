"""`log`: what the server has decided."""

import random
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modfilter.cli import options
from modfilter.cli.app import app
from modfilter.errors import InputError, UsageError

if TYPE_CHECKING:
    from modfilter.store import DecisionLog

log = typer.Typer(help="Look into the decisions of a server.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(log, name="log")

Data = Annotated[Path, typer.Argument(help="The server's --data folder.")]
Output = Annotated[str, typer.Option("--output", "-o", help="Where to write them (.jsonl, .zst, .gz).")]
Site = Annotated[str | None, typer.Option("--site", help="Only this site's.")]
Since = Annotated[str, typer.Option("--since", help="Only from this day on (YYYY-MM-DD).")]


@log.command()
def export(data: Data, output: Output, site: Site = None, since: Since = "") -> None:
    """Write the decisions as `modfilter score` would, for `report` and `policy replay`.

    Decisions whose texts have been erased are left out.
    """
    import msgspec

    from modfilter.contract import encode
    from modfilter.sinks.files import written

    decisions = _opened(data)
    articles = {}
    count = 0
    with written(output) as stream:
        for each in decisions.logged(site=site, since=since):
            stream.write(encode(each.decision) + b"\n")
            count += 1
            if each.article:
                articles[each.article.id] = each.article
    with written(f"{output}.articles.jsonl") as stream:
        stream.writelines(msgspec.json.encode(article) + b"\n" for article in articles.values())
    typer.echo(f"{count:,} decisions written to {output}")
    decisions.close()


@log.command()
def verdicts(data: Data, output: Output, site: Site = None, since: Since = "") -> None:
    """Write what moderators said in the queue, for `feedback import`; one that was taken back ends as `skip`."""
    from modfilter.sinks.files import written
    from modfilter.verdicts import encode

    decisions = _opened(data)
    count = 0
    with written(output) as stream:
        for verdict in decisions.verdicts.given(site, since):
            stream.write(encode(verdict) + b"\n")
            count += 1
    typer.echo(f"{count:,} verdicts written to {output}")
    decisions.close()


@log.command()
def recheck(
    data: Data,
    sample: Annotated[int, typer.Option(help="How many decisions, chosen at random.")] = 200,
    seed: Annotated[int, typer.Option(help="Of the choice.")] = 1,
    models: options.Models = None,
) -> None:
    """Decide again with the article, policy and models of then; exit with 1 where something comes out otherwise."""
    from modfilter.bundle import shipped_models
    from modfilter.pipeline import load_judges
    from modfilter.recheck import recheck as again

    decisions = _opened(data)
    numbers = decisions.numbers()
    chosen = sorted(random.Random(seed).sample(numbers, min(sample, len(numbers))))
    folder = models or shipped_models()
    found = again(decisions, decisions.some(chosen), load_judges(folder), folder)
    decisions.close()
    for sentence in found.other:
        typer.echo(sentence)
    typer.echo(
        f"{found.same:,} the same, {len(found.other):,} not, {found.failed:,} had no judge,"
        f" {found.other_models:,} were of other models"
    )
    if found.other:
        raise typer.Exit(1)


@log.command()
def erase(
    data: Data,
    older_than: Annotated[
        float | None, typer.Option(help="Days: texts of decisions that are older are erased.")
    ] = None,
    comment: Annotated[str | None, typer.Option(help="The id of a comment whose text is erased.")] = None,
) -> None:
    """Erase texts; the decisions, with scores and reasons, stay."""
    if (older_than is None) == (comment is None):
        raise UsageError("say what to erase: --older-than DAYS, or --comment ID")
    decisions = _opened(data)
    typer.echo(f"{decisions.erase(older_than or 0, comment):,} texts erased")
    decisions.close()


@log.command()
def counts(data: Data) -> None:
    """Count the decisions, those whose texts are still there, and what was said of them afterwards."""
    decisions = _opened(data)
    for name, count in decisions.counts().items():
        typer.echo(f"{name:9} {count:,}")
    decisions.close()


def _opened(data: Path) -> "DecisionLog":
    from modfilter.store import DecisionLog

    path = data / "decisions.sqlite"
    if not path.exists():
        raise InputError(f"{path} does not exist\nGive the folder that `modfilter serve --data` was given.")
    return DecisionLog(path)

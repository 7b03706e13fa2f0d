"""`detect`, `evaluate`, `models`, `policy`: what the models see, how good they are, what the rules say."""

import sys
from collections.abc import Callable, Sequence
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modfilter.cli import options
from modfilter.cli.app import app
from modfilter.errors import InputError

if TYPE_CHECKING:
    from modfilter.records import LanguageMix

BATCH = 1_000
"""Lines of `detect` identified at once."""


class Suite(StrEnum):
    """What can be measured."""

    LANGUAGE = "language"
    RELEVANCE = "relevance"
    HARMS = "harms"


class Method(StrEnum):
    """What identifies languages."""

    MODFILTER = "modfilter"
    LANGDETECT = "langdetect"


policies_app = typer.Typer(help="Check the rules of a policy.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(policies_app, name="policy")


@app.command()
def detect(
    file: Annotated[str, typer.Argument(help="A text file, a text a line; - is standard input.")] = "-",
    method: Annotated[
        Method, typer.Option(help="langdetect knows 55 languages, Shona and Ndebele not among them.")
    ] = Method.MODFILTER,
    languages: options.Languages = None,
    models: options.Models = None,
) -> None:
    """Print the languages of each line of FILE as JSON Lines."""
    import msgspec

    from modfilter.readers.files import Line, lines, opened

    identify = _identifier(method, options.expected(languages), models)
    with opened(file) as (stream, head):
        batch: list[str] = []
        for number, line, wrong, _ in chain(lines(stream, head), [Line(0, "")]):
            if line is None:
                raise InputError(f"{file}:{number}: {wrong}")
            if number and line.strip():
                batch.append(line)
            if batch and (not number or len(batch) >= BATCH):
                for text, mix in zip(batch, identify(batch), strict=True):
                    sys.stdout.buffer.write(msgspec.json.encode({"text": text, "languages": mix}) + b"\n")
                batch = []


def _identifier(
    method: Method, expected: "Sequence[str]", models: Path | None
) -> "Callable[[Sequence[str]], list[LanguageMix]]":
    from modfilter import language
    from modfilter.bundle import shipped_models

    if method is Method.LANGDETECT:
        return language.langdetect
    return language.load((models or shipped_models()) / "language", expected)


@app.command()
def evaluate(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Labelled comments (docs/annotation.md); without any, the sets with floors."),
    ] = None,
    suite: Annotated[list[Suite] | None, typer.Option(help="Only this suite; may be given again.")] = None,
    articles: Annotated[Path | None, typer.Option(help="Articles of the labelled comments.")] = None,
    only: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Ids, one a line: only these comments.")
    ] = None,
    phenomena: Annotated[
        bool, typer.Option("--phenomena", help="Also both errors by phenomenon (sarcasm, proverb ...).")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print each figure as a line of JSON.")] = False,
    tier: options.TierOption = options.Tier.AUTO,
    models: options.Models = None,
) -> None:
    """Measure quality by language; exit with 1 where a figure fell below its floor."""
    import msgspec
    from rich.console import Console

    from modfilter import evaluate as proof
    from modfilter.bundle import shipped_models
    from modfilter.cli.figures import table
    from modfilter.pipeline import load_judges
    from modfilter.readers import read_articles

    judges = load_judges(models, tier.value)
    suites = [each.value for each in suite or Suite]
    fallen: list[proof.Fall] = []
    if files:
        known = read_articles(articles) if articles else {}
        ids = set(only.read_text(encoding="utf-8").split()) if only else None
        figures = proof.evaluate(judges, suites, files, known, ids)
    else:
        folder = models or shipped_models()
        figures, fallen = proof.evaluate_shipped(judges, folder, suites, root=Path())
    if json:
        for figure in figures:
            sys.stdout.buffer.write(msgspec.json.encode(figure) + b"\n")
    else:
        # Narrower, the table would break its numbers over lines.
        console = Console(width=max(170, Console().width))
        for name in suites:
            of_suite = [figure for figure in figures if figure.suite == name]
            console.print(table(name, of_suite, phenomena=phenomena))
    for fall in fallen:
        print(f"below its floor: {fall}", file=sys.stderr)
    if fallen:
        raise typer.Exit(1)


@app.command("models")
def list_models(models: options.Models = None) -> None:
    """List the models, what they were trained on, and whether their files are those that were tested."""
    from modfilter.bundle import Bundle, shipped_models

    folder = models or shipped_models()
    found = sorted(path.parent for path in folder.glob("*/manifest.toml"))
    if not found:
        raise InputError(f"{folder} holds no models")
    for path in found:
        bundle = Bundle(path)
        for file in bundle.manifest["files"]:
            bundle.path(file)
        size = sum(file.stat().st_size for file in path.iterdir()) / 1e6
        typer.echo(f"{bundle.name} {bundle.version}  {size:.1f} MB  {bundle.manifest['licence']}  {path}")
        typer.echo(f"  measured in: {', '.join(sorted(bundle.measured))}")
        for entry in bundle.manifest["training_data"]:
            typer.echo(f"  trained on {entry['name']} ({entry['licence']}): {entry['source']}")
    typer.echo("every file is the one that was tested")


@policies_app.command("check")
def check(
    file: Annotated[Path | None, typer.Argument(help="A policy as TOML; without one, the default.")] = None,
) -> None:
    """Check a policy and say in words what it does."""
    from modfilter import policy as policies

    policy = policies.load(file)
    typer.echo(f"{policy.title}: {len(policy.rule)} rules, {len(policy.override)} overrides")
    for rule in policy.rule:
        if rule.when == "hurried":
            condition = "where the deep models were wanted and had no time"
        elif rule.when is not None:
            condition = "in a language of unmeasured quality"
        elif rule.at_least is not None:
            condition = f"where {rule.score} is at least {rule.at_least}"
        else:
            condition = f"where {rule.score} is below {rule.below}"
        typer.echo(f"  {rule.action.value:7} {condition}  ({rule.name}: {rule.because})")
        for override in policy.override:
            if override.rule == rule.name:
                typer.echo(f"          except {_words(override)}")
    typer.echo(f"  {policy.on_failure.value:7} where a model cannot speak")


def _words(override: object) -> str:
    import msgspec

    values = {k: v for k, v in msgspec.to_builtins(override).items() if v is not None and k != "rule"}
    where = [f"{k} {values.pop(k)}" for k in ("language", "site", "section") if k in values]
    return f"{', '.join(where)}: {', '.join(f'{k} {v}' for k, v in values.items())}"

"""`feedback import`, `calibrate`, `policy replay`, `sample`: learn from moderators."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from modfilter.cli import options
from modfilter.cli.app import app
from modfilter.cli.inspect import policies_app
from modfilter.errors import InputError, UsageError


class Feedback(StrEnum):
    """Where verdicts come from."""

    VERDICTS = "verdicts"
    CORAL = "coral"
    PERSPECTIVE = "perspective"
    AKISMET = "akismet"


ScoredFile = Annotated[
    Path, typer.Argument(metavar="SCORED", help="What `modfilter score -o FILE.jsonl` wrote.")
]

feedback_app = typer.Typer(help="Take in what moderators said.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(feedback_app, name="feedback")


@feedback_app.callback()
def feedback() -> None:
    """Take in what moderators said."""


@feedback_app.command("import")
def import_(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="Verdicts as JSON Lines; the review page exports them."),
    ],
    scored: Annotated[
        list[Path],
        typer.Option("--scored", help="The records that they are about; may be given again for another run."),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The reviewed comments to write.")],
    sample: Annotated[
        Path | None,
        typer.Option(help="The audit sample that moderators reviewed, as `modfilter sample` wrote it."),
    ] = None,
    format: Annotated[
        Feedback,
        typer.Option(
            help="coral: mongoexport of commentModerationActions or comments; perspective: bodies of suggestscore;"
            ' akismet: forms of submit-spam and submit-ham with "submitted": "spam" or "ham".'
        ),
    ] = Feedback.VERDICTS,
) -> None:
    """Join verdicts with the records that they are about; those on unknown comments go to OUT.rejects.jsonl."""
    from collections import Counter
    from contextlib import ExitStack

    import msgspec

    from modfilter.cli import lessons
    from modfilter.learning import reviewed as reviews
    from modfilter.readers import Reject, feedback
    from modfilter.sinks.files import late, written

    bad: list[Reject] = []
    passed: Counter[str] = Counter()
    heard: list[feedback.Heard] = []
    for path in files:
        name = path.name

        def reject(line: int, reason: str, row: str, name: str = name) -> None:
            bad.append(Reject(line=line, reason=f"{name}: {reason}", row=row))

        for each in feedback.read(path, format.value, reject):
            if isinstance(each, feedback.Passed):
                passed[each.why] += 1
            else:
                heard.append(each)
    joined = reviews.join(heard, scored, sample)
    rejects = Path(f"{output}.rejects.jsonl")
    with ExitStack() as stack:
        set_aside = late(stack, rejects)
        for row in (*bad, *joined.rejects):
            if set_aside:
                set_aside(row)
        stream = stack.enter_context(written(str(output)))
        for review in joined.reviewed:
            stream.write(msgspec.json.encode(review) + b"\n")
    typer.echo(f"{len(heard):,} verdicts, {len(joined.reviewed):,} comments: {output}")
    for note in lessons.import_notes(joined):
        typer.echo(f"  {note}")
    for why, n in passed.most_common():
        typer.echo(f"  {n:,} rows passed over: {why}")
    if bad or joined.rejects:
        typer.echo(
            f"  {len(bad):,} rows could not be read, {len(joined.rejects):,} verdicts are on no known comment:"
            f" {rejects}"
        )
    if heard and not joined.reviewed:
        raise InputError(
            "not one verdict is on a comment of these records\nCheck that --scored names the same run."
        )


@app.command()
def sample(
    scored: ScoredFile,
    n: Annotated[int, typer.Option("-n", min=1, help="Comments to draw.")] = 200,
    seed: Annotated[int, typer.Option(help="The same seed draws the same comments.")] = 1,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write them.")] = Path(
        "sample.jsonl"
    ),
) -> None:
    """Draw a random audit sample, published comments included, so that what was missed can be measured.

    It is drawn by action and language; each record says under extra how likely it was. `modfilter report` reads it.
    """
    import shutil
    from collections import Counter

    from modfilter.contract import encode
    from modfilter.learning.sample import draw, sampled
    from modfilter.sinks.files import written

    drawn = draw(scored, n, seed)
    with written(str(output)) as stream:
        for decision in drawn:
            stream.write(encode(decision) + b"\n")
    articles = Path(f"{scored}.articles.jsonl")
    if articles.exists():
        shutil.copyfile(articles, f"{output}.articles.jsonl")
    strata = Counter(how for how in map(sampled, drawn) if how is not None)
    for how, count in sorted(strata.items(), key=lambda item: item[0].stratum):
        typer.echo(f"{how.stratum:20} {count:5} of {round(count / how.probability):,}")
    typer.echo(f"{len(drawn):,} comments: {output}")


@app.command()
def calibrate(
    reviewed: Annotated[
        list[Path], typer.Argument(metavar="REVIEWED...", help="What `modfilter feedback import` wrote.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The new policy to write.")],
    policy: options.PolicyFile = None,
    scored: Annotated[
        Path | None,
        typer.Option(help="A run, as `modfilter score` wrote it: its comments are counted by day."),
    ] = None,
    at_most: Annotated[
        str | None,
        typer.Option("--at-most", metavar="N[/day]", help="Raise thresholds until no more are held a day."),
    ] = None,
    recall: Annotated[
        float | None,
        typer.Option(
            min=0.01,
            max=0.99,
            help="Move thresholds until this share of what is to be removed is surely held.",
        ),
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, help="Days of the run, if its comments are not dated.")
    ] = None,
    models: options.Models = None,
) -> None:
    """Refit what the scores mean on a site, by language and site, and move the thresholds by what can be borne.

    Nothing is refitted where verdicts are too few; that is reported, and what was there stays.
    """
    from rich.console import Console

    from modfilter import policy as policies
    from modfilter.cli.lessons import lesson_tables
    from modfilter.learning import reviewed as reviews
    from modfilter.learning.lesson import Goal, learn
    from modfilter.learning.rewrite import rewritten
    from modfilter.pipeline import measured_languages
    from modfilter.sinks.files import written

    if at_most is not None and recall is not None:
        raise UsageError(
            "--at-most and --recall do not go together\nGive one; the other is told where it is known."
        )
    old = policies.load(policy)
    goal = Goal(at_most=_a_day(at_most), recall=recall)
    lesson = learn(reviews.read(reviewed), old, measured_languages(models), goal, scored, days)
    text = rewritten(policies.read(policy), old, lesson)
    with written(str(output)) as stream:
        stream.write(text.encode("utf-8"))
    console = Console(width=max(120, Console().width))
    for table in lesson_tables(lesson):
        console.print(table)
    if not lesson.audited:
        console.print(
            "No published comments were reviewed at random: the calibrations are right for what is flagged and held,"
            " and what is missed is not known. `modfilter sample` draws some."
        )
    if lesson.held_before and lesson.held_after:
        console.print(
            f"held a day: {lesson.held_before[0]:.1f} before, {lesson.held_after[0]:.1f} after"
            f" (at most {lesson.held_after[1]:.1f}, 95 %)"
        )
    console.print(f"{lesson.policy.title}: {output}")


def _a_day(given: str | None) -> float | None:
    """Read "40" or "40/day"."""
    try:
        most = None if given is None else float(given.removesuffix("/day"))
    except ValueError as error:
        raise UsageError(f"--at-most {given!r} is no number\nWrite it as 40/day.") from error
    if most is not None and not 0 < most < float("inf"):
        raise UsageError(f"--at-most {given!r} must be above 0\nWrite it as 40/day.")
    return most


@policies_app.command("replay")
def replay(
    scored: ScoredFile,
    policy: Annotated[Path, typer.Option("--policy", help="The policy to try.")],
    html: Annotated[Path | None, typer.Option("--html", help="Also write a page.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed shows the same examples.")] = 1,
    models: options.Models = None,
) -> None:
    """Say which decisions of a run another policy would change, without judging the comments again."""
    from rich.console import Console

    from modfilter import policy as policies
    from modfilter.cli.lessons import replay_tables
    from modfilter.learning import replay as replays
    from modfilter.pipeline import measured_languages
    from modfilter.readers.scored import decisions
    from modfilter.sinks import progress
    from modfilter.sinks.files import written

    rules = policies.load(policy)
    shown = progress.shown(decisions(scored), unit="comments")
    played = replays.replay(shown, rules, measured_languages(models), seed)
    if html is not None:
        page = replays.page(played, scored.name)
        with written(str(html)) as stream:
            stream.write(page.encode("utf-8"))
    console = Console(width=max(100, Console().width))
    for table in replay_tables(played):
        console.print(table)
    share = played.changed / played.total if played.total else 0
    console.print(f"{played.changed:,} of {played.total:,} decisions would be others ({share:.1%})")
    if html is not None:
        console.print(f"written to {html}")

"""`report --transparency`: the account of a run, printed or written."""

from pathlib import Path

import typer

from modfilter.errors import UsageError

SUFFIXES = (".md", ".json", ".html")


def write(scored: Path, output: Path | None, reviewed: Path | None) -> None:
    """Account for a run; the suffix of `output` picks the format, without one it is printed as Markdown."""
    import msgspec

    from modfilter.learning import account_text
    from modfilter.learning import reviewed as reviews
    from modfilter.learning.account import account
    from modfilter.readers.scored import decisions
    from modfilter.sinks.files import written

    suffix = output.suffix.casefold() if output else ".md"
    if suffix not in SUFFIXES:
        raise UsageError(f"{output}: cannot tell the format to write\nEnd the name in {', '.join(SUFFIXES)}.")
    found = account(scored.name, decisions(scored), reviews.read([reviewed]) if reviewed else None)
    if suffix == ".json":
        text = msgspec.json.format(msgspec.json.encode(found)).decode() + "\n"
    else:
        text = account_text.markdown(found) if suffix == ".md" else account_text.html(found)
    if output is None:
        typer.echo(text)
        return
    with written(str(output)) as stream:
        stream.write(text.encode("utf-8"))
    typer.echo(f"account of {found.comments:,} comments: {output}")

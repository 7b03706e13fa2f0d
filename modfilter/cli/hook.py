"""`hook`: decide on one comment before it is published."""

import sys

import typer

from modfilter.cli import options
from modfilter.cli.app import app
from modfilter.errors import InputError


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
    (decision,) = moderate([asked.thread], load_judges(models, tier.value, rules.languages), rules)
    sys.stdout.buffer.write(encode(decision) + b"\n")
    raise typer.Exit({Action.HOLD: 3, Action.REJECT: 4}.get(decision.action, 0))

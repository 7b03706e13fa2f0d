"""Writes an account as Markdown and as a page: the same sections in both."""

from collections.abc import Iterator

from msgspec import Struct

from modfilter.learning import page
from modfilter.learning.account import ERRORS, FEWEST, Account, Review
from modfilter.records import Action


class Section(Struct, frozen=True):
    """A titled paragraph, with a table where there is one."""

    title: str
    says: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def sections(account: Account) -> Iterator[Section]:
    """Say an account in words and tables."""
    span = f" of {account.first} to {account.last}" if account.first else ""
    yield Section(
        "What was judged",
        f"{account.comments:,} comments{span}, by the policies {_list(account.policies)} and the models"
        f" {_list(account.models)}. {account.failures:,} could not be judged by every model.",
    )
    yield Section(
        "Decisions",
        "Flag publishes and lists a comment for review; hold keeps it back until a person decides.",
        ("language", "comments", *(action.value for action in Action)),
        tuple(
            (language, f"{sum(counts.values()):,}", *(f"{n:,}" for n in counts.values()))
            for language, counts in [("all", account.actions), *account.by_language.items()]
        ),
    )
    yield Section(
        "Reasons",
        "The first of the strictest rules that fired on each comment that was not simply published.",
        ("rule", *(action.value for action in Action if action is not Action.PUBLISH)),
        tuple(
            (rule, *(f"{counts.get(action.value, 0):,}" for action in Action if action is not Action.PUBLISH))
            for rule, counts in account.reasons.items()
        ),
    )
    yield Section(
        "Automation",
        f"Every comment was first decided on by the filter. On {account.automated:.1%} of them nobody said anything"
        " afterwards" + ("." if account.review else ", as far as is known: no verdicts were given."),
    )
    if account.review:
        yield from _people(account.review)
    if account.cannot_say:
        yield Section("What this account cannot say", "", (), tuple((each,) for each in account.cannot_say))


def _people(review: Review) -> Iterator[Section]:
    elsewhere = f" {review.elsewhere:,} reviewed comments are not of this run and are left out." * bool(
        review.elsewhere
    )
    yield Section(
        "Reversals",
        f"{review.moderators:,} moderators reviewed {review.reviewed:,} comments, and differed on {review.differed:,}."
        f"{elsewhere}",
        ("the filter did", "language", "confirmed", "reversed", "undecided"),
        tuple(
            (each.action, each.language, f"{each.confirmed:,}", f"{each.reversed:,}", f"{each.disputed:,}")
            for each in review.reversals
        ),
    )
    if review.errors:
        yield Section(
            "Error rates",
            "Estimated over the whole run from comments that were drawn at random, or of whose kind all were reviewed,"
            " with 95 % intervals (Wilson 1927, weighted after Kish 1965). Languages with fewer than"
            f" {FEWEST} such comments have no rate of their own.",
            ("error", "language", "rate", "95 % interval", "reviewed"),
            tuple(
                (each.kind, each.language, f"{each.rate.value:.1%}", f"{each.rate.low:.1%} – {each.rate.high:.1%}",
                 f"{each.rate.n:,}")
                for kind in ERRORS
                for each in review.errors
                if each.kind == kind
            ),
        )  # fmt: skip


def _list(counts: dict[str, int]) -> str:
    return ", ".join(counts) or "none"


def markdown(account: Account) -> str:
    """Give an account as Markdown."""
    lines = [f"# Account of {_escaped(account.name)}", ""]
    for section in sections(account):
        lines += [f"## {section.title}", ""]
        if section.says:
            lines += [_escaped(section.says), ""]
        if section.columns:
            lines += [_row(section.columns), _row(["---", *["---:"] * (len(section.columns) - 1)])]
            lines += [_row(row) for row in section.rows] + [""]
        elif section.rows:
            lines += [f"- {_escaped(row[0])}" for row in section.rows] + [""]
    return "\n".join(lines)


def html(account: Account) -> str:
    """Give an account as a page of its own; raise UsageError where Jinja2 is not installed."""
    return page.render("account.html.j2", account=account, sections=[*sections(account)])


def _row(cells: tuple[str, ...] | list[str]) -> str:
    return "| " + " | ".join(_escaped(cell) if cell.strip("-:") else cell for cell in cells) + " |"


def _escaped(text: str) -> str:
    """Keep names out of the dump from being taken for markup."""
    for character in "\\`*_[]<>|#":
        text = text.replace(character, f"\\{character}")
    return text.replace("\n", " ")

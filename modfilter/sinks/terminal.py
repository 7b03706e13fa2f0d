"""What a moderator sees on a terminal after a run: the comments to look at, and counts."""

import heapq
from collections import Counter
from itertools import count

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from modfilter.records import Action, Decision

SHOWN = 20
"""Comments in the table; the rest are in the output."""
_STYLES = {Action.FLAG: "yellow", Action.HOLD: "bold red", Action.REJECT: "bold white on red"}
_LONGEST = 400


class Summary:
    """Counts decisions as they stream by, and keeps the most urgent ones."""

    def __init__(self) -> None:
        self.actions: Counter[Action] = Counter()
        self.by_language: Counter[tuple[str, Action]] = Counter()
        self.rules: Counter[str] = Counter()
        self._order = count()
        self._urgent: list[tuple[tuple[float, ...], int, Decision]] = []

    @property
    def total(self) -> int:
        """How many comments were decided on."""
        return self.actions.total()

    def add(self, decision: Decision) -> None:
        """Count one decision."""
        self.actions[decision.action] += 1
        self.by_language[decision.assessment.languages.main, decision.action] += 1
        self.rules.update(reason.rule for reason in decision.reasons)
        if decision.action is not Action.PUBLISH:
            entry = (decision.urgency, -next(self._order), decision)
            if len(self._urgent) < SHOWN:
                heapq.heappush(self._urgent, entry)
            else:
                heapq.heappushpop(self._urgent, entry)

    def show(self, console: Console, notes: list[str]) -> None:
        """Print the table of comments to look at, the counts, and notes on the run."""
        decisions = [entry[2] for entry in sorted(self._urgent, reverse=True)]
        if decisions:
            console.print(_comments(decisions))
            hidden = self.total - self.actions[Action.PUBLISH] - len(decisions)
            if hidden > 0:
                console.print(f"… and {hidden:,} more in the output\n", style="dim")
        console.print(Group(self._languages(), *[Text(note) for note in notes]))

    def _languages(self) -> Table:
        table = Table(title=f"{self.total:,} comments", title_justify="left", box=None, padding=(0, 2, 0, 0))
        table.add_column("language")
        for action in Action:
            table.add_column(action.value, justify="right")
        main: Counter[str] = Counter()
        for (language, _), n in self.by_language.items():
            main[language] += n
        for language, _ in main.most_common(12):
            counts = [self.by_language[language, action] for action in Action]
            table.add_row(language, *[f"{n:,}" if n else "·" for n in counts])
        table.add_row("all", *[f"{self.actions[action]:,}" for action in Action], style="bold")
        return table


def _comments(decisions: list[Decision]) -> Table:
    table = Table(show_lines=True, expand=True, title="To look at, most urgent first", title_justify="left")
    table.add_column("comment", ratio=5, overflow="fold")
    table.add_column("why", ratio=3, overflow="fold")
    for decision in decisions:
        known = decision.assessment
        who = Text(f"{known.comment.author or '—'} · {known.comment.id} · {_mix(decision)}", style="dim")
        why = Text(decision.action.value, style=_STYLES[decision.action])
        for reason in decision.told:
            value = "" if reason.value is None else f" {reason.value:.2f}"
            why.append(f"\n{reason.rule}{value}", style="default")
        table.add_row(Group(_marked(decision), who), why)
    return table


def _mix(decision: Decision) -> str:
    mix = decision.assessment.languages.mix
    if len(mix) < 2:
        return decision.assessment.languages.main
    return " ".join(f"{language} {share:.0%}" for language, share in mix.items())


def _marked(decision: Decision) -> Text:
    """Give the comment with its deciding words underlined."""
    comment = decision.assessment.comment.text
    text = Text("".join(c if c.isprintable() or c == "\n" else "�" for c in comment))
    for item in decision.evidence:
        text.stylize("bold underline", item.start or 0, item.end)
    if len(text) > _LONGEST:
        text = text[:_LONGEST] + Text(" …")
    return text

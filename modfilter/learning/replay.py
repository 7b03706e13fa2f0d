"""What another policy would have done with comments that were judged before: the models need not speak again."""

import random
from collections import Counter
from collections.abc import Iterable

from msgspec import Struct

from modfilter.learning.page import render
from modfilter.policy import Policy, decide
from modfilter.records import Action, Decision

EXAMPLES = 20
"""Changed decisions that are shown."""


class Change(Struct, frozen=True, kw_only=True):
    """A comment on which another decision would be made."""

    before: Decision
    after: Decision

    @property
    def seriousness(self) -> tuple[float, ...]:
        """Sorts what a person should look at first: the stricter of the two actions, then the harms."""
        return max(self.before.urgency, self.after.urgency)

    @property
    def transition(self) -> tuple[Action, Action]:
        """What was done, and what would be."""
        return self.before.action, self.after.action


class Replay:
    """Counts changed decisions as they stream by, and keeps a random few of them."""

    def __init__(self, policy: Policy, measured: frozenset[str], seed: int = 1) -> None:
        self.policy = policy
        self._measured = measured
        self._rng = random.Random(seed)
        self._kept: list[Change] = []
        self.total = self.changed = 0
        self.before: Counter[Action] = Counter()
        self.after: Counter[Action] = Counter()
        self.transitions: Counter[tuple[Action, Action]] = Counter()
        self.languages: Counter[str] = Counter()
        """Comments of each main language."""
        self.by_language: Counter[tuple[str, tuple[Action, Action]]] = Counter()
        self.rules_added: Counter[str] = Counter()
        """Rules that fire now and did not; of all comments, not only of those whose action changes."""
        self.rules_gone: Counter[str] = Counter()
        self.policies: Counter[str] = Counter()
        """The policies that decided before."""

    def add(self, before: Decision) -> None:
        """Decide once more on one comment."""
        after = decide(before.assessment, self.policy, self._measured)
        language = before.assessment.languages.main
        self.total += 1
        self.before[before.action] += 1
        self.after[after.action] += 1
        self.languages[language] += 1
        self.policies[before.policy] += 1
        fired, fires = ({reason.rule for reason in d.reasons} for d in (before, after))
        self.rules_added.update(fires - fired)
        self.rules_gone.update(fired - fires)
        if before.action is after.action:
            return
        change = Change(before=before, after=after)
        self.changed += 1
        self.transitions[change.transition] += 1
        self.by_language[language, change.transition] += 1
        # Algorithm R (Vitter 1985).
        if len(self._kept) < EXAMPLES:
            self._kept.append(change)
        elif (place := self._rng.randrange(self.changed)) < EXAMPLES:
            self._kept[place] = change

    @property
    def changed_in(self) -> list[str]:
        """Give the languages in which something changes, the most common one first."""
        touched = {language for language, _ in self.by_language}
        return [language for language, _ in self.languages.most_common() if language in touched]

    @property
    def examples(self) -> list[Change]:
        """Give the changes that were kept, most serious first."""
        return sorted(self._kept, key=lambda change: change.seriousness, reverse=True)


def replay(decisions: Iterable[Decision], policy: Policy, measured: frozenset[str], seed: int = 1) -> Replay:
    """Decide again on every comment of a run; memory stays flat."""
    played = Replay(policy, measured, seed)
    for decision in decisions:
        played.add(decision)
    return played


_LONGEST = 1_000
"""Characters shown of a comment on the page."""


def page(played: Replay, name: str) -> str:
    """Draw a replay as a page of its own; raise UsageError where Jinja2 is not installed."""
    return render(
        "replay.html.j2",
        replay=played,
        name=name,
        actions=[*Action],
        languages=played.changed_in,
        rules=sorted(played.rules_added.keys() | played.rules_gone.keys()),
        longest=_LONGEST,
    )

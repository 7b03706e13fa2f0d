"""Writes what was learned into the text of a policy, so that a person can read it and what it rests on.

The file's own comments and order stay; a number that changed says beside it what it was.
"""

from collections.abc import Iterator
from typing import Any

import tomlkit
from msgspec import to_builtins
from tomlkit.items import AoT, Table

from modfilter import policy as policies
from modfilter.learning.calibration import Group, Refit
from modfilter.learning.lesson import Lesson, Step
from modfilter.policy import Calibration, Override, Policy


def rewritten(text: str, old: Policy, lesson: Lesson) -> str:
    """Give the text of a policy with a lesson in it."""
    new = lesson.policy
    document = tomlkit.parse(text)
    document["version"] = new.version
    for name, was, now in (("rule", old.rule, new.rule), ("override", old.override, new.override)):
        tables = document.get(name, [])
        for table, before, after in zip(tables, was, now, strict=False):
            for key in ("at_least", "below"):
                if getattr(before, key) != getattr(after, key):
                    table[key] = getattr(after, key)
                    if isinstance(tables, AoT):
                        table[key].comment(f"was {getattr(before, key)}{_why(lesson)}")
    added = [_table(each, _about(each, lesson.steps)) for each in new.override[len(old.override) :]]
    if added:
        document["override"] = _tables(document.get("override"), added)
    if new.calibration != old.calibration:
        document["calibration"] = _tables(None, [_table(c, _source(c, lesson)) for c in new.calibration])
    written = tomlkit.dumps(document)
    assert policies.parse(written, "the new policy") == new
    return written


def _tables(before: Any, added: list[Table]) -> AoT:
    tables = before if isinstance(before, AoT) else tomlkit.aot()
    if before is not None and not isinstance(before, AoT):  # an array of inline tables
        for each in before.unwrap():
            tables.append(tomlkit.item(each))
    for table in added:
        tables.append(table)
    return tables


def _table(value: Override | Calibration, notes: Iterator[str]) -> Table:
    table = tomlkit.table()
    for note in notes:
        table.add(tomlkit.comment(note))
    for key, item in to_builtins(value).items():
        if item is not None:
            table.add(key, item)
    return table


def _why(lesson: Lesson) -> str:
    moved = any(each.group == Group() and each.step is not None for each in lesson.steps)
    return f"; {lesson.goal}" if moved else " before the score was recalibrated"


def _about(override: Override, steps: tuple[Step, ...]) -> Iterator[str]:
    for step in steps:
        if (step.group.language, step.group.site) == (override.language, override.site):
            yield f"{step.group}: recall {step.after}"
            yield f"before: {step.before}"


def _source(calibration: Calibration, lesson: Lesson) -> Iterator[str]:
    refit = next((each for each in lesson.refits if each.calibration == calibration), None)
    if refit is not None:
        yield from _told(refit)


def _told(refit: Refit) -> Iterator[str]:
    yield f"{refit.group}: {refit.n:,} verdicts, {refit.found:,} of them removals for this"
    if refit.gain is not None:
        gain = refit.gain
        yield (
            f"calibration error {gain.before:.3f} [{gain.before_within[0]:.3f}–{gain.before_within[1]:.3f}]"
            f" → {gain.after:.3f} [{gain.after_within[0]:.3f}–{gain.after_within[1]:.3f}], under other articles"
        )

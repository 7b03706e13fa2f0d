"""What was learned, and what another policy would do, as tables for a terminal."""

from collections import Counter
from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from modfilter.learning.calibration import FEWEST, FEWEST_EACH
from modfilter.learning.lesson import Lesson
from modfilter.learning.replay import Replay
from modfilter.learning.reviewed import Joined
from modfilter.records import Action


def import_notes(joined: Joined) -> Iterator[str]:
    """Say in a few lines what moderators said, and how much of it stands for the run."""
    said = Counter(each.outcome for each in joined.reviewed)
    moderators = {verdict.moderator for each in joined.reviewed for verdict in each.verdicts}
    yield f"{said['remove']:,} to remove, {said['approve']:,} to approve, by {len(moderators):,} moderators"
    if differed := sum(each.disputed for each in joined.reviewed):
        yield f"{differed:,} on which they differ, {said[None]:,} of them undecided"
    if joined.superseded or joined.skipped:
        yield f"{joined.superseded:,} verdicts were changed later, {joined.skipped:,} skip or take one back"
    weighted = [each for each in joined.reviewed if each.weight is not None]
    published = sum(each.record.action is Action.PUBLISH for each in weighted)
    yield f"{len(weighted):,} stand for a known number of comments of the run, {published:,} of them published"


def lesson_tables(lesson: Lesson) -> list[Table]:
    """Lay out what came of each refit, and of each group's thresholds."""
    fits = Table(
        "score",
        "group",
        "verdicts",
        "removals",
        "calibration error",
        "",
        title="Calibrations",
        title_justify="left",
        box=None,
    )
    few: dict[str, list[str]] = {}
    for each in lesson.refits:
        if each.gain is None:
            few.setdefault(each.score, []).append(str(each.group))
            continue
        gain = each.gain
        told = "refitted" if each.calibration else f"stays ({each.why})"
        error = (
            f"{gain.before:.3f} → {gain.after:.3f} [{gain.after_within[0]:.3f}–{gain.after_within[1]:.3f}]"
        )
        fits.add_row(each.score, str(each.group), f"{each.n:,}", f"{each.found:,}", error, told)
    for score, groups in few.items():
        fits.add_row(
            score,
            _names(groups),
            "",
            "",
            "",
            f"stays: fewer than {FEWEST} verdicts, or {FEWEST_EACH} of a kind",
        )
    moves = Table(
        "group",
        "thresholds",
        "recall before",
        "recall after",
        title="Thresholds",
        title_justify="left",
        box=None,
    )
    kept: dict[str, list[str]] = {}
    for step in lesson.steps:
        if step.step is None:
            kept.setdefault(step.why, []).append(str(step.group))
            continue
        moved = f"{step.step:+.2f} in log odds {step.why}".strip()
        moves.add_row(str(step.group), moved, str(step.before or "not known"), str(step.after or "not known"))
    for why, groups in kept.items():
        moves.add_row(_names(groups), f"as for all: {why}", "", "")
    return [fits, moves]


def _names(groups: list[str], most: int = 6) -> str:
    return ", ".join(groups[:most]) + (f" and {len(groups) - most} more" if len(groups) > most else "")


def replay_tables(played: Replay) -> list[Table]:
    """Lay out what another policy would change, with a few examples."""
    totals = Table(
        "action",
        "before",
        "after",
        title=f"What {played.policy.title} would do",
        title_justify="left",
        box=None,
    )
    for action in Action:
        totals.add_row(action.value, f"{played.before[action]:,}", f"{played.after[action]:,}")
    languages = played.changed_in[:8]
    changes = Table("change", "all", *languages, title="What changes", title_justify="left", box=None)
    for (before, after), n in played.transitions.most_common():
        cells = [f"{played.by_language[language, (before, after)]:,}" for language in languages]
        changes.add_row(f"{before.value} → {after.value}", f"{n:,}", *cells)
    rules = Table("rule", "fires now", "no longer fires", title="Rules", title_justify="left", box=None)
    for rule in sorted(played.rules_added.keys() | played.rules_gone.keys()):
        rules.add_row(Text(rule), f"{played.rules_added[rule]:,}", f"{played.rules_gone[rule]:,}")
    examples = Table(
        "change", "comment", "by", title="Examples, most serious first", title_justify="left", show_lines=True
    )
    for each in played.examples:
        comment = each.after.assessment.comment
        text = "".join(c if c.isprintable() else " " for c in comment.text[:200])
        by = (each.after if each.after.reasons else each.before).told
        rule = ", ".join(f"{r.rule} {r.value:.2f}" if r.value is not None else r.rule for r in by)
        examples.add_row(
            f"{each.before.action.value} → {each.after.action.value}",
            Text(f"{text} ({comment.id})"),
            Text(rule),
        )
    return [totals, *([changes, rules, examples] if played.changed else [rules])]

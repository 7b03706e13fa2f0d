"""Plays the whole round of learning with simulated moderators, and measures what came of it on other articles.

python scripts/simulate_moderators.py [--split dev] [--tier auto] [--calm 1 0.2] [--rounds 20]

A split of the corpus stands for a site's traffic: an article a day. Half of the articles are for learning: scored, a
sample drawn, everything flagged, held or drawn reviewed by moderators who err in 5 % of comments (the label turned
round), verdicts written as files, imported, calibrated, replayed. The other half tells whether that was worth it, by
the labels themselves. Articles are divided anew in each round, and the figures are over all rounds. `--calm` keeps
only that share of the harmful comments: the corpus has far more of them than any site, and on a calmer site scores
mean something else.
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import numpy as np

from modfilter import policy as policies
from modfilter import verdicts
from modfilter.cli import main as modfilter
from modfilter.contract import encode
from modfilter.evaluate import judged
from modfilter.learning.calibration import Group
from modfilter.learning.estimates import calibration_error
from modfilter.pipeline import load_judges, measured_languages
from modfilter.policy import Policy, decide
from modfilter.readers import read_articles
from modfilter.readers.labelled import LabelledComment, read_labelled
from modfilter.readers.scored import decisions
from modfilter.records import SCORES, Action, Assessment, Decision
from modfilter.verdicts import Cause, Verdict

CORPUS = Path("fixtures/corpus")
ERRS = 0.05
RECALL = 0.8
HELD_SHARE = 0.6
"""The workload that is asked for: this share of what the old policy holds."""
FIRST_DAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
SITES = ("north", "south")


def cause_of(row: LabelledComment) -> Cause | None:
    """Say why a moderator who errs never would remove a comment; None where it may stay."""
    if row.incites:
        return "incitement"
    harms: tuple[Cause, ...] = ("identity_attack", "spam", "obscene", "insult")
    return next((harm for harm in harms if getattr(row, harm)), None)


class Traffic(NamedTuple):
    """What was decided, and what is true."""

    decisions: list[Decision]
    truth: dict[str, Cause | None]


def judge(split: str, tier: str) -> Traffic:
    """Judge a split; date and place its comments by their articles."""
    rows = [row for path in sorted((CORPUS / split).glob("*.jsonl")) for row in read_labelled(path)]
    judges = load_judges(spend=tier)  # type: ignore[arg-type]
    known = judged(judges, rows, read_articles(CORPUS / "articles.jsonl"))
    truth = {row.id: cause_of(row) for row in rows}
    days = {article: n for n, article in enumerate(sorted({a.comment.article_id or "" for a in known}))}
    policy = policies.load()
    return Traffic([decide(dated(a, days), policy, judges.measured) for a in known], truth)


def calmed(known: Traffic, share: float) -> Traffic:
    """Keep a share of the harmful comments."""
    rng = random.Random(0)
    kept = [d for d in known.decisions if not known.truth[d.assessment.comment.id] or rng.random() < share]
    return Traffic(kept, known.truth)


def dated(assessment: Assessment, days: dict[str, int]) -> Assessment:
    """Give a comment a day and a site, by its article."""
    from msgspec.structs import replace

    day = days[assessment.comment.article_id or ""]
    comment = replace(
        assessment.comment, created_at=FIRST_DAY + timedelta(days=day), site=SITES[day % len(SITES)]
    )
    return replace(assessment, comment=comment)


def said(
    decisions: Sequence[Decision], truth: dict[str, Cause | None], moderator: str, rng: random.Random
) -> Iterator[Verdict]:
    """Let a moderator review comments, wrong in ERRS of them."""
    for minute, decision in enumerate(decisions):
        id = decision.assessment.comment.id
        cause = truth[id]
        if rng.random() < ERRS:
            cause = (
                None if cause else rng.choice(("incitement", "identity_attack", "insult", "obscene", "spam"))
            )
        yield Verdict(
            id=id, verdict="remove" if cause else "approve", reason=cause, moderator=moderator,
            at=FIRST_DAY + timedelta(days=60, minutes=minute),
        )  # fmt: skip


def command(*arguments: object) -> tuple[int, str]:
    """Run `modfilter ARGUMENTS` in this process; give its status and what it printed."""
    sys.argv = ["modfilter", *map(str, arguments)]
    printed = StringIO()
    try:
        with redirect_stdout(printed), redirect_stderr(printed):
            modfilter()
    except SystemExit as stop:
        return int(stop.code or 0), printed.getvalue()
    return 0, printed.getvalue()


def write(path: Path, lines: Iterator[bytes]) -> Path:
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


class Round(NamedTuple):
    """What one round gave, on the articles that it did not learn from."""

    errors: dict[tuple[str, str], tuple[float, float]]
    """Calibration error of each score that was refitted and of all, before and after."""
    refitted: set[str]
    held_target: float
    held: tuple[float, float] | None
    """Held a day before and after; None where the goal was refused."""
    recall: list[tuple[float, float]]
    """Of each group for which it was promised, before and after."""
    held_for_recall: tuple[float, float] | None
    replayed: str


def play(known: Traffic, n: int, seed: int, folder: Path) -> Round:
    """Play one round through the commands, as a newsroom would."""
    rng = random.Random(seed)
    articles = sorted({d.assessment.comment.article_id or "" for d in known.decisions})
    learning = set(rng.sample(articles, len(articles) // 2))
    ours = [d for d in known.decisions if d.assessment.comment.article_id in learning]
    others = [d for d in known.decisions if d.assessment.comment.article_id not in learning]
    scored = write(folder / "scored.jsonl", map(encode, ours))
    sample, reviewed = folder / "sample.jsonl", folder / "reviewed.jsonl"
    ran("sample", scored, "-n", min(n, len(ours)), "--seed", seed, "-o", sample)
    queue = [d for d in ours if d.action is not Action.PUBLISH]
    drawn = [*decisions(sample)]
    files = [
        write(folder / f"{name}.jsonl", map(verdicts.encode, said(rows, known.truth, name, rng)))
        # Two look at what was drawn at random: what they disagree on is left out.
        for name, rows in (("rudo", queue), ("tendai", drawn), ("nomsa", drawn))
    ]
    ran("feedback", "import", *files, "--scored", scored, "--sample", sample, "-o", reviewed)
    days = len(learning)
    target = round(HELD_SHARE * held(ours) / days, 1)
    measured = measured_languages()
    new: dict[str, Policy | None] = {}
    for name, goal in (
        ("none", ()), ("at most", ("--at-most", f"{target}/day", "--scored", scored)), ("recall", ("--recall", RECALL))
    ):  # fmt: skip
        written = folder / f"{name.replace(' ', '-')}.toml"
        status, _ = command("calibrate", reviewed, "-o", written, *goal)
        new[name] = policies.load(written) if status == 0 else None
    replayed = ran(
        "policy", "replay", scored, "--policy", folder / "none.toml", "--html", folder / "replay.html"
    )
    fitted = new["none"]
    assert fitted is not None
    after = {name: again(others, policy, measured) for name, policy in new.items() if policy is not None}
    other_days = len(articles) - days
    return Round(
        errors=dict(errors(others, known.truth, policies.load(), fitted)),
        refitted={calibration.score for calibration in fitted.calibration},
        held_target=target,
        held=(held(others) / other_days, held(after["at most"]) / other_days) if "at most" in after else None,
        recall=[
            (recall(others, known.truth, group), recall(after["recall"], known.truth, group))
            for group in (promised(folder / "recall.toml") if "recall" in after else ())
        ],
        held_for_recall=(held(others) / other_days, held(after["recall"]) / other_days)
        if "recall" in after
        else None,
        replayed=replayed.strip().splitlines()[-2],
    )


def ran(*arguments: object) -> str:
    status, printed = command(*arguments)
    if status:
        raise SystemExit(f"{arguments}: {printed}")
    return printed


def again(decided: Sequence[Decision], policy: Policy, measured: frozenset[str]) -> list[Decision]:
    return [decide(d.assessment, policy, measured) for d in decided]


def held(decided: Sequence[Decision]) -> int:
    return sum(d.action is Action.HOLD for d in decided)


def promised(path: Path) -> list[Group]:
    """Read out of a policy for which groups recall was promised."""
    groups = [Group()] if f"; recall of at least {RECALL:.0%}" in path.read_text(encoding="utf-8") else []
    own = (Group(language=each.language, site=each.site) for each in policies.load(path).override)
    return [*groups, *dict.fromkeys(own)]


def recall(decided: Sequence[Decision], truth: dict[str, Cause | None], group: Group) -> float:
    """Give the share that is held of what is to be removed for what the default policy holds."""
    wanted = [
        d
        for d in decided
        if truth[d.assessment.comment.id] in ("incitement", "identity_attack", "spam")
        and group.language in (None, d.assessment.languages.main)
        and group.site in (None, d.assessment.comment.site)
    ]
    return held(wanted) / len(wanted)


def errors(
    decided: Sequence[Decision], truth: dict[str, Cause | None], old: Policy, new: Policy
) -> Iterator[tuple[tuple[str, str], tuple[float, float]]]:
    """Measure calibration by the labels, over all languages and in the largest."""
    for score in SCORES[1:]:
        for language in ("all", "sn", "en"):
            rows = [
                d.assessment
                for d in decided
                if truth[d.assessment.comment.id] in (None, score)
                and d.assessment.value(score) is not None
                and language in ("all", d.assessment.languages.main)
            ]
            labels = np.array([truth[a.comment.id] is not None for a in rows])
            before, after = (
                np.array([policy.value(a, score) for a in rows], dtype=float) for policy in (old, new)
            )
            ones = np.ones(len(rows))
            yield (score, language), (
                calibration_error(labels, before, ones), calibration_error(labels, after, ones),
            )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--split", choices=("dev", "test"), default="dev")
    parser.add_argument("--tier", choices=("auto", "fast", "deep"), default="auto")
    parser.add_argument(
        "--calm", type=float, nargs="+", default=[1.0, 0.2], help="shares of harmful comments kept"
    )
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("-n", type=int, default=300, help="comments of the audit sample")
    parser.add_argument("--keep", type=Path, help="keep the files of the last round in this folder")
    given = parser.parse_args()
    known = judge(given.split, given.tier)
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        folder.mkdir(exist_ok=True)
        for share in given.calm:
            site = calmed(known, share)
            harmful = sum(known.truth[d.assessment.comment.id] is not None for d in site.decisions)
            print(f"{given.split}, {given.tier}: {len(site.decisions):,} comments", end=", ")
            print(f"{harmful / len(site.decisions):.0%} harmful")
            show([play(site, given.n, seed, folder) for seed in range(given.rounds)])


def show(rounds: Sequence[Round]) -> None:
    print("calibration error on other articles, mean over rounds in which a score was refitted")
    for key in rounds[0].errors:
        touched = [each for each in rounds if key[0] in each.refitted]
        if not touched:
            continue
        pairs = np.array([each.errors[key] for each in touched])
        print(
            f"  {key[0]:16} {key[1]:4} {pairs[:, 0].mean():.3f} → {pairs[:, 1].mean():.3f},"
            f" refitted in {len(touched)} rounds of {len(rounds)}, better in {(pairs[:, 1] < pairs[:, 0]).sum()}"
        )
    still = sorted({score for score, _ in rounds[0].errors} - {s for each in rounds for s in each.refitted})
    print(f"  never refitted: {', '.join(still) or 'none'}")
    work = [(each.held_target, *each.held) for each in rounds if each.held]
    if work:
        met = sum(after <= target for target, _, after in work)
        means = np.array(work).mean(axis=0)
        print(f"--at-most {means[0]:.1f}/day: {means[1]:.1f} held a day before, {means[2]:.1f} after; met on other"
              f" articles in {met} of {len(work)} rounds, refused in {len(rounds) - len(work)}")  # fmt: skip
    found = [each for each in rounds if each.recall and each.held_for_recall]
    if found:
        values = np.array([pair for each in found for pair in each.recall])
        days = np.array([each.held_for_recall for each in found]).mean(axis=0)
        print(f"--recall {RECALL}: {values[:, 0].mean():.2f} before, {values[:, 1].mean():.2f} after (lowest"
              f" {values[:, 1].min():.2f}), held a day {days[0]:.1f} → {days[1]:.1f}; met on other articles"
              f" for {(values[:, 1] >= RECALL).sum()} of {len(values)} groups in {len(found)} rounds")  # fmt: skip
    print(f"recall refused in {len(rounds) - len(found)} of {len(rounds)} rounds")
    print(f"replay, last round: {rounds[-1].replayed}")


if __name__ == "__main__":
    main()

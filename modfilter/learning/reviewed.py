"""Verdicts joined with the records that they are about: what the filter did, what moderators said, and its weight.

Moderators mostly see what was flagged or held, so what they say of it tells nothing of what was missed. A reviewed
comment therefore carries a weight where one is known: it was drawn at random, or all of its kind were reviewed.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from modfilter.contract import Record, decode, from_record, to_record
from modfilter.errors import InputError
from modfilter.learning.sample import POOLED, Sampled, sampled
from modfilter.readers.feedback import Heard
from modfilter.readers.files import lines, opened
from modfilter.readers.intake import Reject
from modfilter.readers.scored import Glance, decisions, rows
from modfilter.records import Decision
from modfilter.verdicts import CAUSES, Cause, Outcome, Verdict

CENSUS = 0.95
"""From this share of a stratum on that has a verdict its comments stand for it, drawn at random or not."""


class Reviewed(Struct, frozen=True, kw_only=True, dict=True):
    """One comment that somebody reviewed: a line of a reviewed file."""

    record: Record
    verdicts: tuple[Verdict, ...]
    """The latest of each moderator, the last one given last."""
    stratum: str | None = None
    """The action and language that it stands for, where its weight is known."""
    weight: float | None = None
    """How many comments of the run it stands for; null where a score chose it."""

    def __post_init__(self) -> None:
        if not self.verdicts:
            raise ValueError(f"nobody reviewed comment {self.record.id!r}")

    @cached_property
    def decision(self) -> Decision:
        """What the filter knew and did."""
        return from_record(self.record)

    @cached_property
    def outcome(self) -> Outcome | None:
        """What most moderators said; None where as many said the one as the other."""
        removals = sum(verdict.verdict == "remove" for verdict in self.verdicts)
        if 2 * removals == len(self.verdicts):
            return None
        return "remove" if 2 * removals > len(self.verdicts) else "approve"

    @property
    def disputed(self) -> bool:
        """Whether moderators said different things."""
        return len({verdict.verdict for verdict in self.verdicts}) > 1

    @cached_property
    def cause(self) -> Cause | None:
        """Why it was removed, as most of those say who removed it; None where it was not.

        A removal without a reason is taken for agreement with the filter's own first reason.
        """
        if self.outcome != "remove":
            return None
        given = Counter(v.reason for v in reversed(self.verdicts) if v.verdict == "remove" and v.reason)
        if given:
            return given.most_common(1)[0][0]
        told = [_CAUSE_OF.get(reason.score or "", None) for reason in self.decision.told]
        return next((cause for cause in told if cause), "other")

    def label(self, score: str) -> bool | None:
        """Say whether what a score is about was found; None where the verdict does not tell.

        A comment removed for one reason may deserve another one as well, so it says nothing of other scores.
        """
        if self.outcome == "approve":
            return score == "relevance"
        if self.cause == _CAUSE_OF.get(score):
            return score != "relevance"
        return None


_CAUSE_OF: Mapping[str, Cause] = {cause: cause for cause in CAUSES} | {"relevance": "off_topic"}
"""The reason for which a moderator removes what a score is about."""


class Joined(Struct, frozen=True, kw_only=True):
    """What came of a join; every verdict is counted once."""

    reviewed: list[Reviewed]
    rejects: list[Reject]
    """Verdicts on comments that are not among the records, or not on one of them alone."""
    superseded: int
    """Verdicts that the same moderator changed later."""
    skipped: int
    """Verdicts that say nothing, or take an earlier one back."""


def join(heard: Sequence[Heard], scored: Sequence[Path], sample: Path | None = None) -> Joined:
    """Find the record of each verdict: by its id, or where no record has that, the only one with its text."""
    known = _known(heard, scored)
    rejects = []
    found: dict[str, list[tuple[Heard, Verdict]]] = {}
    for each in heard:
        matches = known.ids.get(each.id or "") or known.texts.get(_plain(each.text)) or []
        if len(matches) == 1:
            (id,) = matches
            verdict = Verdict(
                id=id, verdict=each.verdict, reason=each.reason, moderator=each.moderator, at=each.at
            )
            found.setdefault(id, []).append((each, verdict))
        else:
            rejects.append(
                Reject(line=each.line, reason=f"{each.source}: {_why(each, len(matches))}", row=each.raw)
            )
    spoken = {id: _latest(verdict for _, verdict in each) for id, each in found.items()}
    superseded = sum(len(each) for each in found.values()) - sum(len(each) for each in spoken.values())
    kept = {id: tuple(v for v in each if v.verdict != "skip") for id, each in spoken.items()}
    skipped = sum(len(spoken[id]) - len(each) for id, each in kept.items())
    reviewed = [
        Reviewed(record=to_record(known.decisions[id]), verdicts=kept[id])
        for id in known.decisions
        if kept.get(id)
    ]
    return Joined(
        reviewed=_weighted(reviewed, known, sample), rejects=rejects, superseded=superseded, skipped=skipped
    )


def _latest(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Keep what each moderator said last, in the order in which that was said."""
    last: dict[str, Verdict] = {}
    for verdict in sorted(verdicts, key=lambda verdict: verdict.at):
        last.pop(verdict.moderator, None)
        last[verdict.moderator] = verdict
    return [*last.values()]


def _why(heard: Heard, matches: int) -> str:
    if matches:
        return f"{matches} records have this text"
    return f"no record has the id {heard.id!r}" if heard.id else "no record has this text"


class _Known(Struct):
    """The records that verdicts may be about, and how many there are of each action and language."""

    decisions: dict[str, Decision] = {}
    ids: dict[str, list[str]] = {}
    texts: dict[str, list[str]] = {}
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)


def _known(heard: Sequence[Heard], scored: Sequence[Path]) -> _Known:
    """Go through the records once; only those that may be meant stay in memory."""
    known = _Known()
    ids = {each.id for each in heard if each.id}
    texts = {_plain(each.text) for each in heard} - {""}
    glance = msgspec.json.Decoder(Glance).decode
    for path in scored:
        for line, row in rows(path, lambda line: (line, glance(line))):
            known.counts[row.action.value, row.languages.main] += 1
            text = _plain(row.text) if texts else ""
            if row.id in ids or text in texts:
                if row.id in known.decisions:
                    raise InputError(
                        f"{path}: comment {row.id!r} is there twice\nGive each run once, and a sample with --sample."
                    )
                known.decisions[row.id] = decode(line)
                known.ids[row.id] = [row.id]
                if text in texts:
                    known.texts.setdefault(text, []).append(row.id)
    return known


def _plain(text: str | None) -> str:
    return " ".join((text or "").split())


def _weighted(reviewed: list[Reviewed], known: _Known, sample: Path | None) -> list[Reviewed]:
    """Give each reviewed comment its weight: by its stratum where that was reviewed whole, else as it was drawn."""
    draws = _draws(reviewed, sample)
    named = {how.stratum.rpartition("/")[2] for how in draws.values()}

    def stratum(action: str, language: str) -> str:
        return f"{action}/{language if language in named or POOLED not in named else POOLED}"

    sizes: Counter[str] = Counter()
    for pair, n in known.counts.items():
        sizes[stratum(*pair)] += n
    own = [stratum(each.record.action.value, each.record.languages.main) for each in reviewed]
    answered = Counter(name for each, name in zip(reviewed, own, strict=True) if each.outcome)
    # Where what was scored is a sample itself, that all of it was reviewed says nothing of the run.
    of_sample = any(sampled(each.decision) for each in reviewed)
    whole = {name for name, n in answered.items() if n >= CENSUS * sizes[name] and not of_sample}
    drawn = Counter(how.stratum for how in draws.values())
    heard = Counter(
        draws[each.record.id].stratum for each in reviewed if each.outcome and each.record.id in draws
    )

    def weighed(each: Reviewed, name: str) -> Reviewed:
        how = draws.get(each.record.id)
        if each.outcome and name in whole:
            return replace(each, stratum=name, weight=sizes[name] / answered[name])
        if each.outcome and how is not None:
            # Who drew n of N and heard of m lets each of those stand for N / m.
            size = drawn[how.stratum] / how.probability
            return replace(each, stratum=how.stratum, weight=size / heard[how.stratum])
        return each

    return [weighed(each, name) for each, name in zip(reviewed, own, strict=True)]


def _draws(reviewed: Sequence[Reviewed], sample: Path | None) -> dict[str, Sampled]:
    """Say how comments were drawn: all of a sample's, or those reviewed ones that say so themselves."""
    drawn = decisions(sample) if sample else (each.decision for each in reviewed)
    return {d.assessment.comment.id: how for d in drawn for how in [sampled(d)] if how is not None}


_decoder = msgspec.json.Decoder(Reviewed)


def read(paths: Iterable[Path]) -> list[Reviewed]:
    """Read reviewed files; raise InputError with the line that is wrong."""
    return [each for path in paths for each in _read(path)]


def _read(path: Path) -> Iterator[Reviewed]:
    with opened(str(path)) as (stream, head):
        for number, line, wrong, _ in lines(stream, head):
            if line is not None and not line.strip():
                continue
            try:
                if line is None:
                    raise ValueError(wrong)
                each = _decoder.decode(line)
                each.decision  # noqa: B018 - checked where the line number is known
            except ValueError as error:  # msgspec's errors are ValueErrors
                raise InputError(
                    f"{path}:{number}: not a reviewed comment: {error}\n"
                    "Give what `modfilter feedback import -o FILE.jsonl` wrote."
                ) from error
            yield each

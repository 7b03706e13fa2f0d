"""What a run was made of and what came out: OUT.run.json, for whoever must account for it, and for --resume."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from modfilter.batch import Work
from modfilter.contract import VERSION
from modfilter.readers.intake import WINDOW, Intake
from modfilter.records import Action

_BLOCK = 2**20


class Source(Struct, frozen=True, kw_only=True):
    """A file that a run read."""

    name: str
    bytes: int
    sha256: str


class Made(Struct, frozen=True, kw_only=True):
    """What decides the output: where all of it is the same, so is every byte of the output."""

    modfilter: str = VERSION
    window: int = WINDOW
    inputs: tuple[Source, ...]
    models: Mapping[str, str]
    policy: str
    policy_sha256: str
    options: Mapping[str, Any]


class RunManifest(Struct, frozen=True, kw_only=True):
    """The whole account of a run."""

    made: Made
    started_at: datetime
    seconds: float
    comments: int
    comments_per_second: float
    workers: int
    actions: Mapping[str, int]
    rejects: int
    missing_parents: int
    articles: int


def made(paths: Mapping[str, str | Path | None], work: Work, options: Mapping[str, Any]) -> Made:
    """Say what a run is made of; `paths` are its inputs, by what their user calls them."""
    return Made(
        inputs=tuple(
            _source(Path(path), name) for name, path in paths.items() if path and Path(path).exists()
        ),
        models=work.judges.versions,
        policy=work.policy.title,
        policy_sha256=hashlib.sha256(msgspec.json.encode(work.policy)).hexdigest(),
        options=options,
    )


def account(
    made: Made, began: datetime, workers: int, actions: Mapping[Action, int], intake: Intake
) -> RunManifest:
    """Account for a run that has ended."""
    seconds, comments = (now() - began).total_seconds(), sum(actions.values())
    return RunManifest(
        made=made,
        started_at=began,
        seconds=round(seconds, 3),
        comments=comments,
        comments_per_second=round(comments / max(seconds, 1e-3), 1),
        workers=workers,
        actions={action.value: n for action, n in actions.items()},
        rejects=intake.rejected,
        missing_parents=intake.missing_parents,
        articles=intake.article_count,
    )


def _source(path: Path, name: str) -> Source:
    """Hash a file, or every file of a folder in order."""
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    digest, size = hashlib.sha256(), 0
    for file in files:
        with file.open("rb") as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
                size += len(block)
    return Source(name=name, bytes=size, sha256=digest.hexdigest())


def now() -> datetime:
    """Give the time, in UTC."""
    return datetime.now(UTC)

"""A dump in several processes, stopped and gone on with: the same bytes, and nothing lost."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from modfilter import batch
from modfilter import policy as policies
from modfilter.encoder import Encoded
from modfilter.harms import Harms
from modfilter.pipeline import Judges
from modfilter.readers import Intake, intake, read, read_articles
from modfilter.reading import Reading
from modfilter.records import SCORES, Decision, LanguageMix

from .conftest import ROOT, Run

ROWS = 120


@pytest.fixture
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "WINDOW", 10)


def dump_of(folder: Path, rows: int = ROWS, **texts: str) -> Path:
    """Write comments; the text of some may be given by their id, as c7="..."."""
    path = folder / "dump.jsonl"
    lines = [
        json.dumps(
            {
                "id": f"c{n}",
                "text": texts.get(f"c{n}", f"soko {n}"),
                "parent_id": f"c{n // 2}" if n % 3 else None,
            }
        )
        for n in range(1, rows + 1)
    ]
    path.write_text("\n".join(lines))
    return path


def decided(
    path: Path, judges: Judges, workers: int, parts: batch.Parts | None = None
) -> list[Decision | None]:
    """Decide on a dump; None for each window that no worker survived."""
    work = batch.Work(judges, policies.load())
    found: list[Decision | None] = []
    for answer in batch.run(read(str(path), Intake({})), work, workers, parts):
        found += [None] if answer.decisions is None else answer.decisions
    return found


@pytest.mark.usefixtures("small_windows")
def test_the_number_of_workers_changes_nothing(stub_judges: Judges, tmp_path: Path) -> None:
    path = dump_of(tmp_path, c17="kill them", c90="kill")
    alone = decided(path, stub_judges, 1)
    assert [d.assessment.comment.id for d in alone if d] == [f"c{n}" for n in range(1, ROWS + 1)]
    assert decided(path, stub_judges, 3) == alone


def test_a_dump_may_be_cut_anywhere(judges: Judges, monkeypatch: pytest.MonkeyPatch) -> None:
    path = ROOT / "fixtures" / "threads" / "kombi-strike.jsonl"
    whole = decided_under(path, judges)
    for size in (1, 7):
        monkeypatch.setattr(intake, "WINDOW", size)
        for one, other in zip(decided_under(path, judges), whole, strict=True):
            assert one.action == other.action
            for name in SCORES:
                assert one.assessment.value(name) == pytest.approx(other.assessment.value(name), abs=0.001)


def decided_under(path: Path, judges: Judges) -> list[Decision]:
    """Decide on a fixture thread under its article."""
    articles = read_articles(path.parent / "articles.jsonl")
    work = batch.Work(judges, policies.load())
    return [
        d for answer in batch.run(read(str(path), Intake(articles)), work) for d in answer.decisions or ()
    ]


def fatal(judges: Judges, every_time: bool, flag: Path) -> Judges:
    """Judges whose process is killed by the comment "die", each time or once."""
    parent, tier = os.getpid(), judges.tiers["fast"]

    def harms(readings: Sequence[Reading], languages: Sequence[LanguageMix], encoded: Encoded) -> list[Harms]:
        dies = any(reading.comment.text == "die" for reading in readings)
        if dies and os.getpid() != parent and (every_time or not flag.exists()):
            flag.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return tier.harms(readings, languages, encoded)

    return replace(judges, tiers={"fast": replace(tier, harms=harms)})


@pytest.mark.usefixtures("small_windows")
@pytest.mark.parametrize("every_time", [False, True], ids=["once", "every time"])
def test_a_killed_worker_is_replaced_and_its_window_tried_once_more(
    stub_judges: Judges, tmp_path: Path, every_time: bool
) -> None:
    path = dump_of(tmp_path, c77="die")
    found = decided(path, fatal(stub_judges, every_time, tmp_path / "flag"), 2)
    ids = [d.assessment.comment.id for d in found if d]
    lost = {f"c{n}" for n in range(71, 81)} if every_time else set()
    assert ids == [f"c{n}" for n in range(1, ROWS + 1) if f"c{n}" not in lost]
    assert found.count(None) == every_time


@pytest.mark.usefixtures("small_windows")
def test_windows_that_were_decided_on_are_not_decided_on_again(stub_judges: Judges, tmp_path: Path) -> None:
    path, folder = dump_of(tmp_path), tmp_path / "parts"
    folder.mkdir()
    whole = decided(path, stub_judges, 1, batch.Parts(folder))
    for part in sorted(folder.iterdir())[5:]:
        part.unlink()
    asked = []

    def language(texts: Sequence[str]) -> list[LanguageMix]:
        asked.extend(texts)
        return stub_judges.language(texts)

    assert decided(path, replace(stub_judges, language=language), 1, batch.Parts(folder)) == whole
    assert 0 < len([text for text in asked if text == "soko 51"]) <= 2
    assert "soko 7" not in asked


def test_a_run_that_is_stopped_goes_on_where_it_was(tmp_path: Path, run: Run) -> None:
    dump, whole, stopped = dump_of(tmp_path, 12_000), tmp_path / "whole.jsonl", tmp_path / "stopped.jsonl"
    command = [sys.executable, "-m", "modfilter", "score", str(dump), "--tier", "fast", "-q", "-o"]
    subprocess.run([*command, str(whole)], check=True, cwd=ROOT)
    running = subprocess.Popen(
        [*command, str(stopped), "--workers", "2"], cwd=ROOT, stderr=subprocess.PIPE, text=True
    )
    parts = tmp_path / "stopped.jsonl.parts"
    for _ in range(600):
        if len([*parts.glob("*.msgpack")]) >= 2:
            break
        time.sleep(0.1)
    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=120)
    assert running.returncode == 130, told
    assert "the same command with --resume goes on" in told
    assert "Traceback" not in told
    assert not stopped.exists()
    assert run("score", dump, "--tier", "deep", "-o", stopped, "--resume").status == 1
    subprocess.run([*command, str(stopped), "--resume"], check=True, cwd=ROOT)
    assert stopped.read_bytes() == whole.read_bytes()
    assert not parts.exists()
    account = json.loads((tmp_path / "stopped.jsonl.run.json").read_text())
    assert account["comments"] == 12_000
    assert account["made"]["inputs"][0]["bytes"] == dump.stat().st_size


def test_a_run_that_is_killed_leaves_no_workers_and_no_temporary_files(tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    command = [
        sys.executable,
        "-m",
        "modfilter",
        "score",
        str(dump_of(tmp_path, 12_000)),
        "--tier",
        "fast",
        "-q",
    ]
    running = subprocess.Popen(
        [*command, "-o", str(tmp_path / "out.jsonl"), "--workers", "2"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temporary)},
        stderr=subprocess.DEVNULL,
    )
    try:
        assert until(lambda: len(children(running.pid)) == 2)
        workers = children(running.pid)
    finally:
        running.kill()
    running.wait()
    assert until(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))
    assert not [*temporary.iterdir()]


def children(process: int) -> list[str]:
    """Give the processes that a process has forked, on Linux."""
    return [
        child
        for task in Path(f"/proc/{process}/task").glob("*/children")
        for child in task.read_text().split()
    ]


def until(holds: Callable[[], bool], seconds: float = 60) -> bool:
    """Wait until something holds; say whether it came to hold."""
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.1)
    return holds()


def test_resume_needs_an_output(run: Run, tmp_path: Path) -> None:
    result = run("score", dump_of(tmp_path, 3), "--resume")
    assert result.status == 2
    assert "--resume needs the file" in result.err

"""Feeds every reader with damaged files: no crash, no hang, bounded memory, nothing lost without a word.

PYTHONPATH=scripts python scripts/benchmarks/fuzz_readers.py [--inputs 10000] [--reader html ...] [--seed 0]
    [--first 0] [--resume] [--seconds 5] [--megabytes 1024] [--replay FILE ...]

Takes the same small thread in every format, and the exports of fixtures/dumps; flips, drops, doubles and repeats bytes,
and puts in what is known to hurt. A reader may say InputError or set rows aside; anything else is a fault: another
error, a signal, more CPU seconds or megabytes than allowed for one input (what other programs take does not count), a
comment that is neither read nor set aside. Such an input is kept in build/fuzz; --replay runs it again, alone.

Each input is made of seed, reader and number alone, so readers can be fuzzed side by side, and one input again with
--first N --inputs 1. --resume goes on where a run was ended.

tests/readers/test_any_input.py puts rows together where this damages bytes; ten thousand for each reader take
MODFILTER_EXAMPLES=10000 pytest tests/readers/test_any_input.py
"""

import argparse
import gzip
import io
import json
import logging
import multiprocessing
import random
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import msgspec
import zstandard
from dumps import articles_of, rows_of, write_every_format

from modfilter.errors import InputError
from modfilter.readers import STDIN, Intake, read, spooled

KEPT = Path("build/fuzz")
FIXTURES = Path("fixtures")
SAVED = date(2026, 3, 1)
LONGEST = 300_000
"""Bytes of an input in which something was repeated."""
HURTS = (
    *(
        b"\0",
        b"\xff\xfe",
        b"\xed\xa0\x80",
        b"]]>",
        b"<!DOCTYPE",
        b"\r\n",
        b"\r",
        b'"',
        b"&#0;",
        b"\xe2\x80\xa8",
        b"<!--",
    ),
    *(
        b"<b>",
        b"<p>",
        b"<li>",
        b"</div>",
        b"<table><tr><td>",
        b"<div class='comment'>",
        b"<div class='comment-text'>",
    ),
    *(
        b"<p style='margin-top:99999999em'>",
        b"<pre>",
        b"<script type='application/ld+json'>",
        b"<svg>",
        b"</html>",
    ),
    *(
        b'{"a":',
        b"[",
        b"}",
        b"\\ud83d",
        b"1e999",
        b"9" * 5000,
        b"null",
        b"&amp;",
        b"&lt;b&gt;",
        b"<![CDATA[",
        b"&#x1;",
    ),
    *(
        b" ",
        b"\t",
        b"\n",
        b" 1 day ago\n\n",
        b"@A",
        b"20 Machi 2026",
        b"<meta charset=utf-16>",
        b"http://disqus.com",
    ),
)
PACKINGS = {"gzip": gzip.compress, "zstd": zstandard.compress}


def damaged(data: bytes, rng: random.Random) -> bytes:
    """Damage a file in one to eight places."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(changed) + 1)
        kind = rng.randrange(8)
        if kind == 0 and at < len(changed):
            changed[at] = rng.randrange(256)
        elif kind == 1:
            del changed[at : at + rng.randint(1, 40)]
        elif kind == 2:
            changed[at:at] = changed[at : at + rng.randint(1, 200)]
        elif kind == 3:
            changed[at:at] = bytes(rng.randrange(256) for _ in range(rng.randint(1, 8)))
        elif kind == 4:
            changed[at:at] = rng.choice(HURTS)
        elif kind == 5:
            changed[at:at] = (rng.choice(HURTS) * rng.choice((2, 30, 300, 3_000)))[:LONGEST]
        elif kind == 6:
            piece = changed[at : at + rng.randint(1, 200)]
            changed[at:at] = (piece * rng.choice((2, 30, 300, 3_000)))[: max(0, LONGEST - len(changed))]
        elif rng.random() < 0.3:
            del changed[at:]
        if not changed:
            break
    return bytes(changed)


def flipped(data: bytes, rng: random.Random) -> bytes:
    """Change one to eight bytes of a file, mostly of its beginning."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        changed[int(len(changed) * rng.random() ** 3)] = rng.choice((0, 1, 127, 128, 255, rng.randrange(256)))
    return bytes(changed)


def whole_files(folder: Path) -> Mapping[str, list[Path]]:
    """Give undamaged files for each reader."""
    made = write_every_format(folder, next(articles_of(1)), [*rows_of(12, 1)])
    by_name = {path.name: path for path in made}
    dumps, threads = FIXTURES / "dumps", FIXTURES / "threads"
    utf16 = folder / "i.csv"
    utf16.write_bytes(by_name["b.csv"].read_text(encoding="utf-8").encode("utf-16"))
    files = {
        "jsonl": [by_name["a.jsonl"], threads / "kombi-strike.jsonl"],
        "csv": [by_name["b.csv"], threads / "sudan-students.csv", utf16],
        "tsv": [by_name["c.tsv"]],
        "parquet": [by_name["d.parquet"]],
        "wordpress": [by_name["e.xml"], dumps / "wordpress.xml"],
        "disqus": [by_name["f.xml"], dumps / "disqus.xml"],
        "reddit": [by_name["g.ndjson"], dumps / "reddit.ndjson"],
        "coral": [by_name["h.jsonl"], dumps / "coral.jsonl"],
        "html": [threads / "sakubva-match.html"],
        "text": [threads / "chirundu-market.txt"],
    }
    every = [path for paths in files.values() for path in paths]
    return {**files, "stdin": every, **dict.fromkeys(PACKINGS, every)}


def input_of(reader: str, files: list[Path], seed: int, number: int) -> tuple[bytes, str]:
    """Make an input and the end of its name, of nothing but these."""
    rng = random.Random(f"{seed} {reader} {number}")
    path = rng.choice(files)
    data, suffix = path.read_bytes(), path.suffix
    if reader in PACKINGS:
        if rng.random() < 0.5:  # damage within the packing
            return PACKINGS[reader](damaged(data, rng)), f"{suffix}.{reader[:2]}"
        return damaged(PACKINGS[reader](data), rng), f"{suffix}.{reader[:2]}"
    if suffix == ".parquet" and rng.random() < 0.7:  # where a byte moves, no table is found any more
        return flipped(data, rng), suffix
    if reader == "text" and rng.random() < 0.7:  # a page that is not UTF-8 is not read
        return damaged(data, rng).decode("utf-8", "replace").encode(), suffix
    return damaged(data, rng), suffix


def outcome(path: Path, by_stdin: bool) -> str:
    """Read a file as a run does; say "read" or "refused", or raise."""
    intake = Intake({})
    name = str(path)
    try:
        if by_stdin:
            sys.stdin = io.TextIOWrapper(io.BufferedReader(io.BytesIO(path.read_bytes())))  # type: ignore[arg-type]
            name = STDIN
        with spooled(name) as source:
            count = 0
            for window in read(source, intake, name=name, saved_at=SAVED):
                msgspec.msgpack.encode(window)
                count += len(window.ids)
    except InputError:
        return "refused"
    if count != intake.comment_count:
        raise AssertionError(f"{intake.comment_count} comments, of which {count} were read")
    return "read"


def peak() -> float:
    """Give the most megabytes that this process held since the last call."""
    status = Path("/proc/self/status").read_text()
    most = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    Path("/proc/self/clear_refs").write_text("5")
    return most / 1024


def work(answers: Connection, reader: str, numbers: range, options: argparse.Namespace) -> None:
    """Read inputs in a process of its own; answer with number, outcome, CPU seconds and megabytes of each."""
    logging.disable()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Far over what is allowed, and under what the machine has.
    resource.setrlimit(resource.RLIMIT_AS, (8 * 2**30, 8 * 2**30))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "whole").mkdir()
        files = whole_files(folder / "whole")[reader]
        for path in files:  # what is imported on first use is none of an input's
            outcome(path, reader == "stdin")
        for number in numbers:
            data, suffix = input_of(reader, files, options.seed, number)
            path = folder / f"damaged{suffix}"
            path.write_bytes(data)
            before = (peak(), peak())[1]
            # SIGPROF ends the process, whatever it is in the middle of.
            signal.setitimer(signal.ITIMER_PROF, options.seconds + 1)
            begun = time.process_time()
            try:
                found = outcome(path, reader == "stdin")
            except Exception as error:  # what the fuzzer looks for
                found = f"{type(error).__name__}: {error}"
            seconds = time.process_time() - begun
            signal.setitimer(signal.ITIMER_PROF, 0)
            most = peak()
            if seconds > options.seconds:
                found = f"took {seconds:.1f} s"
            if most > options.megabytes:
                found = f"took {most:,.0f} MB ({before:,.0f} before)"
            path.unlink()
            answers.send((number, found, seconds, most))


def answers_of(
    reader: str, first: int, options: argparse.Namespace
) -> Iterator[tuple[int, str, float, float]]:
    """Give what became of each input; a process that died is replaced."""
    context = multiprocessing.get_context("spawn")
    end = options.first + options.inputs
    while first < end:
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=work, args=(there, reader, range(first, end), options))
        process.start()
        there.close()
        try:
            while first < end:
                yield here.recv()
                first += 1
        except EOFError:
            process.join()
            code = process.exitcode or 0
            cause = signal.Signals(-code).name if code < 0 else f"status {code}"
            yield first, f"ended by {cause}", options.seconds * (code == -signal.SIGPROF), 0.0
            first += 1
        process.join()


def fuzz(reader: str, options: argparse.Namespace) -> int:
    """Fuzz one reader, print its line, and give the number of faults."""
    KEPT.mkdir(parents=True, exist_ok=True)
    state = KEPT / f"{reader}-{options.seed}.json"
    total: dict[str, Any] = {"next": options.first, "inputs": 0, "refused": 0, "faults": 0, "seconds": 0.0}
    total |= {"slowest": 0.0, "slowest_input": None, "megabytes": 0.0}
    if options.resume and state.exists():
        total = json.loads(state.read_text())
    with tempfile.TemporaryDirectory() as folder:
        files = whole_files(Path(folder))[reader]
        for number, found, seconds, megabytes in answers_of(reader, total["next"], options):
            total["next"] = number + 1
            total["inputs"] += 1
            total["seconds"] += seconds
            total["megabytes"] = max(total["megabytes"], megabytes)
            if seconds > total["slowest"]:
                total |= {"slowest": seconds, "slowest_input": number}
            if found == "refused":
                total["refused"] += 1
            elif found != "read":
                total["faults"] += 1
                data, suffix = input_of(reader, files, options.seed, number)
                kept = KEPT / f"{reader}-{options.seed}-{number}{suffix}"
                kept.write_bytes(data)
                print(f"{reader}: input {number}: {found} (kept as {kept})", flush=True)
            if total["inputs"] % 200 == 0:
                state.write_text(json.dumps(total))
    state.write_text(json.dumps(total))
    print(
        f"{reader:10} {total['inputs']:>7,} inputs, {total['refused']:>6,} refused, slowest {total['slowest']:.2f} s"
        f" (input {total['slowest_input']}), peak {total['megabytes']:,.0f} MB, {total['faults']} faults;"
        f" {total['seconds']:,.0f} s in all",
        flush=True,
    )
    return int(total["faults"])


def replay(path: Path) -> None:
    """Read a kept input again, in this process."""
    begun = time.process_time()
    peak()
    found = outcome(path, path.name.startswith("stdin-"))
    print(f"{path}: {found}, {time.process_time() - begun:.2f} s, {peak():,.0f} MB")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    with tempfile.TemporaryDirectory() as folder:
        readers = [*whole_files(Path(folder))]
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--reader", action="append", choices=readers)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--megabytes", type=float, default=1024.0)
    parser.add_argument("--replay", type=Path, nargs="+")
    options = parser.parse_args()
    for path in options.replay or ():
        replay(path)
    if options.replay:
        return 0
    return min(1, sum(fuzz(reader, options) for reader in options.reader or readers))


if __name__ == "__main__":
    sys.exit(main())

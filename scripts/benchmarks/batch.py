"""Times `modfilter score` on a generated dump (shuffled, 40 % replies): one worker and two, beside reading alone.

PYTHONPATH=scripts python scripts/benchmarks/batch.py [--rows 200000 --articles 2000] [--tier fast]

Prints rows a second, the ratio to one worker, and the peak memory of all processes together (sampled).
"""

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from dumps import articles_of, rows_of, write_jsonl

READING = """
import sys
from modfilter.readers import Intake, read
print(sum(len(window.ids) for window in read(sys.argv[1], Intake({}))))
"""


def memory_of(pid: int) -> float:
    """Give the memory of a process and its children in MB; pages that they share count once (PSS)."""
    total, waiting = 0.0, [pid]
    while waiting:
        process = waiting.pop()
        try:
            lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
            total += next(float(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
            for task in Path(f"/proc/{process}/task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
        except (OSError, StopIteration):
            continue
    return total


def timed(name: str, command: list[str], rows: int) -> float:
    """Run a command; print and give its rate."""
    peak = 0.0
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def watch() -> None:
        nonlocal peak
        while process.poll() is None:
            peak = max(peak, memory_of(process.pid))
            time.sleep(0.5)

    watcher = threading.Thread(target=watch)
    watcher.start()
    process.wait()
    watcher.join()
    seconds = time.perf_counter() - begun
    print(f"{name:12} {seconds:8.1f} s {rows / seconds:10,.0f} rows/s   peak {peak:6.0f} MB", flush=True)
    if process.returncode:
        sys.exit(f"{name} failed")
    return rows / seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--articles", type=int, default=2_000)
    parser.add_argument("--tier", default="fast")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_jsonl(folder / "dump.jsonl", rows_of(options.rows, options.articles))
        write_jsonl(folder / "articles.jsonl", articles_of(options.articles))
        size = (folder / "dump.jsonl").stat().st_size
        print(
            f"{options.rows:,} rows under {options.articles:,} articles, {size / 1e6:,.0f} MB, tier {options.tier}"
        )
        timed("reading", [sys.executable, "-c", READING, str(folder / "dump.jsonl")], options.rows)
        rates, outputs = [], []
        for workers in (1, 2):
            output = folder / f"out{workers}.jsonl"
            command = [sys.executable, "-m", "modfilter", "score", str(folder / "dump.jsonl"), "-q"]
            command += ["--articles", str(folder / "articles.jsonl"), "--tier", options.tier]
            command += ["--workers", str(workers), "-o", str(output)]
            rates.append(timed(f"{workers} workers", command, options.rows))
            outputs.append(output.read_bytes())
        print(
            f"2 workers are {rates[1] / rates[0]:.2f} times as fast; same bytes: {outputs[0] == outputs[1]}"
        )


if __name__ == "__main__":
    main()

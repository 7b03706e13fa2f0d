"""Kills a run with SIGKILL at random moments, goes on with --resume, and compares with an undisturbed one.

PYTHONPATH=scripts python scripts/benchmarks/killed.py [--times 20] [--rows 40000]
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from dumps import rows_of, write_jsonl


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--rows", type=int, default=40_000)
    options = parser.parse_args()
    rng = random.Random(0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_jsonl(folder / "dump.jsonl", rows_of(options.rows, 200))
        command = [
            sys.executable,
            "-m",
            "modfilter",
            "score",
            str(folder / "dump.jsonl"),
            "-q",
            "--tier",
            "fast",
        ]
        command += ["--workers", "2", "-o"]
        begun = time.monotonic()
        subprocess.run([*command, str(folder / "whole.jsonl")], check=True)
        whole, usual = (folder / "whole.jsonl").read_bytes(), time.monotonic() - begun
        same = kills = 0
        for number in range(options.times):
            output = folder / f"{number}.jsonl"
            running = subprocess.Popen([*command, str(output)], start_new_session=True)
            try:
                running.wait(rng.uniform(0.05, 1.0) * usual)
            except subprocess.TimeoutExpired:
                os.killpg(running.pid, signal.SIGKILL)
                running.wait()
                kills += 1
            subprocess.run([*command, str(output), "--resume"], check=True)
            same += output.read_bytes() == whole
        print(f"{kills} of {options.times} runs were killed; {same} outputs are the same, byte for byte")


if __name__ == "__main__":
    main()

"""Measures what drawing the moderators' queue does to the messages that the server answers meanwhile.

PYTHONPATH=scripts python scripts/benchmarks/live_queue.py [--held 1000 --published 19000]

Fills a decision log, starts a server, and asks it for a decision every 10 ms: first by itself, then while the page
is drawn.
"""

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from report import decisions

from modfilter.records import Article
from modfilter.server.access import HASHED, hashed
from modfilter.store import DecisionLog, Entry
from modfilter.store.decisions import Ground

PORT = 8798
CONFIG = f"""
port = {PORT}
data = "data"
log_level = "warning"
[[site]]
name = "daily"
tokens = ["{HASHED}{hashed("benchmark")}"]
[[moderator]]
name = "Rudo"
tokens = ["{HASHED}{hashed("moderator")}"]
sites = ["daily"]
"""


def fill(path: Path, held: int, published: int) -> None:
    """Write decisions of one minute."""
    log = DecisionLog(path)
    made = [
        Entry(
            site="daily",
            protocol="native",
            decision=each,
            answered=each.action,
            policy=Ground(b"a policy"),
            models=Ground(b"{}"),
            article=Article(id=each.assessment.comment.article_id or "", title="What the council said"),
            at=datetime.now(UTC),
        )
        for each in decisions(held, published)
    ]
    log.append(made).result(120)
    log.close()


def call(method: str, path: str, body: bytes | None = None, **headers: str) -> http.client.HTTPResponse:
    """Send a request on a connection of its own; give the answer, read."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=600)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    answer.read()
    return answer


def latencies(work: Callable[[], object]) -> list[float]:
    """Ask for decisions while something is done; give the milliseconds that each took, sorted."""
    done, took = threading.Event(), []

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", PORT)
        while not done.is_set():
            body = json.dumps({"id": f"m{time.time_ns()}", "text": "Makorokoto", "deadline_ms": 5_000})
            begun = time.perf_counter()
            connection.request("POST", "/v1/moderate", body, {"Authorization": "Bearer benchmark"})
            connection.getresponse().read()
            took.append((time.perf_counter() - begun) * 1000)
            time.sleep(0.01)

    asking = threading.Thread(target=ask)
    asking.start()
    work()
    done.set()
    asking.join()
    return sorted(took)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--held", type=int, default=1_000)
    parser.add_argument("--published", type=int, default=19_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder) / "data" / "decisions.sqlite", given.held, given.published)
        (Path(folder) / "server.toml").write_text(CONFIG)
        command = [sys.executable, "-m", "modfilter", "serve", "--config", "server.toml"]
        server = subprocess.Popen(command, cwd=folder)
        try:
            measure(server.pid)
        finally:
            server.terminate()
            server.wait()


def measure(pid: int) -> None:
    """Ask without the page and with it; print what it took."""
    for _ in range(600):
        try:
            if call("GET", "/readyz").status == 200:
                break
        except OSError:
            time.sleep(0.1)
    login = call("POST", "/queue/login", b"token=moderator", Origin=f"http://127.0.0.1:{PORT}")
    cookie = (login.getheader("set-cookie") or "").partition(";")[0]
    for name, work in (
        ("by itself", lambda: time.sleep(5)),
        ("while the page is drawn", lambda: call("GET", "/queue", Cookie=cookie)),
    ):
        begun = time.perf_counter()
        took = latencies(work)
        seconds = time.perf_counter() - begun
        print(
            f"{name}, {seconds:.1f} s: {len(took)} messages, median {took[len(took) // 2]:.1f} ms,"
            f" 99 of 100 {took[int(len(took) * 0.99)]:.1f} ms, longest {took[-1]:.1f} ms"
        )
    peak = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if "VmHWM" in line)
    print(f"memory of the process that listens, at most: {int(peak.split()[1]) / 1024:.0f} MB")


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()

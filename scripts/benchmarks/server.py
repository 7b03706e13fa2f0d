"""Loads a running server with the corpus's comments: at fixed rates, as fast as it can, and five times too fast.

PYTHONPATH=scripts python scripts/benchmarks/server.py [--tier auto] [--seconds 60] [--rates 100,500]

`wrk` (Debian's package) measures what it can take; the fixed rates are sent by this script, each request at its time
whether or not those before are answered, so that a slow server is not spared ("coordinated omission"). Server and
clients share the machine. Prints requests a second, latencies, what was hurried or unanswered, and the memory.
"""

import argparse
import asyncio
import hashlib
import hmac
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from html import escape
from pathlib import Path

from batch import memory_of

from modfilter.readers import read_articles
from modfilter.readers.labelled import read_labelled

CORPUS = Path(__file__).parents[2] / "fixtures" / "corpus"
PORT = 8799
TOKEN = "benchmark"
WRK = """
local bodies, at = {}, 0
for line in io.lines(os.getenv("BODIES")) do bodies[#bodies + 1] = line end
function init(_) math.randomseed(os.time()) at = math.random(#bodies) end
function request()
  at = at % #bodies + 1
  return wrk.format("POST", os.getenv("TARGET"), {["Authorization"] = "Bearer benchmark"}, bodies[at])
end
"""


def bodies_of(split: str) -> tuple[list[dict[str, object]], dict[str, dict[str, object]]]:
    """Give messages in the order of the threads, each with what it answers, and the articles."""
    comments = [c for file in sorted((CORPUS / split).glob("*.jsonl")) for c in read_labelled(file)]
    texts = {comment.id: comment.text for comment in comments}
    articles = read_articles(CORPUS / "articles.jsonl")
    messages: list[dict[str, object]] = []
    for c in comments:
        message: dict[str, object] = {"id": c.id, "text": c.text, "article_id": c.article_id}
        if c.parent_id in texts:
            message |= {"parent_id": c.parent_id, "above": [{"id": c.parent_id, "text": texts[c.parent_id]}]}
        messages.append(message)
    wanted = {c.article_id for c in comments}
    return messages, {id: {"title": a.title, "body": a.body} for id, a in articles.items() if id in wanted}


def call(method: str, path: str, body: object = None) -> bytes:
    request = urllib.request.Request(
        f"http://127.0.0.1:{PORT}{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {TOKEN}"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        content: bytes = answer.read()
        return content


def counts() -> dict[str, float]:
    """Give the server's own counts, summed over their labels."""
    found: Counter[str] = Counter()
    for line in call("GET", "/metrics").decode().splitlines():
        match = re.match(r"(modfilter_\w+?)(?:_total)?(\{.*\})? ([\d.e+-]+)$", line)
        if match and "_bucket" not in line and "_created" not in line:
            found[match[1]] += float(match[3])
    return dict(found)


def request_of(target: str, body: bytes, header: str) -> bytes:
    """Give a whole HTTP request."""
    return (
        f"POST {target} HTTP/1.1\r\nHost: x\r\n{header}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
    )


def from_coral(message: dict[str, object]) -> bytes:
    """Give the request that Coral would send about a comment."""
    body = json.dumps(
        {
            "action": "NEW",
            "comment": {
                "body": f"<p>{escape(str(message['text']))}</p>",
                "parentID": message.get("parent_id"),
            },
            "author": {"id": "u1", "role": "COMMENTER"},
            "story": {"id": message["article_id"], "url": "https://example.org/"},
            "site": {"id": "s1"},
            "tenantID": str(message["id"]),
            "tenantDomain": "localhost",
        },
        indent=2,
    ).encode()
    signature = hmac.new(TOKEN.encode(), body, hashlib.sha256).hexdigest()
    return request_of("/coral/benchmark", body, f"X-Coral-Signature: sha256={signature}")


async def at_rate(rate: float, seconds: float, requests: list[bytes], connections: int = 64) -> list[float]:
    """Send requests at a rate, each at its own time; give the latencies, from when each was due."""
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(connections):
        free.put_nowait(await asyncio.open_connection("127.0.0.1", PORT))
    latencies: list[float] = []

    async def one(due: float, request: bytes) -> None:
        reader, writer = await free.get()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(re.search(rb"content-length: (\d+)", head)[1]))  # type: ignore[index]
        free.put_nowait((reader, writer))
        latencies.append(time.perf_counter() - due)

    begun = time.perf_counter()
    tasks = []
    rng = random.Random(1)
    for number in range(int(rate * seconds)):
        due = begun + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(one(due, rng.choice(requests))))
    await asyncio.gather(*tasks)
    return sorted(latencies)


def steady(name: str, rate: float, seconds: float, requests: list[bytes], pid: int) -> list[float]:
    """Send requests at a rate, print what came of it, and give the latencies."""
    before = counts()
    latencies = asyncio.run(at_rate(rate, seconds, requests))
    p50, p99, p999 = (latencies[int(len(latencies) * part)] * 1000 for part in (0.5, 0.99, 0.999))
    print(
        f"{name}: p50 {p50:.1f} ms, p99 {p99:.1f}, p99.9 {p999:.1f}, worst {latencies[-1] * 1000:.0f};"
        f" {told(before)}, {memory_of(pid):.0f} MB",
        flush=True,
    )
    return latencies


def wrk(seconds: int, connections: int, bodies: Path) -> float:
    """Ask as fast as answers come; give requests a second."""
    script = bodies.with_suffix(".lua")
    script.write_text(WRK)
    said = subprocess.run(
        ["wrk", "-t2", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(script), f"http://127.0.0.1:{PORT}"],
        env={**os.environ, "BODIES": str(bodies), "TARGET": "/v1/moderate"},
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    failed = re.search(r"Non-2xx.*: (\d+)|Socket errors:.*", said)
    print("  " + "; ".join(re.findall(r"(?:50|75|90|99)% +[\d.]+m?s", said)))
    if failed:
        print(f"  {failed[0]}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])  # type: ignore[index]


def told(before: dict[str, float]) -> str:
    """Say what happened since: how many comments were hurried or unanswered, and the memory."""
    after = counts()
    decisions = max(1.0, after.get("modfilter_decisions", 0) - before.get("modfilter_decisions", 0))
    shares = [
        f"{name} {100 * (after.get(key, 0) - before.get(key, 0)) / decisions:.2f} %"
        for name, key in (("hurried", "modfilter_hurried"), ("unanswered", "modfilter_unanswered"))
    ]
    return ", ".join(shares)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--tier", default="auto")
    parser.add_argument("--judges", type=int, default=2)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--rates", default="100,500")
    parser.add_argument("--split", default="dev")
    options = parser.parse_args()
    messages, articles = bodies_of(options.split)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bodies = folder / "bodies.jsonl"
        lines = [json.dumps(message).encode() for message in messages]
        bodies.write_bytes(b"\n".join(lines) + b"\n")
        asks = [request_of("/v1/moderate", line, f"Authorization: Bearer {TOKEN}") for line in lines]
        (folder / "server.toml").write_text(
            f'port = {PORT}\njudges = {options.judges}\ntier = "{options.tier}"\ndata = "{folder}/data"\n'
            'log_level = "warning"\n'
            '[[site]]\nname = "benchmark"\ntokens = ["$MODFILTER_TOKEN"]\nrequests_per_second = 1000000\n'
            'coral_secrets = ["$MODFILTER_TOKEN"]\n'
        )
        begun = time.perf_counter()
        server = subprocess.Popen(
            [sys.executable, "-m", "modfilter", "serve", "--config", str(folder / "server.toml")],
            env={**os.environ, "MODFILTER_TOKEN": TOKEN},
        )
        try:
            while True:
                try:
                    call("GET", "/readyz")
                    break
                except OSError:
                    time.sleep(0.02)
            print(
                f"tier {options.tier}, {options.judges} judges: ready after {time.perf_counter() - begun:.1f} s"
            )
            for id, article in articles.items():
                call("PUT", f"/v1/articles/{id}", article)
            time.sleep(10 if options.tier != "fast" else 1)  # the articles are read meanwhile
            measure(options, bodies, asks, [*map(from_coral, messages)], server.pid)
        finally:
            server.terminate()
            server.wait()


def measure(
    options: argparse.Namespace, bodies: Path, asks: list[bytes], coral: list[bytes], pid: int
) -> None:
    for rate in [float(each) for each in options.rates.split(",") if each]:
        steady(f"{rate:.0f} req/s", rate, options.seconds, asks, pid)
    late = [each for each in steady("Coral, 50 req/s", 50, options.seconds, coral, pid) if each > 0.2]
    print(f"  {len(late)} of {50 * options.seconds:,} answers came after Coral's 200 ms")
    for connections in (16, 64, 1_000):
        before = counts()
        rate = wrk(options.seconds, connections, bodies)
        print(
            f"wrk, {connections:,} connections: {rate:,.0f} req/s; {told(before)}, {memory_of(pid):.0f} MB",
            flush=True,
        )
    time.sleep(2)
    latencies = asyncio.run(at_rate(50, 3, asks))
    print(
        f"2 s later, 50 req/s: p50 {latencies[len(latencies) // 2] * 1000:.1f} ms, worst {latencies[-1] * 1000:.0f}"
    )


if __name__ == "__main__":
    main()

"""Sends a running server thousands of malformed requests: bytes of real messages turned over, and schemathesis.

python scripts/benchmarks/fuzz_server.py [--requests 10000] [--seed 1]     (pip install schemathesis)

Prints the answers by protocol and status; exits with 1 where one was a 5xx other than 503, where Coral got anything but
200, where the server died, or where its log does not hold just the decisions that were answered.
"""

import argparse
import hashlib
import hmac
import http.client
import json
import random
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from modfilter.store import DecisionLog
from tests.server.running import Running, running

SECRET = b"empsec_0123456789abcdef"
CORAL = (Path(__file__).parents[2] / "tests" / "server" / "messages" / "coral.json").read_bytes()
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MESSAGES: dict[str, tuple[str, str, bytes]] = {
    "native": (
        "POST /v1/moderate",
        JSON,
        b'{"id":"1","text":"Ava ngavarohwe \xf0\x9f\x98\xa1","parent_id":"0","above":[{"id":"0","text":"x"}],'
        b'"article":{"id":"a","title":"Bridge","body":"It fell."},"deadline_ms":900,"created_at":"2026-01-01T00:00Z"}',
    ),
    "list": (
        "POST /v1/moderate",
        JSON,
        b'{"comments":[{"id":"1","text":"a"},{"id":"2","text":"b","parent_id":"1"}]}',
    ),
    "article": (
        "PUT /v1/articles/a1",
        JSON,
        b'{"title":"Bridge","body":"It fell.","url":"https://example.org/a"}',
    ),
    "coral": ("POST /coral/daily", JSON, CORAL),
    "analyze": (
        "POST /v1alpha1/comments:analyze?key=secret",
        JSON,
        b'{"comment":{"text":"hi there"},"requestedAttributes":{"THREAT":{"scoreThreshold":0.1}},"languages":["en"],'
        b'"context":{"entries":[{"text":"x"}],"articleId":"a1"},"spanAnnotations":true,"clientToken":"t"}',
    ),
    "suggest": (
        "POST /v1alpha1/comments:suggestscore?key=secret",
        JSON,
        b'{"comment":{"text":"x"},"attributeScores":{"TOXICITY":{"summaryScore":{"value":1}}},"clientToken":"comment:7"}',
    ),
    "akismet": (
        "POST /1.1/comment-check",
        FORM,
        b"api_key=secret&blog=https%3A%2F%2Fexample.org&user_ip=192.0.2.1&comment_content=What+a+bridge&comment_parent=3",
    ),
    "openai": ("POST /v1/moderations", JSON, b'{"model":"m","input":["hello",{"type":"text","text":"you"}]}'),
}
TOKENS = [
    b"\x00",
    b"\xff",
    b"{",
    b"}",
    b"[",
    b'"',
    b"\\ud800",
    b"1e999",
    b"null",
    b"-1",
    b"%",
    b"&",
    b"=",
    b"\r\n",
    b"9" * 400,
]


def mutated(body: bytes, rng: random.Random) -> bytes:
    """Turn some bytes of a message over."""
    changed = bytearray(body)
    for _ in range(rng.choice((0, 1, 1, 2, 5, 20))):
        at = rng.randrange(len(changed) + 1)
        match rng.randrange(5):
            case 0:
                changed[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                del changed[at : at + rng.randrange(1, 30)]
            case 2:
                changed[at:at] = rng.choice(TOKENS) * rng.choice((1, 1, 50))
            case 3:
                changed[at:at] = changed[max(0, at - 40) : at]
            case _:
                del changed[at:]
    return bytes(changed)


def send(server: Running, seed: int) -> tuple[str, int, int]:
    """Send one request; give its protocol, the status, and the decisions that its answer holds."""
    rng = random.Random(seed)
    name = rng.choice([*MESSAGES])
    target, kind, body = MESSAGES[name]
    method, path = target.split(" ")
    body = mutated(body, rng)
    if rng.random() < 0.1:
        path = "".join(rng.choice("/v1:%.~!$&'()*+,;=@abc") for _ in range(rng.randrange(1, 60)))
        path, name = "/" + path, "path"
    headers = {
        "Content-Type": kind,
        "Authorization": rng.choice(("Bearer secret", "Bearer secret", "Bearer \xff", "")),
    }
    if name == "coral":
        headers["X-Coral-Signature"] = "sha256=" + hmac.new(SECRET, body, hashlib.sha256).hexdigest()
    if rng.random() < 0.05:
        headers["Content-Encoding"] = rng.choice(("gzip", "br", "identity"))
    headers["X-Modfilter-Deadline-Ms"] = (
        rng.choice(("30000", "-1", "x", "99999999999", "٣")) if rng.random() < 0.2 else "30000"
    )
    headers = {key: value.encode("utf-8").decode("latin-1") for key, value in headers.items()}
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
    except (http.client.HTTPException, OSError):
        return name, 0, 0  # hung up on
    finally:
        connection.close()
    return name, answer.status, decisions_in(name, answer.status, content)


def decisions_in(name: str, status: int, content: bytes) -> int:
    if status != 200:
        return 0
    if name in ("native", "list"):
        record = json.loads(content)
        return len(record["records"]) if "records" in record else 1
    if name == "openai":
        return len(json.loads(content)["results"])
    return 1 if name == "analyze" else 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    wrong = []
    with tempfile.TemporaryDirectory() as name:
        with running(Path(name), 'tier = "fast"\nlog_level = "warning"') as server:
            with ThreadPoolExecutor(8) as crowd:
                sent = [
                    *crowd.map(lambda n: send(server, n + options.seed * 10_000_000), range(options.requests))
                ]
            by = Counter((protocol, status) for protocol, status, _ in sent)
            for (protocol, status), count in sorted(by.items()):
                print(f"{protocol:8} {status or 'hung up on'}  {count:,}")
                if status >= 500 and status != 503:
                    wrong.append(f"{count} answers of {protocol} were {status}")
                if protocol == "coral" and status != 200:
                    wrong.append(f"Coral was answered with {status}, and publishes")
            bugs = server.said().count('"event":"bug"')
            if bugs:
                wrong.append(f"{bugs} answers were mistakes of ours: {server.said()[-2000:]}")
            schema(server, wrong)
        log = DecisionLog(Path(name) / "data" / "decisions.sqlite")
        told = sum(decisions for _, _, decisions in sent)
        logged = Counter(each.protocol for each in log.logged())
        log.close()
        before = logged["native"] + logged["perspective"] + logged["openai"]
        print(
            f"{told:,} decisions in the answers; {before:,} in the log, schemathesis' among them ({dict(logged)})"
        )
        if before < told:
            wrong.append(f"{told - before} decisions were answered and not logged")
    for each in wrong:
        print("WRONG", each)
    sys.exit(bool(wrong))


def schema(server: Running, wrong: list[str]) -> None:
    """Let schemathesis ask what the OpenAPI document allows, and what it does not."""
    command = ["schemathesis", "run", f"http://127.0.0.1:{server.port}/openapi.json", "--max-examples", "200"]
    command += ["--header", "Authorization: Bearer secret", "--seed", "1", "--workers", "2", "--checks"]
    command += [
        "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    print(done.stdout[-1500:] if not done.returncode else done.stdout)
    if done.returncode:
        wrong.append("schemathesis found something")


if __name__ == "__main__":
    main()

"""What only a running server shows: judges that die, deadlines, a full disk, slow clients."""

import contextlib
import os
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from modfilter.bundle import shipped_models
from modfilter.store import DecisionLog
from tests.server.running import Running, running

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for processes in /proc")

CALL, PEACE = "Ava ngavarohwe vese kusvika vaenda", "Makorokoto kuna vese vakashanda nesimba"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("server"), "read_seconds = 1") as it:
        yield it


def test_it_decides_as_the_command_line_does(server: Running) -> None:
    record = server.moderate(CALL, article={"title": "Border closed", "body": "The border was closed."})
    assert record["action"] == "hold"
    assert record["tier"] == "deep"
    assert server.moderate(PEACE)["action"] == "publish"
    assert "Ava ngavarohwe" not in server.said()  # nor in any log


def test_a_judge_that_is_killed_is_replaced_and_no_message_is_lost(server: Running) -> None:
    killed = threading.Event()

    def ask(number: int) -> str:
        if number == 20:
            os.kill(server.judges()[0], signal.SIGKILL)
            killed.set()
        return str(server.moderate(CALL, id=f"kill-{number}", deadline_ms=20_000)["action"])

    with ThreadPoolExecutor(8) as crowd:
        actions = [*crowd.map(ask, range(60))]
    assert killed.is_set()
    assert actions == ["hold"] * 60
    time.sleep(1)
    assert len(server.judges()) == 2
    log = DecisionLog(server.folder / "data" / "decisions.sqlite")
    logged = [each.decision.assessment.comment.id for each in log.logged()]
    log.close()
    assert {f"kill-{number}" for number in range(60)} <= {*logged}


def test_without_any_judge_the_policy_decides_and_then_they_are_back(server: Running) -> None:
    (nursery,) = server.children()
    for pid in (nursery, *server.judges()):
        os.kill(pid, signal.SIGKILL)
    record = server.moderate(PEACE, id="nobody", deadline_ms=300)
    assert record["action"] == "hold"
    assert "no judge" in record["failure"] or "died" in record["failure"]
    server.wait()
    assert server.moderate(PEACE, id="somebody", deadline_ms=20_000)["failure"] is None


def test_what_the_deep_tier_has_no_time_for_comes_from_the_fast_one_and_says_so(server: Running) -> None:
    text = " ".join([PEACE] * 250)  # 36 windows: a fifth of a second and more in the deep tier
    begun = time.monotonic()
    record = server.moderate(text, id="long", deadline_ms=150)
    assert time.monotonic() - begun < 2  # however busy the machine is
    if record["failure"] is None:  # on a very slow machine even the fast tier is late
        assert (record["tier"], record["hurried"]) == ("fast", True)
    assert server.moderate(text, id="patient", deadline_ms=30_000)["hurried"] is False


def test_a_slow_or_silent_client_is_let_go_and_holds_up_nobody(server: Running) -> None:
    def connect(sent: bytes) -> socket.socket:
        made = socket.create_connection(("127.0.0.1", server.port), timeout=10)
        made.sendall(sent)
        return made

    silent = [connect(b"POST /v1/mod") for _ in range(100)]
    slow = connect(
        b"POST /v1/moderate HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer secret\r\nContent-Length: 99\r\n\r\n{"
    )
    assert server.moderate(PEACE, id="meanwhile", deadline_ms=20_000)["action"] == "publish"
    assert b" 408 " in slow.recv(1_000)
    for each in silent:
        with contextlib.suppress(ConnectionResetError):
            assert each.recv(1_000) == b""  # closed
        each.close()
    slow.close()


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
        b"Content-Length: 5\r\nContent-Length: 7\r\n\r\nhello",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"Content-Length: -1\r\n\r\n",
        b"X: " + b"a" * 100_000 + b"\r\n\r\n",
    ],
)
def test_a_request_that_two_servers_may_read_differently_is_not_read(server: Running, head: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        client.sendall(b"POST /v1/moderate HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer secret\r\n" + head)
        client.shutdown(socket.SHUT_WR)
        answer = b""
        with contextlib.suppress(ConnectionResetError):
            while data := client.recv(10_000):
                answer += data
    assert answer.count(b"HTTP/1.1") <= 1
    assert b" 200 " not in answer


def test_an_endless_body_is_cut_off(server: Running) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        client.sendall(
            b"POST /v1/moderate HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer secret\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        sent = 0
        with contextlib.suppress(ConnectionError):
            while sent < 50_000_000:
                client.sendall(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
                sent += 0x10000
        assert sent < 50_000_000


def test_a_locked_log_delays_no_answer_and_loses_no_decision(server: Running) -> None:
    path = server.folder / "data" / "decisions.sqlite"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    begun = time.monotonic()
    record = server.moderate(CALL, id="locked", deadline_ms=1_000)
    assert time.monotonic() - begun < 3
    assert record["action"] == "hold"
    other.execute("ROLLBACK")
    other.close()
    until = time.monotonic() + 10
    log = DecisionLog(path)
    while log.comment("daily", "locked") is None and time.monotonic() < until:
        time.sleep(0.1)
    assert log.comment("daily", "locked") is not None
    log.close()


def test_a_decision_comes_out_the_same_when_it_is_made_again(server: Running) -> None:
    server.moderate(CALL, id="again", article={"title": "Border closed", "body": "The border was closed."})
    command = [
        sys.executable,
        "-m",
        "modfilter",
        "log",
        "recheck",
        str(server.folder / "data"),
        "--sample",
        "30",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 not" in done.stdout


def test_told_to_stop_it_answers_what_is_under_way(tmp_path: Path) -> None:
    with running(tmp_path) as server, ThreadPoolExecutor(1) as other:
        answer = other.submit(server.moderate, " ".join([CALL] * 100), deadline_ms=20_000)
        time.sleep(0.1)
        server.process.send_signal(signal.SIGTERM)
        assert answer.result(20)["action"] == "hold"
        assert server.process.wait(20) == 0
        judges = server.judges() if Path(f"/proc/{server.process.pid}").exists() else []
        assert judges == []
    log = DecisionLog(tmp_path / "data" / "decisions.sqlite")
    assert log.counts()["decision"] == 1
    log.close()


def test_a_full_disk_keeps_nobody_from_an_answer_and_readyz_tells(tmp_path: Path) -> None:
    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))

    with running(tmp_path, before=limit) as server:
        actions = {server.moderate(CALL, id=f"full-{n}", deadline_ms=2_000)["action"] for n in range(150)}
        assert actions == {"hold"}
        status, why = server.call("GET", "/readyz")
        assert status == 503
        assert "decision log" in why


def test_a_damaged_model_is_told_at_the_start_without_a_traceback(tmp_path: Path) -> None:
    models = tmp_path / "models"
    shutil.copytree(shipped_models(), models)
    (models / "student" / "student.safetensors").write_bytes(b"damaged")
    done = _serve(tmp_path, "--models", str(models))
    assert done.returncode == 1
    assert "is not the file that was tested" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("config", "wrong"),
    [
        ('port = "x"', "Expected `int`"),
        ("prot = 1", "unknown field `prot`"),
        ("[[site]]\nname = 'a'\ntokens = ['plain']", "must be a hash"),
        ("[[site]]\nname = 'a'\ntokens = ['$NOT_SET']", "NOT_SET is not set"),
        ("[[site]]\nname = 'a'\n[[site]]\nname = 'a'", "two sites"),
        ("host = '0.0.0.0'\n[[site]]\nname = 'a'", "has no tokens"),
        ("[[site]]\nname = 'a'\npolicy = 'nowhere.toml'", "does not exist"),
        ("= 5", "not TOML"),
    ],
)
def test_a_wrong_configuration_is_told(tmp_path: Path, config: str, wrong: str) -> None:
    (tmp_path / "server.toml").write_text(config)
    done = _serve(tmp_path, "--config", str(tmp_path / "server.toml"))
    assert done.returncode in (1, 2)
    assert wrong in done.stderr
    assert "Traceback" not in done.stderr


def _serve(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "modfilter", "serve", "--data", str(folder / "data"), *arguments],
        capture_output=True, text=True, timeout=60, check=False,
        env={key: value for key, value in os.environ.items() if not key.startswith("MODFILTER")},
    )  # fmt: skip

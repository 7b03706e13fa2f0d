"""A server as its users start it: a process of its own, with the shipped models."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

SITES = """
[[site]]
name = "daily"
tokens = ["$MODFILTER_TOKEN"]
coral_secrets = ["empsec_0123456789abcdef"]
unscored = "null"
requests_per_second = 10000
"""


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Running:
    """A running server."""

    def __init__(
        self,
        folder: Path,
        settings: str = "",
        before: Callable[[], None] | None = None,
        tables: str = "",
        port: int | None = None,
    ) -> None:
        """`settings` stand above the site's table, `tables` below it."""
        self.port, self.folder = port or free_port(), folder
        config = folder / "server.toml"
        config.write_text(
            f'port = {self.port}\njudges = 2\ndata = "{folder}/data"\n{settings}\n{SITES}{tables}'
        )
        self.errors = (folder / "errors.log").open("w+b")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "modfilter", "serve", "--config", str(config)],
            env={**os.environ, "MODFILTER_TOKEN": "secret"},
            stderr=self.errors,
            preexec_fn=before,  # noqa: PLW1509 - it only sets a limit
            start_new_session=True,
        )

    def wait(self, seconds: float = 60) -> "Running":
        """Wait until it is ready."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with contextlib.suppress(OSError):
                if self.call("GET", "/readyz")[0] == 200:
                    return self
            assert self.process.poll() is None, self.said()
            time.sleep(0.05)
        raise AssertionError(f"not ready after {seconds} s: {self.said()}")

    def call(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        """Send a request; give status and content, decoded where it is JSON."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data=data,
            method=method,
            headers={
                "Authorization": "Bearer secret",
                **{k.replace("_", "-"): v for k, v in headers.items()},
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                status, content = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, content = error.code, error.read()
        try:
            return status, json.loads(content)
        except ValueError:
            return status, content.decode()

    def moderate(self, text: str, id: str = "1", **more: object) -> dict[str, Any]:
        """Have a comment decided on."""
        status, record = self.call("POST", "/v1/moderate", {"id": id, "text": text, **more})
        assert status == 200, record
        assert isinstance(record, dict)
        return record

    def children(self) -> dict[int, list[int]]:
        """Give the nursery's process and the judges below it."""

        def below(pid: int) -> list[int]:
            found = []
            for task in Path(f"/proc/{pid}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
            return found

        return {child: below(child) for child in below(self.process.pid)}

    def judges(self) -> list[int]:
        """Give the judges' processes."""
        return [judge for judges in self.children().values() for judge in judges]

    def said(self) -> str:
        """Give what it wrote to standard error."""
        self.errors.flush()
        return Path(self.errors.name).read_text(errors="replace")

    def stop(self) -> int:
        """Tell it to stop; give its exit status."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(20)
        self.errors.close()
        return status


@contextlib.contextmanager
def running(folder: Path, settings: str = "", before: Callable[[], None] | None = None) -> Iterator[Running]:
    """Run a server for a while."""
    server = Running(folder, settings, before)
    try:
        yield server.wait()
    finally:
        if server.process.poll() is None:
            server.stop()
        server.errors.close()

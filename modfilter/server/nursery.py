"""The process that loads the models once and forks the judges, which share their memory; one that dies is replaced.

    python -m modfilter.server.nursery SOCKET JUDGES TIER DATA LANGUAGES [MODELS]

It lives and dies with the server: judges end when the server hangs up, and then so does this.
"""

import os
import signal
import socket
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from modfilter.errors import ModfilterError

if TYPE_CHECKING:
    from modfilter.pipeline import Judges, Spend

WRONG = 3
"""The exit status where the models cannot be loaded; standard error says why."""
_AGAIN = 0.2
"""Seconds before a judge that died is replaced: one that dies at once must not take a core."""


def raise_judges(path: str, count: int, judges: "Judges", models: bytes, vectors: Path) -> None:
    """Fork judges, and fork another for each that dies, until one finds the server gone."""
    alive: set[int] = set()
    while True:
        while len(alive) < count:
            pid = os.fork()
            if pid == 0:
                _sit(path, judges, models, vectors)
            alive.add(pid)
        pid, status = os.wait()
        alive.discard(pid)
        if os.waitstatus_to_exitcode(status) == 0:
            for other in alive:
                os.kill(other, signal.SIGTERM)
            return
        time.sleep(_AGAIN)


def _sit(path: str, judges: "Judges", models: bytes, vectors: Path) -> None:
    """Be a judge. Never returns."""
    from threadpoolctl import threadpool_limits

    from modfilter.server.judging import Judge
    from modfilter.store.blobs import Blobs
    from modfilter.store.vectors import MOST, Vectors

    status = 1
    try:
        threadpool_limits(1)
        deep = judges.tiers.get("deep")
        kept = Vectors(Blobs(vectors, MOST), deep.encode, judges.versions["encoder"]) if deep else None
        if deep and kept:
            judges = replace(judges, tiers={**judges.tiers, "deep": replace(deep, encode_article=kept)})
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(path)
            Judge(judges, connection, kept).sit(models)
        status = 0
    except (ConnectionError, FileNotFoundError):  # the server is gone
        status = 0
    finally:
        os._exit(status)


def main(arguments: Sequence[str]) -> int:
    """Load the models and raise the judges."""
    from modfilter.bundle import Bundle, shipped_models
    from modfilter.pipeline import load_judges
    from modfilter.store.decisions import describe_models

    path, count, tier, data, languages, *rest = arguments
    # Ctrl-C goes to all processes of a terminal; the server answers it, and hangs up.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    folder = Path(rest[0]) if rest else shipped_models()
    spend: Spend = "fast" if tier == "fast" else "deep" if tier == "deep" else "auto"
    try:
        judges = load_judges(folder, spend, [tag for tag in languages.split(",") if tag])
        models = describe_models([Bundle(folder / name) for name in judges.versions])
    except ModfilterError as error:
        print(error, file=sys.stderr)
        return WRONG
    raise_judges(path, int(count), judges, models, Path(data) / "vectors.sqlite")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

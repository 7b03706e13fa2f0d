"""Decides on the windows of a dump: in this process or in several, in order, and so that a killed run can go on.

A window is decided on by itself, so the result is the same whatever the number of workers or of interruptions.
"""

import gc
import multiprocessing
import os
import shutil
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import NamedTuple

import msgspec

from modfilter.errors import UsageError
from modfilter.pipeline import Judges, moderate
from modfilter.policy import Policy
from modfilter.readers import Window
from modfilter.records import Article, Decision
from modfilter.sinks.files import written

AHEAD = 2
"""Windows that wait for each worker: more would only fill the memory."""

_decoder = msgspec.msgpack.Decoder(list[Decision])


class Work(NamedTuple):
    """What is needed to decide on a window."""

    judges: Judges
    policy: Policy
    shelf: tuple[Article, ...] = ()
    """Articles under which comments may belong that are off topic under their own."""


class Decided(NamedTuple):
    """A window, and the decision on each of its comments in their order; None where its worker died twice."""

    window: Window
    decisions: list[Decision] | None


def in_order(window: Window, work: Work) -> list[Decision]:
    """Decide on the comments of a window; give the decisions in the order of its comments."""
    decisions = {d.assessment.comment.id: d for d in moderate(window.threads, *work)}
    return [decisions[key] for key in window.ids]


def decide(window: Window, work: Work) -> bytes:
    """Do the same, and pack the decisions."""
    return msgspec.msgpack.encode(in_order(window, work))


def run(
    windows: Iterable[Window], work: Work, workers: int = 1, parts: "Parts | None" = None
) -> Iterator[Decided]:
    """Decide on windows in order; those whose decisions lie in `parts` are not decided on again."""
    packed = _by_one(windows, work, parts) if workers == 1 else _Crew(work, workers, parts).run(windows)
    for window, answer in packed:
        if answer is not None and parts is not None:
            parts.put(window, answer)
        yield Decided(window, None if answer is None else _decoder.decode(answer))


def _by_one(windows: Iterable[Window], work: Work, parts: "Parts | None") -> Iterator[tuple[Window, bytes]]:
    for window in windows:
        yield window, (parts and parts.get(window)) or decide(window, work)


class Parts:
    """A folder in which the decisions of each window are kept until all are there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, window: Window) -> bytes | None:
        """Give the packed decisions of a window, if they are there."""
        path = self._path(window)
        return path.read_bytes() if path.exists() else None

    def put(self, window: Window, packed: bytes) -> None:
        """Keep the packed decisions of a window; they appear whole or not at all."""
        if not self._path(window).exists():
            with written(str(self._path(window))) as stream:
                stream.write(packed)

    def remove(self) -> None:
        """Forget all of it."""
        shutil.rmtree(self._folder)

    def _path(self, window: Window) -> Path:
        return self._folder / f"{window.number:08}.msgpack"


class _Crew:
    """Processes that decide on windows; one that dies is replaced, and its window is tried once more."""

    def __init__(self, work: Work, workers: int, parts: Parts | None) -> None:
        if "fork" not in multiprocessing.get_all_start_methods():
            raise UsageError("--workers needs a system that can fork\nRun it with one worker.")
        self._work, self._workers, self._parts = work, workers, parts
        self._pool = self._new_pool()

    def run(self, windows: Iterable[Window]) -> Iterator[tuple[Window, bytes | None]]:
        """Decide on windows, in order."""
        waiting: deque[tuple[Window, Future[bytes] | bytes | None]] = deque()
        try:
            for window in windows:
                known = self._parts and self._parts.get(window)
                waiting.append((window, known or self._pool.submit(_decide_here, window)))
                while len(waiting) >= self._workers * AHEAD:
                    yield self._first(waiting)
            while waiting:
                yield self._first(waiting)
        finally:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def _first(
        self, waiting: "deque[tuple[Window, Future[bytes] | bytes | None]]"
    ) -> tuple[Window, bytes | None]:
        window, answer = waiting.popleft()
        if not isinstance(answer, Future):
            return window, answer
        try:
            return window, answer.result()
        except BrokenProcessPool:
            self._pool = self._new_pool()
        # Which of the windows in work killed its worker is not known: each is tried by itself.
        again = self._by_itself(window)
        for place, (other, pending) in enumerate(waiting):
            if isinstance(pending, Future):
                waiting[place] = (other, self._by_itself(other))
        return window, again

    def _by_itself(self, window: Window) -> bytes | None:
        try:
            return self._pool.submit(_decide_here, window).result()
        except BrokenProcessPool:
            self._pool = self._new_pool()
            return None

    def _new_pool(self) -> ProcessPoolExecutor:
        # Forked workers share the pages of the models, which are loaded already, and of the articles: as long as nobody
        # writes there, as the garbage collector does when it looks at them.
        gc.collect()
        gc.freeze()
        fork = multiprocessing.get_context("fork")
        pool = ProcessPoolExecutor(self._workers, fork, initializer=_begin, initargs=(self._work,))
        pool.submit(
            int
        )  # forks them now, before the dump is indexed: else each would keep what the index had in memory
        return pool


_here: list[Work] = []
"""What this worker was given."""


def _begin(work: Work) -> None:
    from threadpoolctl import threadpool_limits

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent to answer
    threading.Thread(target=_end_with_parent, daemon=True).start()
    threadpool_limits(1)
    _here[:] = [work]


def _end_with_parent() -> None:
    """Wait for the end of the parent, however it was killed: its workers would sit in the memory for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _decide_here(window: Window) -> bytes:
    return decide(window, _here[0])

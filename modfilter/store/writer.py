"""One thread that writes rows in the order they came, many to a transaction, and tries again until it can.

A commit costs 0.1 ms and more, whatever it holds: at 1,500 decisions a second they must share one.
"""

import queue
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Thread
from typing import Any

MOST_TOGETHER = 500
"""Batches of rows in a transaction."""
MOST_WAITING = 20_000
"""Batches that may wait while the disk is full or the file is locked; a decision takes about 3 KB."""
_STOP = object()

Batch = tuple[Sequence[Any], "Future[None]"]


class Writer:
    """Writes batches of rows to a database. After an error it says so, and tries again.

    `undone` is called when a transaction is rolled back: what `write` has done since the last commit is not there.
    """

    def __init__(
        self,
        database: sqlite3.Connection,
        write: Callable[[sqlite3.Connection, Sequence[Any]], None],
        undone: Callable[[], None],
    ) -> None:
        self._database, self._write, self._undone = database, write, undone
        self._waiting: queue.Queue[Any] = queue.Queue(MOST_WAITING)
        self._closing = False
        self.failing: str | None = None
        """Why nothing can be written at the moment."""
        self._thread = Thread(target=self._run, name="decision log", daemon=True)
        self._thread.start()

    @property
    def backlog(self) -> int:
        """Batches that wait."""
        return self._waiting.qsize()

    def append(self, rows: Sequence[Any]) -> "Future[None]":
        """Hand over rows; the future is done when they are on disk, and fails at once where too many wait."""
        done: Future[None] = Future()
        try:
            self._waiting.put_nowait((rows, done))
        except queue.Full:
            done.set_exception(OSError(f"{MOST_WAITING:,} rows wait for the log: {self.failing}"))
        return done

    def close(self, patience: float = 5.0) -> None:
        """Write what waits, for at most so many seconds, and close the file."""
        self._closing = True
        self._waiting.put(_STOP)
        self._thread.join(patience)
        if not self._thread.is_alive():
            self._database.close()

    def _run(self) -> None:
        stopping = False
        while not stopping:
            batches = [self._waiting.get()]
            while len(batches) < MOST_TOGETHER and not self._waiting.empty():
                batches.append(self._waiting.get())
            stopping = _STOP in batches
            self._commit([batch for batch in batches if batch is not _STOP])

    def _commit(self, batches: Sequence[Batch]) -> None:
        """Write batches together; one that can never be written fails alone."""
        pause = 0.05
        while batches:
            try:
                self._database.execute("BEGIN IMMEDIATE")
                for rows, _ in batches:
                    self._write(self._database, rows)
                self._database.execute("COMMIT")
                self.failing = None
                break
            except sqlite3.Error as error:
                self.failing = str(error)
                self._roll_back()
                if self._closing:
                    for _, done in batches:
                        done.set_exception(error)
                    return
                time.sleep(pause)
                pause = min(1.0, pause * 2)
            except Exception as error:
                self._roll_back()
                if len(batches) > 1:
                    for batch in batches:
                        self._commit([batch])
                elif batches[0][1].set_running_or_notify_cancel():
                    batches[0][1].set_exception(error)
                return
        for _, done in batches:
            if done.set_running_or_notify_cancel():
                done.set_result(None)

    def _roll_back(self) -> None:
        if self._database.in_transaction:
            self._database.execute("ROLLBACK")
        self._undone()

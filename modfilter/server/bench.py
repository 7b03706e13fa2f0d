"""The judges as the server sees them: jobs go out, answers come back, and each job ends by its deadline."""

import asyncio
import sys
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from types import TracebackType
from typing import cast

import msgspec

from modfilter.errors import ModelError
from modfilter.records import Article, Assessment, Thread
from modfilter.server.nursery import WRONG
from modfilter.server.wire import ARTICLES, About, Frames, Hello, Job, Judged, frame

MARGIN = 0.02
"""Seconds kept back from a deadline for the answer's way to the caller."""
_TRIES = 2
_AGAIN = 1.0


class UnansweredError(Exception):
    """No judge spoke in time; the message says why."""

    def __init__(self, why: str, kind: str) -> None:
        super().__init__(why)
        self.kind = kind
        """`late`, `shed` or `died`, for the metrics."""


@dataclass
class _Asked:
    """A job under way."""

    job: Job
    article: Article | None
    answer: "asyncio.Future[Sequence[Assessment]]"
    provisional: Sequence[Assessment] | None = None
    tries: int = 0
    timer: asyncio.TimerHandle | None = None


class _Seat(asyncio.Protocol):
    """One judge's connection."""

    def __init__(self, bench: "Bench") -> None:
        self._bench = bench
        self._frames = Frames()
        self._told: OrderedDict[int, None] = OrderedDict()
        self.jobs: dict[int, _Asked] = {}
        self.hello: Hello | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass

    def data_received(self, data: bytes) -> None:
        for message in self._frames.feed(data):
            if isinstance(message, Hello):
                self.hello = message
                self._bench.seated(self)
            elif isinstance(message, Judged):
                self._bench.judged(self, message)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio calls it so
        self._bench.left(self)

    def send(self, asked: _Asked) -> None:
        """Hand a job over."""
        asked.tries += 1
        self.jobs[asked.job.number] = asked
        if asked.article is not None and asked.job.article is not None:
            self.tell(asked.job.article, asked.article)
        self.transport.write(frame(asked.job))

    def tell(self, number: int, article: Article) -> None:
        """Tell of an article, unless it has been told of lately."""
        if number not in self._told:
            self._told[number] = None
            if len(self._told) > ARTICLES:
                self._told.popitem(last=False)
            self.transport.write(frame(About(number, article)))


class Bench:
    """Starts the judges, shares the work among them, and replaces those that die."""

    def __init__(self, nursery: Sequence[str], most_waiting: int) -> None:
        self._nursery = nursery
        self._most_waiting = most_waiting
        self._folder = Path(mkdtemp(prefix="modfilter-"))  # for its owner alone
        self._seats: list[_Seat] = []
        self._homeless: dict[int, _Asked] = {}
        """Jobs for which there is no judge at the moment."""
        self._number = self._numbered = 0
        self._articles: OrderedDict[Article, int] = OrderedDict()
        self.waiting = 0
        """Jobs on which no judge has said anything yet."""
        self._closing = False
        self._someone = asyncio.Event()
        self.hello: Hello | None = None
        self.deaths = 0

    @property
    def judges(self) -> int:
        """Judges that are there."""
        return len(self._seats)

    async def __aenter__(self) -> "Bench":
        path = self._folder / "judges.sock"
        self._server = await asyncio.get_running_loop().create_unix_server(lambda: _Seat(self), path)
        self._keeper = asyncio.create_task(self._keep(str(path)))
        someone = asyncio.create_task(self._someone.wait())
        await asyncio.wait({self._keeper, someone}, return_when=asyncio.FIRST_COMPLETED)
        someone.cancel()
        if self._keeper.done():
            self._keeper.result()  # raises what went wrong
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing = True
        self._keeper.cancel()
        self._server.close()
        for seat in self._seats:
            seat.transport.close()
        self._folder.joinpath("judges.sock").unlink(missing_ok=True)
        self._folder.rmdir()

    async def ask(self, thread: Thread, seconds: float) -> Sequence[Assessment]:
        """Ask for the comments of a thread; raise UnansweredError where no answer came in so many seconds.

        What the deep tier has no time for comes from the fast one, and says so (`hurried`).
        """
        if self.waiting >= self._most_waiting:
            raise UnansweredError(f"{self.waiting} messages were waiting already", "shed")
        loop = asyncio.get_running_loop()
        self._number += 1
        deadline = time.monotonic() + max(0.0, seconds - MARGIN)
        bare = thread if thread.article is None else msgspec.structs.replace(thread, article=None)
        number = None if thread.article is None else self._number_of(thread.article)
        asked = _Asked(Job(self._number, bare, number, deadline), thread.article, loop.create_future())
        asked.timer = loop.call_later(max(0.0, seconds - MARGIN), self._late, asked)
        self.waiting += 1
        self._place(asked)
        return await asked.answer

    def prepare(self, article: Article) -> None:
        """Let the judges read an article before its comments come."""
        number = self._number_of(article)
        for seat in self._seats:
            seat.tell(number, article)

    def _number_of(self, article: Article) -> int:
        """Give the number under which the judges know an article; every number is given once."""
        number = self._articles.get(article)
        if number is None:
            self._numbered += 1
            number = self._articles[article] = self._numbered
            if len(self._articles) > 2 * ARTICLES:
                self._articles.popitem(last=False)
        return number

    def seated(self, seat: _Seat) -> None:
        """Welcome a judge."""
        self.hello = seat.hello
        self._seats.append(seat)
        self._someone.set()
        homeless, self._homeless = self._homeless, {}
        for asked in homeless.values():
            self._place(asked)

    def judged(self, seat: _Seat, said: Judged) -> None:
        """Take what a judge says."""
        asked = seat.jobs.get(said.number)
        if asked is None:  # it came too late
            return
        if asked.provisional is None:
            self.waiting -= 1
        if said.assessments:
            asked.provisional = said.assessments
        if said.final:
            del seat.jobs[said.number]
            self._end(asked, asked.provisional or ())

    def left(self, seat: _Seat) -> None:
        """Give the work of a judge that died to another."""
        if seat in self._seats:
            self._seats.remove(seat)
        if self._closing:
            return
        self.deaths += 1
        jobs, seat.jobs = seat.jobs, {}
        for asked in jobs.values():
            if asked.provisional is None and asked.tries < _TRIES:
                self._place(asked)
            else:
                self._settle(asked, f"its judge died, {asked.tries} times", "died")

    def _place(self, asked: _Asked) -> None:
        """Give a job to the judge who has least to do."""
        if self._seats:
            min(self._seats, key=lambda seat: len(seat.jobs)).send(asked)
        else:
            self._homeless[asked.job.number] = asked

    def _late(self, asked: _Asked) -> None:
        for seat in self._seats:
            seat.jobs.pop(asked.job.number, None)
        self._homeless.pop(asked.job.number, None)
        why = "no judge had time for it" if self._seats else "no judge was there"
        self._settle(asked, why, "late" if self._seats else "died")

    def _settle(self, asked: _Asked, why: str, kind: str) -> None:
        """End a job of which there will be no more: with what was said so far, or else saying why there is nothing."""
        if asked.provisional is None:
            self.waiting -= 1
            self._end(asked, UnansweredError(why, kind))
        else:
            self._end(asked, asked.provisional)

    def _end(self, asked: _Asked, answer: Sequence[Assessment] | UnansweredError) -> None:
        if asked.timer is not None:
            asked.timer.cancel()
        if asked.answer.done():  # the caller has hung up
            return
        if isinstance(answer, UnansweredError):
            asked.answer.set_exception(answer)
        else:
            asked.answer.set_result(answer)

    async def _keep(self, path: str) -> None:
        """Start the nursery, and start it again whenever it ends; raise ModelError where the models are wrong."""
        while True:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "modfilter.server.nursery",
                path,
                *self._nursery,
                stderr=asyncio.subprocess.PIPE if not self._someone.is_set() else None,
            )
            try:
                _, complaint = await process.communicate()
            except asyncio.CancelledError:
                process.terminate()
                raise
            if not self._someone.is_set():
                text = (complaint or b"").decode(errors="replace").strip()
                if process.returncode == WRONG:
                    raise ModelError(text)
                raise ModelError(
                    f"the judges could not be started (exit status {process.returncode})\n{text}"
                )
            await asyncio.sleep(_AGAIN)

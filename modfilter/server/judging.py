"""A judge: a process that reads comments, all with the fast tier first, then the undecided with the deep one.

Deep readings go by deadline; for what can no longer be done in time the fast answer stands.
"""

import heapq
import os
import select
import socket
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import groupby
from typing import NamedTuple

import msgspec

from modfilter import pipeline
from modfilter.encoder import Encode
from modfilter.pipeline import Judges, Known
from modfilter.reading import Side
from modfilter.records import Article, Assessment
from modfilter.relevance import article_sides
from modfilter.server.wire import ARTICLES, About, Frames, Hello, Job, Judged, frame

AT_ONCE = 32
"""Jobs read together: at 2,000 comments a second those of 16 ms, so that nobody waits long for the others."""
WARM = 2_000
"""Articles that are remembered as read; the relevance judges keep as many."""
_RECEIVED = 1 << 18
_SMOOTHING = 0.1


class Undecided(NamedTuple):
    """A job whose answer the deep tier may still change; sorted by deadline, then by number."""

    deadline: float
    number: int
    undecided: list[Known]
    members: list[Known]


class Judge:
    """What waits for one judge, and how long its deep tier takes.

    Nothing that it does at one go takes longer than a batch of `AT_ONCE` or one deep reading: a new article is read
    sentence by sentence, between other things.
    """

    def __init__(self, judges: Judges, connection: socket.socket, vectors: Encode | None = None) -> None:
        self._judges, self._connection, self._vectors = judges, connection, vectors
        self._frames = Frames()
        self._jobs: list[Job] = []
        self._deep: list[Undecided] = []
        self._articles: OrderedDict[Article, Iterator[Side]] = OrderedDict()
        """Those being read, with the sentences that are left."""
        self._warm: OrderedDict[Article, None] = OrderedDict()
        self._known: OrderedDict[int, Article] = OrderedDict()
        self._window_seconds = 0.01

    def sit(self, models: bytes) -> None:
        """Judge what comes until the other end hangs up."""
        with suppress(ConnectionError):
            self._sit(models)

    def _sit(self, models: bytes) -> None:
        self._send(Hello(os.getpid(), models, self._judges.measured))
        while self._receive(wait=not (self._jobs or self._deep or self._articles)):
            if self._jobs:
                jobs, self._jobs = self._jobs[:AT_ONCE], self._jobs[AT_ONCE:]
                self._first(jobs)
            elif self._deep:
                self._second()
            elif self._articles:
                self._read_on(next(iter(self._articles)))

    def _receive(self, wait: bool) -> bool:
        """Take what has come; False where the other end has hung up."""
        while select.select([self._connection], [], [], None if wait else 0)[0]:
            data = self._connection.recv(_RECEIVED)
            if not data:
                return False
            for message in self._frames.feed(data):
                if isinstance(message, Job):
                    self._jobs.append(self._placed(message))
                elif isinstance(message, About):
                    self._told(message)
            wait = not (self._jobs or self._deep or self._articles)
        return True

    def _first(self, jobs: Sequence[Job]) -> None:
        """Read jobs for the first time: all of them at once, or one by one where that breaks."""
        now = time.monotonic()
        live = [job for job in jobs if job.deadline > now]
        try:
            self._first_tier(live)
        except ConnectionError:
            raise
        except Exception as error:
            if len(live) == 1:
                failure = f"{type(error).__name__}: {error}"
                failed = tuple(Assessment(comment=c, failure=failure) for c in live[0].thread.comments)
                self._send(Judged(live[0].number, failed, final=True))
                return
            for job in live:
                self._first([job])

    def _first_tier(self, jobs: Sequence[Job]) -> None:
        judges = self._judges
        known = pipeline.read([job.thread for job in jobs], judges)
        first = next(iter(judges.tiers))
        pipeline.judge(first, known, known, judges)
        waits = {id(each) for each in pipeline.undecided(known, judges)} if len(judges.tiers) > 1 else set()
        answers = iter(pipeline.conclude(known, judges))
        for number, group in groupby(known, key=lambda each: each.thread):
            job, members = jobs[number], [*group]
            undecided = [each for each in members if id(each) in waits]
            told = tuple(
                msgspec.structs.replace(next(answers), hurried=True) if id(each) in waits else next(answers)
                for each in members
                if each.reading.asked
            )
            self._send(Judged(job.number, told, final=not undecided))
            if undecided:
                heapq.heappush(self._deep, Undecided(job.deadline, job.number, undecided, members))

    def _second(self) -> None:
        """Read again what is most urgent, if it can be done in time."""
        job = heapq.heappop(self._deep)
        windows = sum(len(each.reading.windows) for each in job.undecided)
        begun = time.monotonic()
        if begun + windows * self._window_seconds > job.deadline:
            self._send(Judged(job.number, (), final=True))
            # Or one slow second would stop the deep tier for good.
            self._window_seconds *= 1 - _SMOOTHING / 10
            return
        article = job.members[0].reading.article
        if article is not None and not self._is_warm(article):
            self._read_on(article)
            heapq.heappush(self._deep, job)
            return
        pipeline.judge("deep", job.undecided, job.members, self._judges)
        taken = (time.monotonic() - begun) / windows
        self._window_seconds += _SMOOTHING * (taken - self._window_seconds)
        self._send(Judged(job.number, tuple(pipeline.conclude(job.members, self._judges)), final=True))

    def _placed(self, job: Job) -> Job:
        """Put a job under its article: jobs under the same one share it, and are compared with it at once."""
        if job.article is None:
            return job
        article = self._known[job.article]
        return msgspec.structs.replace(job, thread=msgspec.structs.replace(job.thread, article=article))

    def _told(self, about: About) -> None:
        """Learn of an article."""
        self._known[about.number] = about.article
        self._known.move_to_end(about.number)
        if len(self._known) > 2 * ARTICLES:
            self._known.popitem(last=False)
        self._is_warm(about.article)

    def _is_warm(self, article: Article) -> bool:
        """Whether all vectors of an article are at hand; if not, it is read in what time there is."""
        if self._vectors is None or article in self._warm:
            return True
        if article not in self._articles:
            self._articles[article] = iter(article_sides(article))
        return False

    def _read_on(self, article: Article) -> None:
        """Read the next sentence of an article."""
        side = next(self._articles[article], None)
        if side is not None and self._vectors is not None:
            self._vectors([side])
            return
        del self._articles[article]
        self._warm[article] = None
        if len(self._warm) > WARM:
            self._warm.popitem(last=False)

    def _send(self, message: Hello | Judged) -> None:
        self._connection.sendall(frame(message))

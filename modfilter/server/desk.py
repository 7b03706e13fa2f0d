"""The way of a message of any protocol: find its article and what it answers, ask the judges, decide, log."""

import asyncio
import sqlite3
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple, TypeVar

import msgspec

from modfilter.hooks.message import Asked
from modfilter.policy import decide
from modfilter.records import Action, Article, Assessment, Comment, Decision, Thread
from modfilter.server.bench import MARGIN, Bench, UnansweredError
from modfilter.server.config import Site
from modfilter.server.metrics import Metrics, log
from modfilter.store.articles import Articles
from modfilter.store.decisions import DecisionLog, Entry, Ground

PIECE = 16
"""Comments of a message that go to a judge together: a list of a thousand must not hold up everybody else."""
RECENT = 10_000
"""Comments that are remembered, in case the next one answers them."""
RECENT_CHARACTERS = 2_000
FRESH = 60.0
"""Seconds for which an article that was found, or was not, is not looked for again; a pushed one is seen at once."""
LOG_SECONDS = 0.5
"""For which an answer waits until its decision is on disk; while the disk is full no answer waits at all."""
LEVELS = 2
"""What a comment answers, and what that answers: as much as the judges read."""

Found = TypeVar("Found")


class Decided(NamedTuple):
    """A decision, and what the caller is told: in shadow mode to publish, whatever was decided."""

    decision: Decision
    told: Decision


class Desk:
    """Decides on messages for all sites."""

    def __init__(self, bench: Bench, articles: Articles, log: DecisionLog, metrics: Metrics) -> None:
        self.bench, self.articles, self.log, self.metrics = bench, articles, log, metrics
        # SQLite may wait for another process; the event loop must not.
        self._reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._recent: OrderedDict[tuple[str, str], Comment] = OrderedDict()
        self._ground = lru_cache(100)(Ground)
        self._found: dict[tuple[str, str | None, str | None], tuple[float, Article | None]] = {}

    async def decide(self, site: Site, protocol: str, asked: Asked, seconds: float) -> list[Decided]:
        """Decide on the comments of a message within so many seconds, and log it.

        Where time is short, the store fails, or a mistake of ours shows, the policy's `on_failure` decides.
        """
        begun = time.monotonic()
        thread = Thread(comments=_placed(asked.comments, None, site.name))
        try:
            thread = await self._thread(site, asked, seconds / 2)
            left = seconds - (time.monotonic() - begun)
            decisions = self._decisions(site, await self._assess(thread, left))
        except Exception as error:
            failure = self._failure(error, protocol, len(thread.comments))
            decisions = self._decisions(
                site, [Assessment(comment=c, failure=failure) for c in thread.comments]
            )
        decided = [Decided(d, _published(d) if site.table.shadow else d) for d in decisions]
        await self._log(site, protocol, thread, decided, seconds - (time.monotonic() - begun))
        self.metrics.decided(site.name, protocol, decided, time.monotonic() - begun)
        return decided

    async def push(self, site: Site, article: Article) -> None:
        """Keep an article and have it read; raise sqlite3.Error where that fails."""
        await self._in_reader(lambda: self.articles.put(site.name, article), None)
        self._found.clear()
        self.bench.prepare(article)

    async def _thread(self, site: Site, asked: Asked, seconds: float) -> Thread:
        article = asked.article or await self._article(site, asked, seconds)
        known = {comment.id: comment for comment in (*asked.above, *asked.comments)}
        above = {comment.id: comment for comment in asked.above}
        wanted = [comment.parent_id for comment in known.values()]
        for _ in range(LEVELS):
            unknown = [id for id in dict.fromkeys(wanted) if id is not None and id not in known]
            found = [comment for id in unknown if (comment := await self._comment(site, id, seconds))]
            known |= {comment.id: comment for comment in found}
            above |= {comment.id: comment for comment in found}
            wanted = [comment.parent_id for comment in found]
        return Thread(
            article=article,
            comments=_placed(asked.comments, article, site.name),
            above=_placed([*above.values()], article, site.name),
        )

    async def _article(self, site: Site, asked: Asked, seconds: float) -> Article | None:
        if not (asked.article_id or asked.article_url):
            return None
        key = (site.name, asked.article_id, asked.article_url)
        known = self._found.get(key)
        now = time.monotonic()
        if known is not None and now - known[0] < FRESH:
            return known[1]
        found = await self._in_reader(
            lambda: self.articles.find(site.name, asked.article_id, asked.article_url), seconds
        )
        if len(self._found) > RECENT:
            self._found.clear()
        self._found[key] = now, found
        return found

    async def _comment(self, site: Site, id: str, seconds: float) -> Comment | None:
        recent = self._recent.get((site.name, id))
        if recent is not None:
            return recent
        return await self._in_reader(lambda: self.log.comment(site.name, id), seconds)

    def _decisions(self, site: Site, assessments: Sequence[Assessment]) -> list[Decision]:
        hello = self.bench.hello
        measured = hello.measured if hello else frozenset()
        return [decide(assessment, site.policy, measured) for assessment in assessments]

    def _failure(self, error: Exception, protocol: str, comments: int) -> str:
        """Say why comments could not be judged: the store failed, without which none is read as it deserves, or we."""
        if isinstance(error, sqlite3.Error | TimeoutError):
            return f"store: {str(error) or 'no answer'}"
        self.metrics.unanswered("bug", comments)
        log.error("bug", exc_info=error, extra={"told": {"protocol": protocol}})
        return f"{type(error).__name__}: {error}"

    async def _assess(self, thread: Thread, seconds: float) -> list[Assessment]:
        answers = await asyncio.gather(*(self._ask(piece, seconds) for piece in pieces(thread, PIECE)))
        return [assessment for answer in answers for assessment in answer]

    async def _ask(self, thread: Thread, seconds: float) -> Sequence[Assessment]:
        try:
            return await self.bench.ask(thread, seconds)
        except UnansweredError as error:
            self.metrics.unanswered(error.kind, len(thread.comments))
            return [Assessment(comment=comment, failure=f"server: {error}") for comment in thread.comments]

    async def _log(
        self, site: Site, protocol: str, thread: Thread, decided: Sequence[Decided], seconds: float
    ) -> None:
        """Log before the answer goes out, as long as there is time; what must wait longer is still in the queue."""
        now = datetime.now(UTC)
        rows = [
            Entry(
                site=site.name,
                protocol=protocol,
                decision=each.decision,
                answered=each.told.action,
                policy=self._ground(site.policy_text),
                models=self._ground(self.bench.hello.models if self.bench.hello else b"{}"),
                article=thread.article,
                above=thread.above,
                at=now,
            )
            for each in decided
        ]
        for comment in thread.comments:
            if len(comment.text) <= RECENT_CHARACTERS:
                self._recent[site.name, comment.id] = comment
        while len(self._recent) > RECENT:
            self._recent.popitem(last=False)
        if not rows:
            return
        written = asyncio.wrap_future(self.log.append(rows))
        written.add_done_callback(lambda future: self._lost(future, site, protocol, decided))
        patience = 0.0 if self.log.writer.failing else min(LOG_SECONDS, seconds - MARGIN / 2)
        # Not wait_for, which would cancel the writing.
        done, _ = await asyncio.wait({written}, timeout=max(0.0, patience))
        if not done:
            self.metrics.log_late.inc(len(rows))

    def _lost(
        self, written: "asyncio.Future[None]", site: Site, protocol: str, decided: Sequence[Decided]
    ) -> None:
        """Write decisions elsewhere that the log could not take."""
        error = None if written.cancelled() else written.exception()
        if error is not None:
            self.metrics.lost(site.name, protocol, decided, str(error))

    async def _in_reader(self, call: Callable[[], Found], seconds: float | None) -> Found:
        future = asyncio.get_running_loop().run_in_executor(self._reader, call)
        return await asyncio.wait_for(future, seconds)


def pieces(thread: Thread, size: int) -> Iterator[Thread]:
    """Cut a thread into pieces of so many comments, each with what its comments answer.

    >>> parts = pieces(Thread(comments=tuple(Comment(id=str(n), text="") for n in range(5))), 2)
    >>> [len(part.comments) for part in parts]
    [2, 2, 1]
    """
    if len(thread.comments) <= size:
        if thread.comments:
            yield thread
        return
    for start in range(0, len(thread.comments), size):
        own = thread.comments[start : start + size]
        ids = {comment.id for comment in own}
        above: dict[str, Comment] = {}
        for comment in own:
            at = comment
            for _ in range(LEVELS):
                parent = thread.parent(at)
                if parent is None or parent.id in ids:
                    break
                above[parent.id] = parent
                at = parent
        yield Thread(article=thread.article, comments=own, above=tuple(above.values()))


def _placed(comments: Sequence[Comment], article: Article | None, site: str) -> tuple[Comment, ...]:
    """Give comments the article that was found for them, and the site that asked."""
    return tuple(
        msgspec.structs.replace(
            comment,
            article_id=article.id if article else comment.article_id,
            site=comment.site or site,
        )
        for comment in comments
    )


def _published(decision: Decision) -> Decision:
    return Decision(assessment=decision.assessment, action=Action.PUBLISH, policy=decision.policy)

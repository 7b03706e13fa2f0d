"""Starts the judges, then listens; on SIGTERM or Ctrl-C what is under way is finished first."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from modfilter.bundle import shipped_models
from modfilter.errors import UsageError
from modfilter.server.app import create_app
from modfilter.server.bench import Bench
from modfilter.server.config import LOOPBACK, Config, Moderator, Site
from modfilter.server.desk import Desk
from modfilter.server.metrics import Metrics, log, write_lines
from modfilter.store.articles import Articles
from modfilter.store.decisions import DecisionLog

_HOUR = 3_600
_FINISH = 10
"""Seconds for what is under way when the server is told to stop."""


class Impatient(HttpToolsProtocol):
    """uvicorn's protocol, which waits forever for the first request of a connection; this one does not."""

    patience = 10.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Set the clock."""
        super().connection_made(transport)
        self._clock = self.loop.call_later(self.patience, self._give_up)

    def on_message_begin(self) -> None:
        """Set it again with each request."""
        super().on_message_begin()
        self._clock.cancel()
        self._clock = self.loop.call_later(self.patience, self._give_up)

    def on_headers_complete(self) -> None:
        """Stop it: from here on the endpoint has its own."""
        self._clock.cancel()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """Hang up on a message that was answered before it was all read: nobody reads the rest of it."""
        unread = self.cycle is not None and self.cycle.more_body
        super().on_response_complete()
        if unread and not self.transport.is_closing():
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop it."""
        self._clock.cancel()
        super().connection_lost(exc)

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()


class _Server(uvicorn.Server):
    """uvicorn's server, which would kill the process once it has stopped, with decisions still to be written."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield

    def stop(self) -> None:
        """Finish what is under way; told twice, stop at once."""
        self.force_exit = self.should_exit
        self.should_exit = True


def run(config: Config, sites: Sequence[Site], moderators: Sequence[Moderator] = ()) -> None:
    """Serve until told to stop; raise UsageError or ModelError where it cannot start."""
    if config.host not in LOOPBACK:
        open_sites = [site.name for site in sites if not (site.tokens or site.coral_secrets)]
        if open_sites:
            raise UsageError(
                f"{config.host} is open to others, and site {open_sites[0]} has no tokens\n"
                "Set MODFILTER_TOKEN to a long random token, or give the site the one that `modfilter token` makes."
            )
    write_lines(config.log_level)
    with asyncio.Runner(loop_factory=_loop) as runner:
        runner.run(_serve(config, sites, moderators))


def _loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:  # Windows has none
        return asyncio.new_event_loop()
    made: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return made


async def _serve(config: Config, sites: Sequence[Site], moderators: Sequence[Moderator]) -> None:
    data = Path(config.data)
    articles = Articles(data / "articles.sqlite", config.keep_articles_days)
    decisions = DecisionLog(data / "decisions.sqlite")
    nursery = [
        str(config.judges or os.cpu_count() or 1),
        config.tier,
        str(data),
        ",".join(config.languages),
        str(Path(config.models) if config.models else shipped_models()),
    ]
    try:
        async with Bench(nursery, config.waiting) as bench:
            desk = Desk(bench, articles, decisions, Metrics())
            eraser = asyncio.create_task(_erase(decisions, config.keep_texts_days))
            Impatient.patience = config.read_seconds
            options: dict[str, Any] = {"host": config.host, "port": config.port, "log_config": None}
            server = _Server(
                uvicorn.Config(
                    create_app(desk, config, sites, moderators),
                    **options,
                    http=Impatient,
                    ws="none",
                    lifespan="off",
                    access_log=False,
                    server_header=False,
                    proxy_headers=False,
                    timeout_graceful_shutdown=_FINISH,
                )
            )
            for told in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(told, server.stop)
            await server.serve()
            eraser.cancel()
    finally:
        decisions.close()
        articles.close()


async def _erase(decisions: DecisionLog, days: float) -> None:
    """Once an hour erase the texts that have been kept long enough."""
    while True:
        try:
            erased = await asyncio.to_thread(decisions.erase, days)
        except Exception as error:
            log.warning("texts not erased", exc_info=error)
        else:
            if erased:
                log.info("texts erased", extra={"told": {"count": erased}})
        await asyncio.sleep(_HOUR)

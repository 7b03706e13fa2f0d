"""Draws the moderators' page out of the decision log, in a thread, and keeps it while nothing new is to be reviewed."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from modfilter.report import gather_from
from modfilter.report.embed import Live
from modfilter.report.page import SERVER, render
from modfilter.report.sources import Kept
from modfilter.store import DecisionLog, Recent

MOST = 5_000
"""Comments that are listed, the most urgent; the page says how many are not."""
FRESH = 60.0
"""Seconds for which a page is given out again, as long as nothing came that is to be reviewed."""


class Drawn(NamedTuple):
    """A page, and when it was drawn."""

    content: bytes
    seen: int
    at: float


class Pages:
    """The pages of all sites. They hold nothing of who asks for them: that comes with the verdicts."""

    def __init__(self, log: DecisionLog) -> None:
        self._log = log
        self._drawn: dict[tuple[str, float], Drawn] = {}
        self._one_at_a_time = asyncio.Lock()

    async def page(self, site: str, days: float) -> bytes:
        """Give the page of a site's last days, as HTML."""
        async with self._one_at_a_time:
            known = self._drawn.get((site, days))
            if known is None or not await asyncio.to_thread(self._is_fresh, site, known):
                now = time.monotonic()
                self._drawn = {key: page for key, page in self._drawn.items() if now - page.at < FRESH}
                known = await asyncio.to_thread(draw, self._log, site, days)
                self._drawn[site, days] = known
            return known.content

    def _is_fresh(self, site: str, page: Drawn) -> bool:
        return time.monotonic() - page.at < FRESH and not self._log.verdicts.waiting(site, page.seen, most=1)


def draw(log: DecisionLog, site: str, days: float) -> Drawn:
    """Draw the page of a site's last days."""
    began = time.monotonic()
    with Recent(log, site, datetime.now(UTC) - timedelta(days=days)) as recent:
        kept = Kept(name=site, records=recent.records, known=recent.articles, answered=recent.parent)
        title = f"{site}, {recent.since:%Y-%m-%d %H:%M} UTC –"
        report = gather_from([kept], most=MOST, title=title)
        live = Live(site=site, seen=recent.newest, after=log.verdicts.last_before(recent.since))
    return Drawn(render(report, store=SERVER, live=live).encode(), live.seen, began)

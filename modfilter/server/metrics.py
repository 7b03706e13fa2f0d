"""What the server counts, for Prometheus, and what it writes to its log: never a comment's text."""

import logging
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from traceback import walk_tb
from typing import TYPE_CHECKING

import msgspec
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

if TYPE_CHECKING:
    from modfilter.server.desk import Decided

_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.04, 0.06, 0.1, 0.15, 0.2, 0.4, 0.8, 1.6, 5)
log = logging.getLogger("modfilter.server")


class Metrics:
    """The counters of one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._decisions = Counter(
            "modfilter_decisions",
            "Decisions, by what was decided and what the caller was told.",
            ["site", "protocol", "action", "told", "tier"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "modfilter_decision_seconds",
            "From the message to its decisions.",
            ["protocol"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._hurried = Counter(
            "modfilter_hurried",
            "Comments answered fast, as the deep tier had no time.",
            ["site"],
            registry=self.registry,
        )
        self._unanswered = Counter(
            "modfilter_unanswered",
            "Comments that no judge spoke of: late, shed, died, or a bug.",
            ["why"],
            registry=self.registry,
        )
        self._refused = Counter(
            "modfilter_refused",
            "Messages that were not read, by why.",
            ["protocol", "why"],
            registry=self.registry,
        )
        self._verdicts = Counter(
            "modfilter_verdicts",
            "What moderators said in the queue; `none` takes something back.",
            ["site", "verdict"],
            registry=self.registry,
        )
        self.log_late = Counter(
            "modfilter_log_late", "Decisions answered before they were on disk.", registry=self.registry
        )
        self._lost = Counter(
            "modfilter_log_lost",
            "Decisions that could not be logged but to standard error.",
            registry=self.registry,
        )

    def gauge(self, name: str, help: str, value: Callable[[], float]) -> None:
        """Show a value as it is when asked."""
        Gauge(name, help, registry=self.registry).set_function(value)

    def decided(self, site: str, protocol: str, decided: "Sequence[Decided]", seconds: float) -> None:
        """Count decisions, and write a line about them."""
        self._seconds.labels(protocol).observe(seconds)
        for each in decided:
            known = each.decision.assessment
            self._decisions.labels(
                site, protocol, each.decision.action.value, each.told.action.value, known.tier
            ).inc()
            if known.hurried:
                self._hurried.labels(site).inc()
        if log.isEnabledFor(logging.INFO):
            log.info("decided", extra={"told": {
                "site": site, "protocol": protocol, "ms": round(seconds * 1000, 1),
                "comments": [_line(each) for each in decided[:20]], "count": len(decided),
            }})  # fmt: skip

    def unanswered(self, why: str, comments: int) -> None:
        """Count comments that no judge spoke of."""
        self._unanswered.labels(why).inc(comments)

    def refused(self, protocol: str, why: str, detail: str = "") -> None:
        """Count a message that was not read."""
        self._refused.labels(protocol, why).inc()
        log.warning("refused", extra={"told": {"protocol": protocol, "why": why, "detail": detail[:300]}})

    def said(self, site: str, moderator: str, comment_id: str, verdict: str | None) -> None:
        """Count a moderator's verdict, and write a line about it."""
        self._verdicts.labels(site, verdict or "none").inc()
        log.info("verdict", extra={"told": {
            "site": site, "moderator": moderator, "id": comment_id, "verdict": verdict,
        }})  # fmt: skip

    def lost(self, site: str, protocol: str, decided: "Sequence[Decided]", why: str) -> None:
        """Write decisions to standard error that could not be logged."""
        self._lost.inc(len(decided))
        told = {"site": site, "protocol": protocol, "comments": [_line(each) for each in decided], "why": why}
        log.error("decisions not logged", extra={"told": told})

    def page(self) -> bytes:
        """Give all counts in Prometheus' text format."""
        return generate_latest(self.registry)


def _line(each: "Decided") -> dict[str, object]:
    known = each.decision.assessment
    line: dict[str, object] = {
        "id": known.comment.id,
        "action": each.decision.action.value,
        "told": each.told.action.value,
        "tier": known.tier,
    }
    if known.failed:
        line["failure"] = known.failed
    return line


class _Lines(logging.Formatter):
    """A line of JSON for each event."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "told", {}),
        }
        if record.exc_info:
            # The way to where it happened; the values, which may be a comment's text, stay out.
            kind, _, trace = record.exc_info
            line["error"] = kind.__name__ if kind else ""
            line["where"] = [f"{frame.f_code.co_filename}:{at}" for frame, at in walk_tb(trace)]
        return msgspec.json.encode(line).decode()


def write_lines(level: str) -> None:
    """Write the log, and uvicorn's, to standard error as JSON Lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines())
    for name in ("modfilter.server", "uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = (
            ([handler] if name != "uvicorn.error" else []),
            name == "uvicorn.error",
        )
        logger.setLevel(level.upper())

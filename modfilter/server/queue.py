"""The moderators' queue: log in, the page, what was said and by whom.

A verdict is on disk before its answer goes out. Nothing here decides on comments for the sites: their systems are told
nothing, they ask.
"""

import asyncio
import math
import sqlite3
from collections.abc import Awaitable, Sequence
from datetime import UTC, datetime
from importlib import resources
from typing import Any

import msgspec
from msgspec import Struct
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from modfilter.errors import InputError
from modfilter.report.page import SERVER, digest, policy
from modfilter.server.access import Bucket, Tokens
from modfilter.server.config import Config, Moderator
from modfilter.server.metrics import Metrics, log
from modfilter.server.queue_page import Pages
from modfilter.server.requests import form_of, read_body
from modfilter.server.sessions import PATH, Session, Sessions, forget, is_own, keep
from modfilter.store import DecisionLog, Said, Standing
from modfilter.verdicts import Cause, Outcome

DAYS, MOST_DAYS = 2.0, 90.0
"""Days that the page looks back on unless asked for others, and at most."""
LOGINS = 5.0
"""Attempts to log in a second, of all who try."""
WRITE_SECONDS = 5.0
"""For which a moderator waits until a verdict is on disk; after that the page sends it again."""
_BODY = 10_000
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Why somebody sees the form to log in, in English and in Shona: nobody has chosen a language there.
_NO_COOKIE = (
    "The browser did not keep the login. Open this page over HTTPS, and allow its cookie.",
    "Browser haina kuchengeta kupinda kwako. Vhura peji ino neHTTPS, ubvumidze cookie yayo.",
)
_TOO_MANY = (
    "Too many have tried to log in. Wait a second.",
    "Vakawanda vaedza kupinda. Mbomira kwesekondi.",
)
_WRONG = ("This is not the token of a moderator.", "Iyi haisi tokeni yemuongorori.")


class _Saying(Struct, frozen=True, forbid_unknown_fields=True):
    """What the page sends."""

    site: str
    seen: int
    id: str
    verdict: Outcome | None
    moderator: str
    """Who the page believes to be logged in."""
    reason: Cause | None = None

    def __post_init__(self) -> None:
        if self.reason is not None and self.verdict != "remove":
            raise ValueError("only a removal has a reason")


class _Answer(Struct, frozen=True):
    """What the page is told."""

    moderator: str
    sites: tuple[str, ...]
    verdicts: list[Standing]
    number: int
    waiting: int


class Queue:
    """The endpoints for moderators."""

    def __init__(
        self, decisions: DecisionLog, metrics: Metrics, config: Config, moderators: Sequence[Moderator]
    ) -> None:
        self._log, self._metrics, self._config = decisions, metrics, config
        self._moderators = {moderator.name: moderator for moderator in moderators}
        owners = {token: moderator.name for moderator in moderators for token in moderator.tokens}
        self._tokens = Tokens(owners, dict.fromkeys(owners.values(), LOGINS))
        self._attempts = Bucket(LOGINS)
        self._sessions = Sessions()
        self._pages = Pages(decisions)

    def routes(self) -> list[Route]:
        """Give all routes."""
        return [
            Route(PATH, self.page, methods=["GET"]),
            Route(f"{PATH}/login", self.login, methods=["POST"]),
            Route(f"{PATH}/logout", self.logout, methods=["POST"]),
            Route(f"{PATH}/verdicts", self.verdicts, methods=["GET"]),
            Route(f"{PATH}/verdicts", self.say, methods=["POST"]),
        ]

    async def page(self, request: Request) -> Response:
        """Give the page to whom is logged in, to others a form."""
        if self._sessions.of(request) is None:
            return _form(_NO_COOKIE if "login" in request.query_params else None)
        session = self._session(request)
        site = _site(session, request.query_params.get("site", session.moderator.sites[0]))
        days = _number(request, "days", DAYS)
        if not 0 < days <= MOST_DAYS:
            raise InputError(f"days={days:g} is not between 0 and {MOST_DAYS:g}")
        content = await self._in_log(self._pages.page(site, days))
        return _html(content, policy(SERVER))

    async def login(self, request: Request) -> Response:
        """Begin a session for the token of a moderator."""
        _require_own(request)
        if not self._attempts.take():
            return _form(_TOO_MANY, 429)
        token = form_of(await self._body(request)).get("token", "").strip()
        name = self._tokens.owner(token)
        if name is None:
            self._metrics.refused("queue", "token")
            return _form(_WRONG, 401)
        log.info("login", extra={"told": {"moderator": name}})
        response = RedirectResponse(f"{PATH}?login", 303, headers=_HEADERS)
        keep(response, self._sessions.begin(self._moderators[name]), request)
        return response

    async def logout(self, request: Request) -> Response:
        """End the session."""
        _require_own(request)
        self._sessions.end(request)
        response = RedirectResponse(PATH, 303, headers=_HEADERS)
        forget(response)
        return response

    async def verdicts(self, request: Request) -> Response:
        """Give what holds for each comment of which something was said since the page last asked."""
        session = self._session(request)
        site = _site(session, request.query_params.get("site", ""))
        after, seen = int(_number(request, "after", 0)), int(_number(request, "seen", 0))
        reader = self._log.verdicts
        found = await self._in_log(asyncio.to_thread(reader.standing, site, after, seen))
        waiting = await self._in_log(asyncio.to_thread(reader.waiting, site, seen))
        number = max((each.number for each in found), default=after)
        moderator = session.moderator
        return _json(_Answer(moderator.name, moderator.sites, found, number, waiting))

    async def say(self, request: Request) -> Response:
        """Store a verdict; answer with what then holds for the comment."""
        session = self._session(request)
        _require_own(request)
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            raise HTTPException(415, "send the verdict as application/json")
        try:
            said = msgspec.json.decode(await self._body(request), type=_Saying)
        except ValueError as error:  # msgspec's errors are such
            raise InputError(f"not a verdict: {error}") from error
        name = session.moderator.name
        if said.moderator != name:
            raise HTTPException(409, f"{name} is logged in, not {said.moderator}: load the page again")
        site = _site(session, said.site)
        reader = self._log.verdicts
        decision = await self._in_log(asyncio.to_thread(reader.decision, site, said.id, said.seen))
        if decision is None:
            raise HTTPException(404, "no comment with this id was decided on")
        await self._write(
            Said(
                site=site,
                comment_id=said.id,
                decision=decision,
                moderator=name,
                verdict=said.verdict,
                reason=said.reason,
                at=datetime.now(UTC),
            )
        )
        self._metrics.said(site, name, said.id, said.verdict)
        return _json(await self._in_log(asyncio.to_thread(reader.holds, site, said.id, said.seen)))

    async def _write(self, said: Said) -> None:
        """Write a verdict to disk; raise HTTPException where that cannot be done, or not in time."""
        # Not wait_for, which would cancel the writing.
        written = asyncio.wrap_future(self._log.append([said]))
        done, _ = await asyncio.wait({written}, timeout=WRITE_SECONDS)
        error = written.exception() if done else self._log.writer.failing or "it is slow"
        if error is not None:
            raise HTTPException(503, f"the verdict is not on disk: {error}", headers={"Retry-After": "5"})

    def _session(self, request: Request) -> Session:
        session = self._sessions.of(request)
        if session is None:
            raise HTTPException(401, "log in at /queue")
        if not session.admit():
            raise HTTPException(429, "this session has asked too often", headers={"Retry-After": "1"})
        return session

    async def _body(self, request: Request) -> bytes:
        return await read_body(request, _BODY, self._config.read_seconds)

    async def _in_log(self, reading: Awaitable[Any]) -> Any:
        try:
            return await reading
        except sqlite3.Error as error:
            raise HTTPException(503, f"the decision log: {error}", headers={"Retry-After": "5"}) from error


def _site(session: Session, name: str) -> str:
    if name not in session.moderator.sites:  # the same answer for what is not there and what is not theirs
        raise HTTPException(404, "you have no site of this name")
    return name


def _require_own(request: Request) -> None:
    if not is_own(request):
        raise HTTPException(403, "this did not come from a page of this server")


def _number(request: Request, name: str, otherwise: float) -> float:
    given = request.query_params.get(name)
    try:
        number = otherwise if given is None else float(given)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InputError(f"{name} must be a number")
    return number


def _form(message: tuple[str, str] | None, status: int = 200) -> Response:
    text = (resources.files("modfilter.server") / "login.html").read_text(encoding="utf-8")
    style = text.partition("<style>")[2].partition("</style>")[0]
    alert = '<p role="alert">{}<br><span lang="sn">{}</span></p>'.format(*message) if message else ""
    allowed = f"default-src 'none'; style-src '{digest(style)}'; base-uri 'none'; form-action 'self'"
    return _html(text.replace("$message", alert).encode(), allowed, status)


def _html(content: bytes, allowed: str, status: int = 200) -> Response:
    headers = {**_HEADERS, "Content-Security-Policy": f"{allowed}; frame-ancestors 'none'"}
    return HTMLResponse(content, status, headers=headers)


def _json(value: object) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json", headers=_HEADERS)

"""Who is logged in: sessions of moderators, in memory, so that a server that is started again knows of none."""

import secrets
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from modfilter.server.access import Bucket, hashed
from modfilter.server.config import LOOPBACK, Moderator

COOKIE = "modfilter_queue"
PATH = "/queue"
SECONDS = 12 * 3_600
"""After which a moderator logs in again: a working day."""
RATE = 20
"""Requests a second in one session; a page asks once in five seconds, and for each decision."""


class Session:
    """A moderator who has logged in."""

    def __init__(self, moderator: Moderator, ends: float) -> None:
        self.moderator, self.ends = moderator, ends
        self._bucket = Bucket(RATE)

    def admit(self) -> bool:
        """Whether one more request may be made."""
        return self._bucket.take()


class Sessions:
    """Sessions by the hash of their ids: whoever reads the memory of this dictionary alone cannot use one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._sessions: dict[str, Session] = {}

    def begin(self, moderator: Moderator) -> str:
        """Log a moderator in; give the id of the session, which nobody can guess."""
        now = self._clock()
        self._sessions = {key: session for key, session in self._sessions.items() if session.ends > now}
        id = secrets.token_urlsafe(32)
        self._sessions[hashed(id)] = Session(moderator, now + SECONDS)
        return id

    def of(self, request: Request) -> Session | None:
        """Find the session that a request belongs to."""
        session = self._sessions.get(hashed(request.cookies.get(COOKIE, "")))
        return session if session and session.ends > self._clock() else None

    def end(self, request: Request) -> None:
        """Log out."""
        self._sessions.pop(hashed(request.cookies.get(COOKIE, "")), None)


def keep(response: Response, id: str, request: Request) -> None:
    """Have the browser keep a session's id where no script sees it and no other site can send it."""
    response.set_cookie(
        COOKIE, id, max_age=SECONDS, path=PATH, httponly=True, samesite="strict", secure=_is_open(request)
    )


def forget(response: Response) -> None:
    """Have the browser forget it."""
    response.delete_cookie(COOKIE, path=PATH, httponly=True, samesite="strict")


def is_own(request: Request) -> bool:
    """Whether a request comes from one of our own pages, by what browsers say and no page can change.

    A proxy may put its own name in place of the host that the browser asked; `Sec-Fetch-Site` is the browser's word.
    """
    origin = urlsplit(request.headers.get("origin", ""))
    site = request.headers.get("sec-fetch-site")
    if not origin.netloc:
        return False
    if site is not None:
        return site == "same-origin"
    return origin.netloc.lower() == request.headers.get("host", "").lower()


def _is_open(request: Request) -> bool:
    """Whether others may listen on the way: all but plain HTTP on this machine needs an encrypted one."""
    origin = urlsplit(request.headers.get("origin", ""))
    return origin.scheme == "https" or origin.hostname not in LOOPBACK

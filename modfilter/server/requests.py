"""What all endpoints do with a request: read its body within limits, find out who asks, answer with a `Reply`."""

import asyncio
from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from modfilter.errors import InputError
from modfilter.hooks.message import Reply
from modfilter.hooks.native import LONGEST_DEADLINE_MS
from modfilter.server.access import Tokens
from modfilter.server.config import Site

DEADLINE_HEADER = "x-modfilter-deadline-ms"
_FIELDS = 1_000
"""Fields of a form: WordPress sends about 60, with the whole of $_SERVER."""


async def read_body(request: Request, limit: int, seconds: float) -> bytes:
    """Read the body; raise HTTPException as soon as it is too long, too slow or packed, whatever the headers say."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        # A few kilobytes of gzip may unpack to gigabytes.
        raise HTTPException(415, "send the message as it is, without Content-Encoding")
    received = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                received += chunk
                if len(received) > limit:
                    raise HTTPException(413, f"a message has at most {limit:,} bytes")
    except TimeoutError as error:
        raise HTTPException(408, f"the message did not come within {seconds:g} seconds") from error
    return bytes(received)


def bearer(request: Request) -> str:
    """Give the token of `Authorization: Bearer TOKEN`, or an empty one."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return given.strip() if scheme.lower() == "bearer" else ""


def admitted(token: str, tokens: Tokens, sites: Mapping[str, Site]) -> Site:
    """Give the site of a token; raise HTTPException where it has none, or asks too often."""
    name = tokens.owner(token) if token else None
    if name is None:
        raise HTTPException(401, "send Authorization: Bearer TOKEN", headers={"WWW-Authenticate": "Bearer"})
    if not tokens.admit(token):
        raise HTTPException(429, "this token has asked too often", headers={"Retry-After": "1"})
    return sites[name]


def deadline(request: Request, asked_ms: int | None, site: Site, usual_ms: int) -> float:
    """Give the seconds in which an answer is wanted: as the message says, or the request, the site, the protocol."""
    header = request.headers.get(DEADLINE_HEADER, "")
    number = len(header) < 10 and header.isascii() and header.isdigit()
    given = int(header) if number and int(header) <= LONGEST_DEADLINE_MS else None
    return (asked_ms or given or site.table.deadline_ms or usual_ms) / 1000


def form_of(body: bytes) -> dict[str, str]:
    """Read a form; raise InputError where it is none."""
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_FIELDS, errors="replace"
        )
    except ValueError as error:
        raise InputError(f"the form cannot be read: {error}") from error
    return dict(pairs)


def answer(reply: Reply) -> Response:
    """Make a response of a reply."""
    return Response(reply.body, reply.status, dict(reply.headers), reply.media_type)

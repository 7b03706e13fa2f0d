"""The hook over HTTP: POST /v1/moderate. Judges are loaded before serving and run in one worker thread."""

import hmac
import secrets
from asyncio import get_running_loop
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from modfilter.errors import InputError, ModfilterError
from modfilter.hooks import native
from modfilter.pipeline import Judges, moderate
from modfilter.policy import Policy

LOOPBACK = ("127.0.0.1", "localhost", "::1")
BODY_LIMIT = 2 * 1024 * 1024
"""Bytes of a message: a comment of a megabyte with a long article still fits."""


def new_token() -> str:
    """Make a token that nobody can guess."""
    return secrets.token_urlsafe(24)


def create_app(judges: Judges, policy: Policy, token: str) -> Starlette:
    """Make the application from loaded models; a test needs no running server."""
    # One thread: the models hold the interpreter's lock anyway, and the event loop stays free to
    # refuse and to answer health checks while a long comment is judged.
    worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="judges")

    async def health(_request: Request) -> Response:
        return JSONResponse({"status": "ok", "models": judges.versions, "policy": policy.title})

    async def decide(request: Request) -> Response:
        _check_token(request, token)
        asked = native.read_message(await _body(request))
        answer = await get_running_loop().run_in_executor(worker, _answer, asked, judges, policy)
        return Response(answer, media_type="application/json")

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        worker.shutdown()

    return Starlette(
        routes=[
            Route("/v1/moderate", decide, methods=["POST"]),
            Route("/healthz", health, methods=["GET"]),
        ],
        exception_handlers={ModfilterError: _refused, HTTPException: _http_error},
        lifespan=lifespan,
    )


def _answer(asked: native.Message, judges: Judges, policy: Policy) -> bytes:
    return native.write_answer([*moderate([asked.thread], judges, policy)], asked.several)


def _check_token(request: Request, token: str) -> None:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    # compare_digest takes as long for a near miss as for a far one.
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.encode(), token.encode()):
        raise HTTPException(401, "send Authorization: Bearer TOKEN", headers={"WWW-Authenticate": "Bearer"})


async def _body(request: Request) -> bytes:
    """Read the body; stop as soon as it is too long, whatever the headers say."""
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > BODY_LIMIT:
            raise HTTPException(413, f"a message has at most {BODY_LIMIT:,} bytes")
    return bytes(received)


async def _refused(_request: Request, error: Exception) -> Response:
    """Answer a caller's mistake with 422; anything else of ours is a failure, which is not theirs."""
    return JSONResponse({"error": str(error)}, status_code=422 if isinstance(error, InputError) else 500)


async def _http_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, status_code=error.status_code, headers=error.headers)

"""The application: routes, errors, health. `create_app` takes what is loaded: a test needs no running server."""

import logging
from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from modfilter.contract import VERSION
from modfilter.errors import InputError
from modfilter.server.config import Config, Moderator, Site
from modfilter.server.desk import Desk
from modfilter.server.endpoints import Endpoints
from modfilter.server.openapi import document
from modfilter.server.queue import Queue

log = logging.getLogger("modfilter.server")


def create_app(
    desk: Desk, config: Config, sites: Sequence[Site], moderators: Sequence[Moderator] = ()
) -> Starlette:
    """Make the application for sites and moderators, around a desk whose judges are there."""

    async def healthy(_request: Request) -> Response:
        return JSONResponse({"status": "ok", "modfilter": VERSION})

    async def ready(_request: Request) -> Response:
        failing = desk.log.writer.failing
        wrong = {
            **({} if desk.bench.judges else {"judges": "none is there"}),
            **({"decision log": failing} if failing else {}),
        }
        return JSONResponse({"ready": not wrong, **wrong}, 503 if wrong else 200)

    async def metrics(_request: Request) -> Response:
        return Response(desk.metrics.page(), media_type="text/plain; version=0.0.4; charset=utf-8")

    async def openapi(_request: Request) -> Response:
        return JSONResponse(document())

    desk.metrics.gauge("modfilter_judges", "Judges that are there.", lambda: desk.bench.judges)
    desk.metrics.gauge("modfilter_waiting", "Messages that wait for a judge.", lambda: desk.bench.waiting)
    desk.metrics.gauge("modfilter_judge_deaths", "Judges that died.", lambda: desk.bench.deaths)
    desk.metrics.gauge(
        "modfilter_log_waiting", "Messages that wait to be logged.", lambda: desk.log.writer.backlog
    )
    return Starlette(
        routes=[
            *Endpoints(desk, config, sites).routes(),
            *(Queue(desk.log, desk.metrics, config, moderators).routes() if moderators else ()),
            Route("/healthz", healthy, methods=["GET"]),
            Route("/readyz", ready, methods=["GET"]),
            Route("/metrics", metrics, methods=["GET"]),
            Route("/openapi.json", openapi, methods=["GET"]),
        ],
        exception_handlers={InputError: _unreadable, HTTPException: _refused, Exception: _bug},
    )


async def _unreadable(_request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, 422)


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


async def _bug(request: Request, error: Exception) -> Response:
    """Answer for a mistake of ours: the caller learns nothing but that there was one, and may try again."""
    log.error("bug", exc_info=error, extra={"told": {"path": request.url.path}})
    return JSONResponse({"error": "modfilter failed; its log says where"}, 503, headers={"Retry-After": "1"})

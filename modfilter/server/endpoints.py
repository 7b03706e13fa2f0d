"""An endpoint for each protocol: who asks, what is asked, the desk's decision, and the protocol's own way to say it.

The one rule for all: nothing that the policy would hold may be published by the way an error is answered. So where a
caller publishes on an error, failures are answered in its protocol with what the policy does on failure (`on_failure`).
"""

import sqlite3
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Literal

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from modfilter.errors import InputError
from modfilter.hooks import akismet, coral, native, openai, perspective
from modfilter.hooks.message import Asked, Reply
from modfilter.records import Action
from modfilter.server.access import Tokens
from modfilter.server.config import Config, Site
from modfilter.server.desk import Decided, Desk
from modfilter.server.metrics import log
from modfilter.server.requests import admitted, answer, bearer, deadline, form_of, read_body
from modfilter.store.decisions import Feedback

USUAL_MS = {"native": 1_000, "coral": 200, "perspective": 800, "akismet": 1_000, "openai": 5_000}
"""Coral's and its Perspective client's own defaults; PyPI's Akismet client waits for a second."""
REPEATED = 10_000
"""Coral's messages whose answers are remembered: its signature carries no time, so anyone may send one again."""


class Endpoints:
    """The endpoints of all protocols."""

    def __init__(self, desk: Desk, config: Config, sites: Sequence[Site]) -> None:
        self._desk, self._config = desk, config
        self._sites = {site.name: site for site in sites}
        self._tokens = Tokens(
            {token: site.name for site in sites for token in site.tokens},
            {site.name: site.table.requests_per_second for site in sites},
        )
        self._repeated: OrderedDict[tuple[str, bytes], bytes] = OrderedDict()

    def routes(self) -> list[Route]:
        """Give all routes."""
        post = ["POST"]
        return [
            Route("/v1/moderate", self.moderate, methods=post),
            Route("/v1/articles/{id:path}", self.push, methods=["PUT"]),
            Route("/v1/moderations", self.moderations, methods=post),
            Route("/coral/{site}", self.coral, methods=post),
            Route("/v1alpha1/comments:analyze", self.analyze, methods=post),
            Route("/v1alpha1/comments:suggestscore", self.suggest, methods=post),
            Route("/$discovery/rest", self.discovery, methods=["GET"]),
            Route("/1.1/comment-check", self.comment_check, methods=post),
            Route("/1.1/submit-spam", self.submit_spam, methods=post),
            Route("/1.1/submit-ham", self.submit_ham, methods=post),
            Route("/1.1/verify-key", self.verify_key, methods=post),
        ]

    # modfilter's own

    async def moderate(self, request: Request) -> Response:
        """Decide on one comment or several."""
        site = admitted(bearer(request), self._tokens, self._sites)
        message = native.read_message(await self._body(request))
        decided = await self._decide(request, site, "native", message.asked)
        if site.table.fails_closed and not site.table.shadow and (why := _unjudged(decided)):
            raise HTTPException(503, why, headers={"Retry-After": "1"})
        body = native.write_answer([each.told for each in decided], message.several)
        return Response(body, media_type="application/json")

    async def push(self, request: Request) -> Response:
        """Keep an article."""
        site = admitted(bearer(request), self._tokens, self._sites)
        article = native.read_article(await self._body(request), request.path_params["id"])
        try:
            await self._desk.push(site, article)
        except sqlite3.Error as error:
            raise HTTPException(
                503, f"the article was not kept: {error}", headers={"Retry-After": "5"}
            ) from error
        return Response(status_code=204)

    # Coral

    async def coral(self, request: Request) -> Response:
        """Decide on a comment that Coral asks about; whatever happens, the answer is 200."""
        site = self._sites.get(request.path_params["site"])
        if site is None or not site.coral_secrets:
            raise HTTPException(404, "no site of this name has coral_secrets")
        try:
            return await self._coral(request, site)
        except HTTPException as error:
            return self._coral_failed(site, "body", str(error.detail))
        except InputError as error:
            return self._coral_failed(site, "message", str(error))
        except Exception as error:
            # The desk raises nothing; but a mistake in reading or writing must not publish what waits for a person.
            log.error("bug", exc_info=error, extra={"told": {"protocol": "coral"}})
            return self._coral_failed(site, "bug", type(error).__name__)

    async def _coral(self, request: Request, site: Site) -> Response:
        body = await self._body(request)
        if not coral.is_signed(body, request.headers.get("x-coral-signature"), site.coral_secrets):
            # 401 would let the comment through if it is Coral that has the wrong secret.
            return self._coral_failed(site, "signature", "signed with none of the site's coral_secrets")
        key = (site.name, sha256(body).digest())
        said = self._repeated.get(key)
        if said is None:
            (decided,) = await self._decide(request, site, "coral", coral.read_message(body))
            said = coral.answer_decision(decided.told, site.table.coral_flags_off_topic)
            if decided.decision.assessment.failure is None:
                self._repeated[key] = said
                if len(self._repeated) > REPEATED:
                    self._repeated.popitem(last=False)
        return Response(said, media_type="application/json")

    def _coral_failed(self, site: Site, why: str, detail: str) -> Response:
        self._desk.metrics.refused("coral", why, detail)
        action = Action.PUBLISH if site.table.shadow else site.policy.on_failure
        return Response(coral.write_answer(action, ()), media_type="application/json")

    # Perspective

    async def analyze(self, request: Request) -> Response:
        """Give the scores of a comment."""
        site, reply = self._key(request)
        if site is None:
            return answer(reply)
        hello = self._desk.bench.hello
        try:
            asked = perspective.read_request(
                await self._body(request), hello.measured if hello else frozenset()
            )
        except perspective.AnalyzeError as error:
            self._desk.metrics.refused("perspective", error.kind)
            return answer(perspective.refuse(str(error), kind=error.kind))
        except HTTPException as error:
            kind = "COMMENT_TOO_LONG" if error.status_code == 413 else None
            return answer(perspective.refuse(str(error.detail), error.status_code, kind=kind))
        (decided,) = await self._decide(request, site, "perspective", asked.asked)
        if site.table.shadow:
            return answer(perspective.answer_shadow(asked))
        return answer(perspective.write_answer(asked, decided.decision, site.table.fails_closed))

    async def suggest(self, request: Request) -> Response:
        """Keep what a person says that a score should have been."""
        site, reply = self._key(request)
        if site is None:
            return answer(reply)
        try:
            suggestion = perspective.read_suggestion(await self._body(request))
        except perspective.AnalyzeError as error:
            return answer(perspective.refuse(str(error), kind=error.kind))
        self._feedback(site, "perspective", suggestion.comment_id, suggestion.content)
        return answer(perspective.answer_suggestion(suggestion))

    async def discovery(self, request: Request) -> Response:
        """Describe the Perspective endpoints to Google's own clients."""
        return Response(perspective.discovery(str(request.base_url)), media_type="application/json")

    def _key(self, request: Request) -> tuple[Site | None, Reply]:
        key = request.query_params.get("key") or request.headers.get("x-goog-api-key") or bearer(request)
        try:
            return admitted(key, self._tokens, self._sites), Reply(body=b"")
        except HTTPException as error:
            if error.status_code == 429:
                return None, perspective.refuse(str(error.detail), 429, "RESOURCE_EXHAUSTED")
            return None, perspective.refuse("API key not valid. Please pass a valid API key.")

    # Akismet

    async def comment_check(self, request: Request) -> Response:
        """Say whether a comment is spam, or is to be held."""
        return await self._akismet(request, self._check)

    async def submit_spam(self, request: Request) -> Response:
        """Keep a person's word that a comment was spam."""
        return await self._akismet(request, lambda _, site, form: self._submit(site, form, "spam"))

    async def submit_ham(self, request: Request) -> Response:
        """Keep a person's word that a comment was none."""
        return await self._akismet(request, lambda _, site, form: self._submit(site, form, "ham"))

    async def verify_key(self, request: Request) -> Response:
        """Say whether a key is one of ours."""
        form = form_of(await self._body(request))
        return answer(
            akismet.verify(self._tokens.owner(form.get("api_key") or form.get("key", "")) is not None)
        )

    async def _akismet(
        self, request: Request, call: Callable[[Request, Site, Mapping[str, str]], Awaitable[Reply]]
    ) -> Response:
        try:
            form = form_of(await self._body(request))
            site = admitted(form.get("api_key", ""), self._tokens, self._sites)
            return answer(await call(request, site, form))
        except HTTPException as error:
            if error.status_code == 401:
                return answer(akismet.refuse_key())
            return answer(akismet.refuse(str(error.detail)))
        except InputError as error:
            self._desk.metrics.refused("akismet", "message", str(error))
            return answer(akismet.refuse(str(error)))

    async def _check(self, request: Request, site: Site, form: Mapping[str, str]) -> Reply:
        if akismet.is_test_spam(form):
            return akismet.told(Action.HOLD, {"spam"})
        (decided,) = await self._decide(request, site, "akismet", akismet.read_check(form))
        return akismet.write_answer(decided.told)

    async def _submit(self, site: Site, form: Mapping[str, str], kind: Literal["ham", "spam"]) -> Reply:
        submission = akismet.read_submission(form, kind)
        content = msgspec.json.encode({**submission.form, "submitted": kind})
        self._feedback(site, "akismet", submission.comment_id, content)
        return akismet.thank()

    # OpenAI

    async def moderations(self, request: Request) -> Response:
        """Give OpenAI's categories for texts."""
        try:
            site = admitted(bearer(request), self._tokens, self._sites)
        except HTTPException as error:
            kind = "rate_limit_exceeded" if error.status_code == 429 else "invalid_request_error"
            return answer(openai.refuse(str(error.detail), error.status_code, kind))
        if site.table.unscored == "refuse":
            return answer(openai.refuse_categories())
        try:
            asked = openai.read_message(await self._body(request))
        except InputError as error:
            return answer(openai.refuse(str(error)))
        except HTTPException as error:
            return answer(openai.refuse(str(error.detail), error.status_code))
        decided = await self._decide(request, site, "openai", asked)
        if site.table.shadow:
            return answer(openai.answer_shadow(len(decided)))
        return answer(openai.write_answer([each.decision for each in decided], site.table.fails_closed))

    # for all

    async def _body(self, request: Request) -> bytes:
        return await read_body(request, self._config.body_limit, self._config.read_seconds)

    async def _decide(self, request: Request, site: Site, protocol: str, asked: Asked) -> list[Decided]:
        seconds = deadline(request, asked.deadline_ms, site, USUAL_MS[protocol])
        return await self._desk.decide(site, protocol, asked, seconds)

    def _feedback(self, site: Site, protocol: str, comment_id: str | None, content: bytes) -> None:
        self._desk.log.append(
            [
                Feedback(
                    site=site.name,
                    protocol=protocol,
                    comment_id=comment_id,
                    content=content,
                    at=datetime.now(UTC),
                )
            ]
        )


def _unjudged(decided: Sequence[Decided]) -> str | None:
    """Say why none of the comments could be judged, if that is so."""
    failures = [each.decision.assessment.failure for each in decided]
    return failures[0] if failures and all(failures) else None

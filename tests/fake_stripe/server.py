"""A stand-in for Stripe's API over HTTP, as faithful as the service needs it to be, with faults on demand."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tests.fake_stripe import requests
from tests.fake_stripe.books import Books, Object
from tests.fake_stripe.errors import Refusal, broken, invalid, missing, too_many
from tests.fake_stripe.events import Events
from tests.fake_stripe.faults import Fault, Faults
from tests.fake_stripe.form import Params, nested, only
from tests.fake_stripe.idempotency import Answer, Keys
from tests.fake_stripe.shown import page, shown
from tests.serving import serving

KEY = "sk_test_of_the_tests"
CREATE, EXPIRE = "POST /v1/checkout/sessions", "POST /v1/checkout/sessions/*/expire"
RETRIEVE, LIST = "GET /v1/checkout/sessions/*", "GET /v1/checkout/sessions"
REFUND, REFUNDS = "POST /v1/refunds", "GET /v1/refunds"
INTENT, DISPUTES = "GET /v1/payment_intents/*", "GET /v1/disputes"

_ID = re.compile(r"/(?:cs|pi|re|dp)_[^/]*")


class FakeStripe:
    def __init__(self, key: str = KEY, now: Callable[[], float] = time.time) -> None:
        self.key = key
        self.books = Books("_live_" in key, now)
        self.events = Events(self.books)
        self.faults = Faults()
        self.keys = Keys()
        self.calls: list[str] = []
        """Every call that arrived, as faults name them."""
        self.headers: list[dict[str, str]] = []
        """Of each of them."""
        self.seen: list[Params] = []
        """The parameters of every POST that arrived."""
        self.url = ""
        self._arrived = asyncio.Condition()

    async def __call__(self, request: Request) -> Response:
        kind = f"{request.method} {_ID.sub('/*', request.url.path)}"
        self.calls.append(kind)
        self.headers.append(dict(request.headers))
        async with self._arrived:
            self._arrived.notify_all()
        if request.headers.get("authorization") != f"Bearer {self.key}":
            given = request.headers.get("authorization", "").removeprefix("Bearer ")
            refusal = Refusal(401, "invalid_request_error", f"Invalid API Key provided: {given}")
            return JSONResponse(refusal.body, 401)
        fault = self.faults.take(kind)
        try:
            return await self._answer(request, kind, fault)
        except Refusal as refusal:
            headers = {"retry-after": "7"} if refusal.status == 429 else {}
            return JSONResponse(refusal.body, refusal.status, headers)

    async def called(self, kind: str, times: int) -> None:
        """Waits until so many of these calls have arrived."""
        async with asyncio.timeout(20), self._arrived:
            await self._arrived.wait_for(lambda: self.calls.count(kind) >= times)

    async def _answer(self, request: Request, kind: str, fault: Fault | None) -> Response:
        if fault is Fault.TOO_MANY:
            raise too_many()
        if fault is Fault.REFUSED:
            raise invalid("This object is not shown to you.")
        if fault is Fault.BAD_GATEWAY:
            return PlainTextResponse("<html>502</html>", 502)
        if fault not in (Fault.RESET_BEFORE, Fault.SILENT_BEFORE):
            (status, answer), replayed = await self._perform(request, kind, fault)
        if fault in (Fault.SILENT_BEFORE, Fault.SILENT_AFTER):
            await self.faults.released.wait()
        if fault is Fault.GARBAGE:
            return PlainTextResponse("<html>welcome to the hotel's network</html>")
        if fault in (None, Fault.ERROR_BEFORE, Fault.ERROR_AFTER):
            return JSONResponse(answer, status, {"idempotent-replayed": "true"} if replayed else {})
        return Broken()

    async def _perform(self, request: Request, kind: str, fault: Fault | None) -> tuple[Answer, bool]:
        body = (await request.body()).decode()
        params = nested(parse_qsl(body if request.method == "POST" else request.url.query, keep_blank_values=True))
        if "" in params.values():
            raise invalid("You passed an empty string. We assume empty values are an attempt to unset a parameter.")

        async def perform() -> Answer:
            await self.faults.rival(self.faults.before, kind)
            if fault is Fault.ERROR_BEFORE:
                raise broken()
            answer = self._effect(request, kind, params)
            if fault is Fault.ERROR_AFTER:
                raise broken()
            await self.faults.rival(self.faults.after, kind)
            return 200, answer

        if request.method == "GET":
            return await perform(), False
        self.seen.append(params)
        key = request.headers["idempotency-key"]
        return await self.keys.once(key, (request.url.path, body), perform)

    def _effect(self, request: Request, kind: str, params: Params) -> Object:
        id_ = request.path_params.get("id", "")
        effects: dict[str, Callable[[], Object]] = {
            CREATE: lambda: shown(self.books, requests.new_session(self.books, params), params.get("expand", ())),
            EXPIRE: lambda: self._expired(id_, params),
            RETRIEVE: lambda: self._one(self.books.sessions, "checkout.session", id_, params),
            LIST: lambda: self._listed(self.books.sessions, params, requests.SESSIONS, request.url.path),
            REFUND: lambda: shown(self.books, requests.new_refund(self.books, params)),
            REFUNDS: lambda: self._listed(self.books.refunds, params, requests.LIST, request.url.path),
            INTENT: lambda: self._one(self.books.intents, "payment_intent", id_, params),
            DISPUTES: lambda: self._listed(self.books.disputes, params, requests.LIST, request.url.path),
        }
        return effects[kind]()

    def _one(self, kept: dict[str, Object], kind: str, id_: str, params: Params) -> Object:
        only(params, requests.RETRIEVE)
        if id_ not in kept:
            raise missing(kind, id_)
        return shown(self.books, kept[id_], params.get("expand", ()))

    def _expired(self, id_: str, params: Params) -> Object:
        only(params, requests.RETRIEVE)
        return shown(self.books, self.books.expire(id_), params.get("expand", ()))

    def _listed(self, kept: dict[str, Object], params: Params, allowed: dict[str, Any], url: str) -> Object:
        only(params, allowed)
        intent = params.get("payment_intent")
        made = [item for item in kept.values() if intent is None or item["payment_intent"] == intent]
        return page(self.books, made, params, url, params.get("expand", ()))


class Broken(Response):
    """A connection that ends in the middle of an answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})


@asynccontextmanager
async def fake_stripe(key: str = KEY, now: Callable[[], float] = time.time) -> AsyncIterator[FakeStripe]:
    stripe = FakeStripe(key, now)
    paths = ["/v1/checkout/sessions", "/v1/checkout/sessions/{id}", "/v1/checkout/sessions/{id}/expire"]
    paths += ["/v1/refunds", "/v1/payment_intents/{id}", "/v1/disputes"]
    app = Starlette(routes=[Route(path, stripe.__call__, methods=["GET", "POST"]) for path in paths])
    async with serving(app) as url:
        stripe.url = url
        try:
            yield stripe
        finally:
            stripe.faults.released.set()

"""Where the routes are, who may use them, and how a refusal becomes an answer."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from resolvers.caller import Caller, Kind
from resolvers.refusals import Refusal
from rest import payments, webhooks
from rest.envelope import STATUS_OF_CODE, Refused, refused
from rest.stored import Stored

OPENAPI = (Path(__file__).parent / "openapi.json").read_bytes()

Handle = Callable[[Stored, Request, Caller], Awaitable[Response]]
CallerOf = Callable[[Request], Caller]
"""Who calls. Raises a Refusal for bad credentials."""

HANDLED: list[tuple[str, str, Handle]] = [
    ("POST", "/api/payments", payments.create),
    ("GET", "/api/payments/reservation/{id}", payments.of_reservation),
    ("GET", "/api/payments/{id}", payments.show),
    ("POST", "/api/payments/{id}/verify", payments.verify),
    ("POST", "/api/payments/{id}/cancel", payments.cancel),
    ("POST", "/api/payments/{id}/refund", payments.refund),
    ("POST", "/api/webhooks/notify", webhooks.notify),
    ("GET", "/api/partners", webhooks.partners),
]


def rest_routes(stored: Stored, caller_of: CallerOf) -> list[Route]:
    described = Route("/api/openapi.json", _openapi, methods=["GET"])
    return [described, *(_route(stored, caller_of, *handled) for handled in HANDLED)]


def _route(stored: Stored, caller_of: CallerOf, method: str, path: str, handle: Handle) -> Route:
    async def answer(request: Request) -> Response:
        try:
            return await handle(stored, request, _admitted(caller_of, request))
        except Refused as refusal:
            return refused(refusal)

    return Route(path, answer, methods=[method])


def _admitted(caller_of: CallerOf, request: Request) -> Caller:
    """Raises Refused: here nobody does anything, there being no client secrets."""
    try:
        caller = caller_of(request)
    except Refusal as refusal:
        raise Refused(STATUS_OF_CODE[refusal.code], str(refusal)) from refusal
    if caller.kind is Kind.NOBODY:
        raise Refused(401, "Send a token")
    return caller


async def _openapi(_request: Request) -> Response:
    return Response(OPENAPI, media_type="application/json")

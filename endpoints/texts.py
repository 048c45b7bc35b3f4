"""What is read as text: the schema, and the metrics, each for whoever may read it."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from resolvers.caller import Caller
from resolvers.refusals import Refusal
from resolvers.visible import require_operator


def schema_route(sdl: str) -> Route:
    async def show(_request: Request) -> Response:
        return PlainTextResponse(sdl)

    return Route("/schema.graphql", show)


def metrics_route(exposition: Callable[[], Awaitable[bytes]], caller_of: Callable[[Request], Caller]) -> Route:
    """Figures about money are for ADMIN and services, as payments are."""

    async def show(request: Request) -> Response:
        try:
            require_operator(caller_of(request))
        except Refusal as refused:
            return PlainTextResponse(str(refused), 401 if refused.code == "UNAUTHENTICATED" else 403)
        return Response(await exposition(), media_type="text/plain; version=0.0.4")

    return Route("/metrics", show)

"""Whether this instance lives, is of use, and with what provider it works."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from data.database import Database

READY_SECONDS = 2.0
"""After this a database counts as away."""


def health_routes(database: Database, provider: str) -> list[Route]:
    async def live(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def ready(_request: Request) -> Response:
        if await database.answers(READY_SECONDS):
            return JSONResponse({"status": "ok"})
        return JSONResponse({"status": "unavailable", "because": "the database does not answer"}, 503)

    async def health(_request: Request) -> Response:
        answers = await database.answers(READY_SECONDS)
        status = "ok" if answers else "unavailable"
        return JSONResponse({"status": status, "provider": provider}, 200 if answers else 503)

    return [Route("/health/live", live), Route("/health/ready", ready), Route("/health", health)]

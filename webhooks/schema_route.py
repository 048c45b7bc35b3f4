"""The JSON Schema of each event type, for partners to check against: `/webhooks/schemas/{type}.json`."""

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from webhooks.event import EventType

SCHEMAS = {event_type: Path(__file__).parent / "schemas" / f"{event_type}.json" for event_type in EventType}


async def schema(request: Request) -> Response:
    path = SCHEMAS.get(request.path_params["type"])
    if path is None:
        raise HTTPException(404)
    return Response(path.read_bytes(), media_type="application/schema+json", headers={"Cache-Control": "max-age=3600"})


route = Route("/webhooks/schemas/{type}.json", schema)

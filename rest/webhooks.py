"""The routes about partners, and about what they were told."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from resolvers.caller import Caller
from rest import shapes
from rest.body import object_of, text_of
from rest.envelope import NOT_FOUND, Refused, done
from rest.stored import Stored
from webhooks.event import EventType
from webhooks.subscription import named


async def notify(stored: Stored, request: Request, caller: Caller) -> Response:
    """Says what became of that event's webhooks. It sends none: what changed the payment owed them already."""
    said = await object_of(request)
    payment_id, event = text_of(said, "payment_id", required=True), text_of(said, "event_type", required=True)
    event_type = named(event or "")
    if event_type not in list(EventType):
        raise Refused(422, f"event_type: must be one of {', '.join(EventType)}")
    if (await stored.run(request, caller, "payment", id=payment_id))["payment"] is None:
        raise Refused(404, NOT_FOUND)
    nodes = await stored.all_pages(request, caller, "deliveries", id=payment_id)
    return done("Webhooks of this event", _told(payment_id, event, [n for n in nodes if n["eventType"] == event_type]))


def _told(payment_id: str | None, event: str | None, nodes: list[dict[str, Any]]) -> dict[str, Any]:
    results = [shapes.delivery(node) for node in nodes if not shapes.is_for_n8n(node)]
    return {
        "payment_id": payment_id,
        "event_type": event,
        "webhooks_sent": sum(result["status"] == "delivered" for result in results),
        "webhook_results": results,
        "n8n_notified": any(shapes.is_for_n8n(node) and node["state"] == "DELIVERED" for node in nodes),
    }


async def partners(stored: Stored, request: Request, caller: Caller) -> Response:
    nodes = await stored.all_pages(request, caller, "partners")
    return done("Partners found", [shapes.partner(node) for node in nodes])

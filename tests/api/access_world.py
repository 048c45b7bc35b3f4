"""One payment of which every field says something, and fresh ones for what changes them."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx

from tests.api.callers import Asker
from tests.api.client import Api
from tests.api.people import OWNER
from tests.conftest import run

PARTNERS = {
    "active": UUID("0190a1b2-0000-7000-8000-0000000000a1"),
    "suspended": UUID("0190a1b2-0000-7000-8000-0000000000a2"),
}
FILLED = """
UPDATE mesaya_payments.records SET failure_code = 'CARD_DECLINED', failure_message = 'Declined',
  cancellation_cause = 'REQUESTED', cancellation_reason = 'Changed their mind', unknown_since = now(),
  last_error = 'No answer', next_check_at = now() + interval '1 day', sequence = 2 WHERE payment_id = '{id}';
INSERT INTO mesaya_payments.events (payment_id, sequence, kind, status, previous_status, cause, occurred_at, detail)
  VALUES ('{id}', 2, 'DECLINE', 'PENDING', 'PENDING', 'PROVIDER_WEBHOOK', now(), 'Declined');
INSERT INTO mesaya_payments.refunds VALUES
  ('{refund}', '{id}', 1.00, 'USD', 'SUCCEEDED', 'A dish was missing', 're_1', now(), now());
UPDATE mesaya_payments.deliveries SET state = 'DELIVERED', delivered_at = now(), next_attempt_at = NULL
  WHERE payment_id = '{second}' AND state = 'PENDING';
INSERT INTO mesaya_payments.delivery_attempts
  SELECT id, 1, now(), 12, 500, 'Not now', 'http_5xx' FROM mesaya_payments.deliveries;
"""


@dataclass
class World:
    api: Api
    """The service with JWT_PUBLIC_KEY."""
    open: Api
    """The same database, served without it, in development."""
    database_url: str
    full: str = ""
    """The id of the payment whose every field says something."""
    secret: str = ""
    reservation_id: str = ""
    delivery_id: str = ""

    async def ask(self, asker: Asker, query: str, variables: dict[str, Any]) -> Any:
        """The whole body of the answer."""
        body = {"query": query, "variables": variables}
        return (await self._served(asker).post("/graphql", json=body, headers=asker.headers)).json()

    async def first_of(self, asker: Asker, query: str, variables: dict[str, Any]) -> Any:
        """The first result of a subscription."""
        body = {"query": query, "variables": variables}
        headers = {**asker.headers, "accept": "text/event-stream"}
        async with self._served(asker).stream("POST", "/graphql", json=body, headers=headers) as answer:
            async for line in answer.aiter_lines():
                if line.startswith("data: "):
                    return json.loads(line.removeprefix("data: "))
        raise AssertionError("ended without a result")

    def _served(self, asker: Asker) -> httpx.AsyncClient:
        return (self.open if asker.is_open else self.api).http


async def seed_partners(database_url: str) -> None:
    values = ", ".join(
        f"('{id_}', '{status}', 'http://127.0.0.1:9/{status}', '{'5' * 64}', '{status}', '*', 'A hotel', 'a@b.example')"
        for status, id_ in PARTNERS.items()
    )
    columns = "id, name, webhook_url, secret, status, events, description, contact_email"
    await run(database_url, f"INSERT INTO partners ({columns}) VALUES {values}")


async def furnish(world: World) -> None:
    """Of services that send no webhooks and reconcile nothing; their partners are seeded already."""
    api, world.reservation_id = world.api, str(uuid4())
    given = {
        "userId": str(OWNER),
        "payer": {"email": "ana@example.com", "name": "Ana"},
        "description": "A table for two",
        "metadata": {"table": 7},
    }
    opened = await api.opened(reservationId=world.reservation_id, **given)
    second = await api.opened(reservationId=None, subscriptionId=str(uuid4()), **given)
    world.full, world.secret = opened["payment"]["id"], opened["clientSecret"]
    await run(world.database_url, FILLED.format(id=world.full, refund=uuid4(), second=second["payment"]["id"]))
    deliveries = "query ($id: ID!) { payment(id: $id) { deliveries { nodes { id state } } } }"
    nodes = (await api.ask(deliveries, id=world.full))["deliveries"]["nodes"]
    world.delivery_id = next(node["id"] for node in nodes if node["state"] == "PENDING")


async def fresh(world: World, *, paid: bool = False) -> dict[str, Any]:
    """A checkout of the owner's that nobody has touched, or a paid one."""
    opened: dict[str, Any] = await world.api.opened(userId=str(OWNER))
    if paid:
        await world.api.pay(opened["payment"]["checkoutUrl"])
    return opened

"""The example gateways: composed by Apollo and by Hive, and a payment goes through each of them to SUCCEEDED."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import structlog

from monitoring.logs import of_request
from tests.api.client import CHECKOUT, SERVICE, VERIFY, Api, order, running
from tests.api.people import GATEWAY, OWNER, PUBLIC_KEY, STRANGER
from tests.examples.node import EXAMPLES, installed, npm, process
from tests.serving import free_port

JOINED = """query ($id: ID!) { reservation(id: $id) { table paid payments { nodes { id status } } } }"""
PAY = """mutation ($id: ID!) { payReservation(id: $id) { id status checkoutUrl amount { amount } userId } }"""
WATCH = """subscription ($id: ID!) { paymentStatusChanged(paymentId: $id) { payment { status } } }"""
SERVED = {"jwt_public_key": PUBLIC_KEY, "gateway_tokens": GATEWAY, "allow_user_checkout": False, "webhook_workers": 0}


@dataclass
class Gateway:
    http: httpx.AsyncClient
    payments: Api
    settings: dict[str, str]
    """Of its process."""

    async def ask(self, query: str, user: object = OWNER, **variables: Any) -> Any:
        body = {"query": query, "variables": variables}
        said = (await self.http.post("/graphql", json=body, headers={"x-demo-user": str(user)})).json()
        assert "errors" not in said, said
        (only,) = said["data"].values()
        return only


@pytest.fixture(scope="session")
def built() -> Path:
    folder = installed(EXAMPLES / "gateway")
    npm(folder, "run", "--silent", "build")
    return folder


def test_composes_by_apollo_and_by_hive_without_hints(built: Path) -> None:
    assert npm(built, "run", "--silent", "compose").startswith("composed by Apollo and by Hive")


@pytest.fixture
async def nest(built: Path, database_url: str) -> AsyncIterator[Gateway]:
    port, reservations = free_port(), free_port()
    url = f"http://127.0.0.1:{port}"
    async with running(database_url, **SERVED) as payments:
        settings = {
            "GATEWAY_PORT": str(port),
            "RESERVATIONS_PORT": str(reservations),
            "PAYMENTS_URL": f"{payments.url}/graphql",
            "GATEWAY_TOKEN": GATEWAY,
            "SERVICE_TOKEN": SERVICE,
        }
        async with (
            process(built, "node", "dist/main.js", ready=url, **settings),
            httpx.AsyncClient(base_url=url, timeout=30) as http,
        ):
            yield Gateway(http, payments, settings)


@pytest.fixture
async def hive(built: Path, nest: Gateway) -> AsyncIterator[Gateway]:
    """Beside the other, which has the reservations."""
    folder, port = installed(EXAMPLES / "gateway" / "hive"), free_port()
    npm(built, "run", "--silent", "compose", environment=nest.settings)
    url, settings = f"http://127.0.0.1:{port}", {"HIVE_PORT": str(port), "GATEWAY_TOKEN": GATEWAY}
    async with (
        process(folder, "npm", "start", "--silent", ready=url, **settings),
        httpx.AsyncClient(base_url=url, timeout=30) as http,
    ):
        yield Gateway(http, nest.payments, settings)


async def paid(gateway: Gateway, reservation_id: str) -> str:
    """From checkout to SUCCEEDED, through the gateway alone but for the payer's own click."""
    opened = await gateway.ask(PAY, id=reservation_id)
    assert (opened["status"], opened["amount"], opened["userId"]) == ("PENDING", {"amount": "25.00"}, str(OWNER))
    assert (await gateway.ask(PAY, id=reservation_id))["id"] == opened["id"], "a second click"
    assert (await gateway.ask(JOINED, id=reservation_id))["paid"] is False
    await gateway.payments.pay(opened["checkoutUrl"], "pay_silently")
    verified = await gateway.ask(VERIFY, id=opened["id"])
    assert (verified["changed"], verified["payment"]["status"]) == (True, "SUCCEEDED")
    return str(opened["id"])


async def test_a_payment_goes_through_the_nest_gateway(nest: Gateway) -> None:
    reservation_id = str(uuid4())
    payment_id = await paid(nest, reservation_id)
    for user, nodes in ((OWNER, [{"id": payment_id, "status": "SUCCEEDED"}]), (STRANGER, [])):
        joined = await nest.ask(JOINED, user=user, id=reservation_id)
        assert joined == {"table": "By the window", "paid": True, "payments": {"nodes": nodes}}
    await nobody_pays_for_nobody_or_at_a_price_of_their_own(nest)
    await the_request_and_its_trace_go_through(nest)


async def nobody_pays_for_nobody_or_at_a_price_of_their_own(nest: Gateway) -> None:
    nobody = (await nest.http.post("/graphql", json={"query": PAY, "variables": {"id": str(uuid4())}})).json()
    assert nobody["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    body = {"query": CHECKOUT, "variables": {"input": order("0.50")}}
    refused = (await nest.http.post("/graphql", json=body, headers={"x-demo-user": str(OWNER)})).json()
    assert 'Cannot query field "checkout"' in refused["errors"][0]["message"]


async def the_request_and_its_trace_go_through(nest: Gateway) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    said = {"x-request-id": "of-a-page", "traceparent": f"00-{trace}-00f067aa0ba902b7-01", "x-demo-user": str(OWNER)}
    body = {"query": JOINED, "variables": {"id": str(uuid4())}}
    with structlog.testing.capture_logs(processors=[of_request]) as lines:
        await nest.http.post("/graphql", json=body, headers=said)
    asked = [line for line in lines if line["event"] == "request" and line["request_id"] == "of-a-page"]
    assert [line["trace_id"] for line in asked] == [trace, trace], "as the user, and as itself"


async def test_a_payment_and_its_subscription_go_through_the_hive_gateway(hive: Gateway) -> None:
    reservation_id = str(uuid4())
    payment_id = await paid(hive, reservation_id)
    joined = await hive.ask(JOINED, id=reservation_id)
    assert joined == {
        "table": "By the window",
        "paid": True,
        "payments": {"nodes": [{"id": payment_id, "status": "SUCCEEDED"}]},
    }
    opened = await hive.ask(PAY, id=str(uuid4()))
    assert await watched(hive, opened) == ["PENDING", "SUCCEEDED"]


async def watched(gateway: Gateway, payment: Any) -> list[str]:
    """Every status that comes over the gateway; paid once the first has come."""
    seen: list[str] = []
    body = {"query": WATCH, "variables": {"id": payment["id"]}}
    headers = {"x-demo-user": str(OWNER), "accept": "text/event-stream"}
    async with gateway.http.stream("POST", "/graphql", json=body, headers=headers) as answer:
        async for line in answer.aiter_lines():
            if line.startswith("data: {"):
                seen.append(json.loads(line[6:])["data"]["paymentStatusChanged"]["payment"]["status"])
                if len(seen) == 1:
                    await gateway.payments.pay(payment["checkoutUrl"])
    return seen

"""Partners and deliveries as operators see them, over the whole service: from a checkout to a partner's server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from gql import gql
from gql.transport.exceptions import TransportQueryError

from data.database import Database
from data.partners import PartnerStatus
from tests.api.client import CHECKOUT, REFUND, SERVICE, VERIFY, Api, order, running
from tests.running.until import until
from tests.tokens import PEM, signed
from tests.webhooks.partners import WHSEC, add_partner
from tests.webhooks.receiver import OK, Receiver, Reply, receiver_on_loopback

DELIVERIES = """
query ($id: ID!) { payment(id: $id) { id deliveries { pageInfo { hasNextPage } nodes {
  id eventType state heldBecause payload nextAttemptAt deliveredAt createdAt payment { id } partner { id name }
  attempts { number startedAt durationMs responseStatus responseBody error }
} } } }"""
PARTNER = """
query ($id: ID!, $first: Int! = 20, $after: String, $states: [DeliveryState!]) { partner(id: $id) {
  id name webhookUrl status events description contactEmail createdAt
  deliveries(first: $first, after: $after, states: $states) {
    pageInfo { hasNextPage endCursor } nodes { id eventType state }
} } }"""
PARTNERS = """
query ($event: String, $status: PartnerStatus, $first: Int! = 20, $after: String) {
  partners(event: $event, status: $status, first: $first, after: $after) {
    pageInfo { hasNextPage endCursor } nodes { id } edges { cursor }
} }"""
REDELIVER = """
mutation ($id: ID!) { redeliverWebhook(input: { deliveryId: $id }) { __typename
  ... on RedeliverWebhookSuccess { delivery { id state } }
  ... on DeliveryNotFoundError { deliveryId message }
} }"""
REPLAY = """
mutation ($input: ReplayWebhooksInput!) { replayWebhooks(input: $input) { __typename
  ... on ReplayWebhooksSuccess { count }
  ... on InvalidInputError { path message }
} }"""
CHANGED = """
subscription ($partner: ID, $payment: ID) { webhookDeliveryChanged(partnerId: $partner, paymentId: $payment) {
  id state eventType attempts { number }
} }"""


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiver_on_loopback() as started:
        yield started


@pytest.fixture
async def quick(database_url: str) -> AsyncIterator[Api]:
    async with running(database_url, webhook_schedule_scale=1e-3) as started:
        yield started


async def paid(api: Api) -> str:
    """The id of a payment that has succeeded."""
    payment = (await api.opened())["payment"]
    await api.pay(payment["checkoutUrl"])
    await api.ask(VERIFY, id=payment["id"])
    return str(payment["id"])


async def deliveries(api: Api, payment_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await api.ask(DELIVERIES, id=payment_id))["deliveries"]["nodes"]
    return sorted(found, key=lambda one: one["payload"]["sequence"])


async def test_what_was_sent_when_and_what_came_back(quick: Api, database: Database, receiver: Receiver) -> None:
    receiver.behave("/hooks", Reply(503, body=b"not now"), OK)
    partner_id = await add_partner(database, receiver.url(), name="pos")
    payment_id = await paid(quick)
    await quick.ask(REFUND, input={"paymentId": payment_id, "amount": {"amount": "5.00"}, "idempotencyKey": "k"})
    await quick.ask(REFUND, input={"paymentId": payment_id})
    await receiver.until_received(5)
    told = await deliveries(quick, payment_id)
    while any(one["state"] != "DELIVERED" for one in told):
        told = await deliveries(quick, payment_id)
    assert [one["eventType"] for one in told] == [
        "payment.created",
        "payment.succeeded",
        "payment.refunded",
        "payment.refunded",
    ]
    first, _, partial, whole = told
    assert first["partner"] == {"id": str(partner_id), "name": "pos"} and first["payment"]["id"] == payment_id
    assert [(one["number"], one["responseStatus"], one["responseBody"], one["error"]) for one in first["attempts"]] == [
        (1, 503, "not now", "http_5xx"),
        (2, 200, "ok", None),
    ]
    assert (partial["payload"]["status"], partial["payload"]["refund"]["amount"]) == ("succeeded", "5.00")
    assert (whole["payload"]["status"], whole["payload"]["amount_refunded"]) == ("refunded", "25.00")


async def test_sent_again_under_the_same_id(quick: Api, database: Database, receiver: Receiver) -> None:
    await add_partner(database, receiver.url(), events="payment.created")
    payment_id = (await quick.opened())["payment"]["id"]
    await receiver.until_received(1)
    (delivery,) = await deliveries(quick, payment_id)
    answer = await quick.ask(REDELIVER, id=delivery["id"])
    assert answer == {
        "__typename": "RedeliverWebhookSuccess",
        "delivery": {"id": delivery["id"], "state": "PENDING"},
    }
    await receiver.until_received(2)
    assert {request.webhook_id for request in receiver.received} == {delivery["id"]}
    assert len({request.body for request in receiver.received}) == 1


async def test_a_stretch_sent_again(quick: Api, database: Database, receiver: Receiver) -> None:
    partner_id = str(await add_partner(database, receiver.url(), events="payment.created"))
    await quick.opened()
    await quick.opened()
    await receiver.until_received(2)
    since = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
    asked = {"partnerId": partner_id, "since": since, "states": ["DELIVERED", "PENDING"]}
    assert await quick.ask(REPLAY, input=asked) == {"__typename": "ReplayWebhooksSuccess", "count": 2}
    await receiver.until_received(4)
    assert len({request.webhook_id for request in receiver.received}) == 2


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2026-01-01T00:00:00Z", "2025-01-01T00:00:00Z"),
        ("2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("2999-01-01T00:00:00Z", None),
    ],
)
async def test_a_stretch_that_is_none(quick: Api, since: str, until: str | None) -> None:
    answer = await quick.ask(REPLAY, input={"partnerId": str(uuid4()), "since": since, "until": until})
    assert (answer["__typename"], answer["path"]) == ("InvalidInputError", ["input", "since"])


async def test_a_stretch_that_is_not_kept_whole(database_url: str) -> None:
    since = (datetime.now(UTC) - timedelta(days=8)).isoformat()
    async with running(database_url, webhook_workers=0, delivery_retention_days=7) as api:
        for states, answered in ((["HELD"], "ReplayWebhooksSuccess"), (None, "InvalidInputError")):
            answer = await api.ask(REPLAY, input={"partnerId": str(uuid4()), "since": since, "states": states})
            assert answer["__typename"] == answered


async def test_what_is_not_there(quick: Api) -> None:
    nowhere = str(uuid4())
    assert await quick.ask(PARTNER, id=nowhere) is None
    answer = await quick.ask(REDELIVER, id=nowhere)
    assert (answer["__typename"], answer["deliveryId"]) == ("DeliveryNotFoundError", nowhere)
    malformed = await quick.answer(PARTNER, id="x")
    assert malformed["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_partners_by_page_event_and_status(quick: Api, database: Database) -> None:
    day = datetime(2026, 1, 1)  # noqa: DTZ001 - as the shared column has it
    made = [
        str(await add_partner(database, events="payment.completed", created_at=day + timedelta(days=number)))
        for number in range(3)
    ]
    other = str(await add_partner(database, events="payment.failed", status="suspended", created_at=day))
    first = await quick.ask(PARTNERS, first=2)
    second = await quick.ask(PARTNERS, first=2, after=first["pageInfo"]["endCursor"])
    listed = [node["id"] for node in [*first["nodes"], *second["nodes"]]]
    assert listed[:2] == [made[2], made[1]] and set(listed) == {*made, other}
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)
    told = await quick.ask(PARTNERS, event="payment.succeeded")
    assert {node["id"] for node in told["nodes"]} == set(made)
    assert [node["id"] for node in (await quick.ask(PARTNERS, status=str(PartnerStatus.SUSPENDED)))["nodes"]] == [other]


async def test_a_partners_deliveries_by_page_and_state(quick: Api, database: Database, receiver: Receiver) -> None:
    partner_id = str(await add_partner(database, receiver.url(), events="payment.created", status="inactive"))
    for _ in range(3):
        await quick.opened()
    seen: list[str] = []
    after = None
    for _ in range(3):
        part = (await quick.ask(PARTNER, id=partner_id, first=1, after=after, states=["HELD"]))["deliveries"]
        seen += [node["id"] for node in part["nodes"]]
        after = part["pageInfo"]["endCursor"]
    assert len(set(seen)) == 3 and not part["pageInfo"]["hasNextPage"]
    assert (await quick.ask(PARTNER, id=partner_id, states=["DELIVERED"]))["deliveries"]["nodes"] == []


async def test_only_operators_see_them(database_url: str, database: Database) -> None:
    partner_id = str(await add_partner(database))
    soon = int((datetime.now(UTC) + timedelta(hours=1)).timestamp())
    tokens = {
        "USER": signed(exp=soon, roles=["USER"]),
        "ADMIN": signed(exp=soon, roles=["ADMIN"]),
    }
    nowhere = str(uuid4())
    stretch = {"partnerId": partner_id, "since": "2026-01-01T00:00:00Z"}
    operations: list[tuple[str, dict[str, Any]]] = [
        (PARTNER, {"id": partner_id}),
        (PARTNERS, {}),
        (REDELIVER, {"id": nowhere}),
        (REPLAY, {"input": stretch}),
        ("query ($r: [_Any!]!) { x: _entities(representations: $r) { ... on Partner { name } } }", entity(partner_id)),
    ]
    async with running(database_url, webhook_workers=0, jwt_public_key=PEM, allow_user_checkout=True) as api:
        mine = (await api.ask(CHECKOUT, tokens["USER"], input=order()))["payment"]["id"]
        for query, given in operations:
            for token, code in ((tokens["USER"], "FORBIDDEN"), (None, "UNAUTHENTICATED")):
                refused = await api.answer(query, token, **given)
                assert [error["extensions"]["code"] for error in refused["errors"]] == [code], query
            for token in (tokens["ADMIN"], SERVICE):
                assert WHSEC not in str(await api.answer(query, token, **given))
        seen = await api.answer(DELIVERIES, tokens["USER"], id=mine)
        assert seen["data"]["payment"] == {"id": mine, "deliveries": None}, "the payment stays"
        assert seen["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        assert await deliveries(api, mine) != []


async def test_a_replay_of_no_state_is_of_nothing(quick: Api, database: Database, receiver: Receiver) -> None:
    partner_id = str(await add_partner(database, receiver.url(), status="inactive"))
    await quick.opened()
    stretch = {"partnerId": partner_id, "since": (datetime.now(UTC) - timedelta(hours=1)).isoformat()}
    none, missed = [await quick.ask(REPLAY, input=stretch | states) for states in ({"states": list[str]()}, {})]
    assert (none["count"], missed["count"]) == (0, 1)


async def test_a_client_secret_lacks_no_sign_in(database_url: str) -> None:
    query = "query ($id: ID!, $s: String) { payment(id: $id, clientSecret: $s) { id deliveries { nodes { id } } } }"
    async with running(database_url, webhook_workers=0, jwt_public_key=PEM) as api:
        opened = await api.ask(CHECKOUT, SERVICE, input=order())
        id_, secret = opened["payment"]["id"], opened["clientSecret"]
        seen = await api.answer(query, None, id=id_, s=secret)
    assert seen["data"]["payment"] == {"id": id_, "deliveries": None}
    assert [error["extensions"]["code"] for error in seen["errors"]] == ["FORBIDDEN"]


async def test_live(quick: Api, database: Database, receiver: Receiver) -> None:
    go = asyncio.Event()
    receiver.behave("/hooks", Reply(500), Reply(after=go))
    partner_id = str(await add_partner(database, receiver.url(), events="payment.created"))
    query = gql(CHANGED)
    query.variable_values = {"partner": partner_id}
    seen: list[dict[str, Any]] = []
    async with (
        quick.socket(Authorization=f"Bearer {SERVICE}") as session,
        aclosing(session.subscribe(query)) as changes,  # else the client waits ten seconds for its end
    ):
        first = asyncio.ensure_future(anext(changes))
        await watched(quick)
        await quick.opened()
        seen.append((await first)["webhookDeliveryChanged"])
        go.set()
        while seen[-1]["state"] != "DELIVERED":
            seen.append((await anext(changes))["webhookDeliveryChanged"])
    assert seen[0]["state"] == "PENDING" and len({one["id"] for one in seen}) == 1
    assert [attempt["number"] for attempt in seen[-1]["attempts"]] == [1, 2]


async def test_live_is_for_operators(database_url: str) -> None:
    soon = int((datetime.now(UTC) + timedelta(hours=1)).timestamp())
    async with (
        asyncio.timeout(10),
        running(database_url, jwt_public_key=PEM) as api,
        api.socket(Authorization=f"Bearer {signed(exp=soon)}") as session,
    ):
        with pytest.raises(TransportQueryError) as refused:
            await anext(session.subscribe(gql(CHANGED)))
    assert refused.value.errors is not None
    assert refused.value.errors[0]["extensions"]["code"] == "FORBIDDEN"


def entity(partner_id: str) -> dict[str, Any]:
    return {"r": [{"__typename": "Partner", "id": partner_id}]}


async def watched(api: Api) -> None:
    """Returns once somebody watches."""
    headers = {"Authorization": f"Bearer {SERVICE}"}

    async def is_told() -> bool:
        return "mesaya_open_subscriptions 1.0" in (await api.http.get("/metrics", headers=headers)).text

    await until(is_told, 10)

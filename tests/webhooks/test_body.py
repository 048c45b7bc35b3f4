"""The bodies against their schemas. A field that disappears fails here, in the body or in the schema."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest
from jsonschema import Draft202012Validator, FormatChecker
from starlette.applications import Starlette

from data.money import Money
from data.status import Status
from tests.webhooks.test_event import NOW, PAYMENT
from webhooks.body import bodies
from webhooks.event import EventType, PaymentSnapshot, Told, created
from webhooks.schema_route import SCHEMAS, route

V1_FIELDS = [
    "event",
    "timestamp",
    "payment_id",
    "sequence",
    "amount",
    "currency",
    "status",
    "amount_refunded",
    "refund",
    "reservation_id",
    "subscription_id",
    "user_id",
    "provider",
    "checkout_url",
    "description",
    "metadata",
]
V2_FIELDS = V1_FIELDS[2:]
N8N_FIELDS = ["event", "payment_id", "status", "amount", "currency", "metadata", "source", "provider"]
STATUSES = {
    EventType.CREATED: Status.PENDING,
    EventType.PROCESSING: Status.PROCESSING,
    EventType.SUCCEEDED: Status.SUCCEEDED,
    EventType.FAILED: Status.FAILED,
    EventType.CANCELED: Status.CANCELED,
    EventType.REFUNDED: Status.REFUNDED,
}
EVERY_TYPE = pytest.mark.parametrize("event_type", list(EventType))


def example(event_type: EventType, **changes: Any) -> Told:
    snapshot: PaymentSnapshot = replace(created(PAYMENT, NOW).snapshot, sequence=7, status=STATUSES[event_type])
    if event_type is EventType.REFUNDED:
        back = Money(Decimal("25.50"), "USD")
        snapshot = replace(snapshot, amount_refunded=back, refund_id=UUID(int=9), refund_amount=back)
    return Told(event_type, replace(snapshot, **changes))


def sparse(event_type: EventType) -> Told:
    nothing = dict.fromkeys(["reservation_id", "user_id", "checkout_url", "description", "payer_email", "payer_name"])
    return example(event_type, **nothing, metadata={}, subscription_id=UUID(int=4), amount=Money(Decimal(500), "JPY"))


def validator(event_type: EventType) -> Draft202012Validator:
    schema = json.loads(SCHEMAS[event_type].read_bytes())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=FormatChecker())


def fields(event_type: EventType) -> tuple[list[str], list[str]]:
    defined = json.loads(SCHEMAS[event_type].read_bytes())["$defs"]
    v1, v2 = defined["v1"], defined["v2"]["properties"]["data"]
    assert v1["required"] == list(v1["properties"])
    assert v2["required"] == list(v2["properties"])
    return v1["required"], v2["required"]


@EVERY_TYPE
def test_no_field_disappears(event_type: EventType) -> None:
    made = bodies(example(event_type))
    assert list(json.loads(made.v1)) == V1_FIELDS == fields(event_type)[0]
    v2 = json.loads(made.v2)
    assert list(v2) == ["type", "timestamp", "data"]
    assert list(v2["data"]) == V2_FIELDS == fields(event_type)[1]
    assert list(json.loads(made.n8n)) == N8N_FIELDS


@EVERY_TYPE
@pytest.mark.parametrize("made", [example, sparse])
def test_the_bodies_are_as_their_schema_says(event_type: EventType, made: Any) -> None:
    written = bodies(made(event_type))
    for body in (written.v1, written.v2):
        validator(event_type).validate(json.loads(body))


@EVERY_TYPE
def test_the_schema_refuses_a_body_that_lacks_a_field(event_type: EventType) -> None:
    written = bodies(example(event_type))
    for field in V1_FIELDS:
        body = json.loads(written.v1)
        del body[field]
        assert not validator(event_type).is_valid(body)
    for field in V2_FIELDS:
        body = json.loads(written.v2)
        del body["data"][field]
        assert not validator(event_type).is_valid(body)


def test_the_flat_body() -> None:
    body = json.loads(bodies(example(EventType.REFUNDED)).v1)
    assert body == {
        "event": "payment.refunded",
        "timestamp": "2026-03-01T12:00:00.123Z",
        "payment_id": "00000000-0000-0000-0000-000000000001",
        "sequence": 7,
        "amount": "25.50",
        "currency": "usd",
        "status": "refunded",
        "amount_refunded": "25.50",
        "refund": {"id": "00000000-0000-0000-0000-000000000009", "amount": "25.50", "currency": "USD"},
        "reservation_id": "00000000-0000-0000-0000-000000000002",
        "subscription_id": None,
        "user_id": "00000000-0000-0000-0000-000000000003",
        "provider": "mock",
        "checkout_url": "http://127.0.0.1:8003/checkout/1",
        "description": "Mesa para dos",
        "metadata": {"user_id": "u", "big": 2**70},
    }


def test_the_standard_body_has_the_currency_in_upper_case() -> None:
    body = json.loads(bodies(example(EventType.SUCCEEDED)).v2)
    assert (body["type"], body["data"]["currency"], body["data"]["refund"]) == ("payment.succeeded", "USD", None)


@pytest.mark.parametrize(
    ("event_type", "status", "word"),
    [
        (EventType.CREATED, Status.PENDING, "pending"),
        (EventType.PROCESSING, Status.PROCESSING, "processing"),
        (EventType.SUCCEEDED, Status.SUCCEEDED, "approved"),
        (EventType.FAILED, Status.FAILED, "failed"),
        (EventType.CANCELED, Status.CANCELED, "canceled"),
        (EventType.REFUNDED, Status.SUCCEEDED, "partially_refunded"),
        (EventType.REFUNDED, Status.REFUNDED, "refunded"),
    ],
)
def test_n8n(event_type: EventType, status: Status, word: str) -> None:
    assert json.loads(bodies(example(event_type, status=status)).n8n) == {
        "event": event_type,
        "payment_id": "00000000-0000-0000-0000-000000000001",
        "status": word,
        "amount": "25.50",
        "currency": "USD",
        "metadata": {
            "reservation_id": "00000000-0000-0000-0000-000000000002",
            "subscription_id": None,
            "service_type": "reservation",
            "customer_email": "ana@example.com",
            "customer_name": "Ana Ñandú",
        },
        "source": "mesaYA_payment_ms",
        "provider": "mock",
    }


def test_amounts_have_their_currencys_decimals() -> None:
    yen = example(EventType.SUCCEEDED, amount=Money(Decimal(500), "JPY"), amount_refunded=Money(Decimal(0), "JPY"))
    body = json.loads(bodies(yen).v1)
    assert (body["amount"], body["amount_refunded"]) == ("500", "0")


async def test_the_schemas_are_served() -> None:
    app = httpx.ASGITransport(Starlette(routes=[route]))
    async with httpx.AsyncClient(transport=app, base_url="http://payments.example") as client:
        for event_type in EventType:
            answer = await client.get(f"/webhooks/schemas/{event_type}.json")
            assert answer.status_code == 200
            assert answer.json()["title"] == event_type
        for missing in ("payment.nothing", "%2e%2e", "payment.created.json"):
            assert (await client.get(f"/webhooks/schemas/{missing}.json")).status_code == 404

"""What today's gateway calls, and what its client reads of the answers: recorded on the wire, replayed here."""

import asyncio
import json
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest

from rest.routes import HANDLED
from tests.api.client import SERVICE, Api
from tests.rest.conftest import DESCRIPTION
from tests.rest.gateway import Gateway, order

READ = json.loads(Path(__file__).with_name("exchanges.json").read_text())
"""The names the client may read of each answer's `data`."""


def read(name: str, data: object) -> None:
    shown = data[0] if isinstance(data, list) else data
    assert isinstance(shown, dict) and sorted(shown) == sorted(READ[name])


async def test_a_reservation_is_paid(api: Api, gateway: Gateway) -> None:
    wanted = order()
    opened = await gateway.data("POST", "/api/payments", wanted)
    read("create", opened)
    assert (opened["status"], opened["amount"], opened["currency"]) == ("pending", "25.50", "USD")
    paid = await api.pay(opened["checkout_url"])
    assert paid.headers["location"] == f"http://localhost:4200/payment/success?payment_id={opened['payment_id']}"
    verified = await gateway.data("POST", f"/api/payments/{opened['payment_id']}/verify", {})
    read("verify", verified)
    assert (verified["status"], verified["verified"], verified["current_status"]) == ("succeeded", True, "succeeded")
    shown = await gateway.data("GET", f"/api/payments/{opened['payment_id']}")
    read("show", shown)
    assert shown["metadata"] == wanted["metadata"], "the ownership check before a cancel reads it"
    assert (shown["amount"], shown["payment_type"], shown["reservation_id"], shown["user_id"]) == (
        "25.50",
        "reservation",
        wanted["reservationId"],
        wanted["userId"],
    )


async def test_all_that_it_may_say_comes_back(gateway: Gateway) -> None:
    said = {"subscriptionId": str(uuid4()), "paymentType": "subscription", "payerEmail": "ana@b.example"}
    opened = await gateway.opened(reservationId=None, payerName="Ana", **said)
    shown = await gateway.data("GET", f"/api/payments/{opened['payment_id']}")
    assert (shown["subscription_id"], shown["payment_type"], shown["reservation_id"]) == (
        said["subscriptionId"],
        "subscription",
        None,
    )
    assert (shown["payer_email"], shown["payer_name"], shown["description"], shown["failure_reason"]) == (
        "ana@b.example",
        "Ana",
        "Table for two",
        None,
    )


@pytest.mark.parametrize("currency", ["USD", "EUR", "MXN", "COP"])
async def test_every_currency_that_it_lets_through(gateway: Gateway, currency: str) -> None:
    opened = await gateway.opened(currency=currency)
    assert (opened["amount"], opened["currency"]) == ("25.50", currency)


@pytest.mark.parametrize("currency", ["u\u017fd", "\u0131dr"])
async def test_letters_that_only_look_like_those_of_a_currency(gateway: Gateway, currency: str) -> None:
    response = await gateway.call("POST", "/api/payments", order(currency=currency))
    assert response.status_code == 422


async def test_payments_of_a_reservation_newest_first(gateway: Gateway) -> None:
    wanted = order()
    first = await gateway.data("POST", "/api/payments", wanted)
    second = await gateway.data("POST", "/api/payments", {**wanted, "amount": 30})
    listed = await gateway.data("GET", f"/api/payments/reservation/{wanted['reservationId']}")
    read("show", listed)
    assert [payment["id"] for payment in listed] == [second["payment_id"], first["payment_id"]]
    empty = await gateway.call("GET", f"/api/payments/reservation/{uuid4()}")
    assert (empty.status_code, empty.json()["data"]) == (200, [])


async def test_cancel_and_cancel_too_late(api: Api, gateway: Gateway) -> None:
    for pays in (False, True):
        opened = await gateway.opened()
        if pays:
            await api.pay(opened["checkout_url"])
        answer = await gateway.data("POST", f"/api/payments/{opened['payment_id']}/cancel", {"reason": "Plans changed"})
        read("cancel", answer)
        assert (answer["status"], answer["canceled"]) == (("succeeded", False) if pays else ("canceled", True))


async def test_refunds_are_for_tokens(api: Api, gateway: Gateway) -> None:
    opened = await gateway.opened()
    path = f"/api/payments/{opened['payment_id']}/refund"
    early = await gateway.call("POST", path, Authorization=f"Bearer {SERVICE}")
    assert (early.status_code, early.json()["data"]["refunded"]) == (200, False)
    assert early.json()["data"]["error_message"]
    await api.pay(opened["checkout_url"])
    without = await gateway.call("POST", path)
    assert without.status_code == 403
    part = await gateway.call("POST", path, {"amount": 1}, Authorization=f"Bearer {SERVICE}")
    assert (part.status_code, part.json()["errors"][0].split(":")[0]) == (422, "amount")
    answer = await gateway.call("POST", path, Authorization=f"Bearer {SERVICE}")
    read("refund", answer.json()["data"])
    assert answer.json()["data"] | {"refund_id": ""} == {
        "payment_id": opened["payment_id"],
        "status": "refunded",
        "refund_id": "",
        "refunded": True,
        "error_message": None,
    }


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0.01", "0.01"),
        ("25.5", "25.50"),
        ("99999999.99", "99999999.99"),
        ("1e2", "100.00"),
        ("25.50000000", "25.50"),
        ("25.5" + "0" * 30, "25.50"),
    ],
)
async def test_amounts_are_read_digit_by_digit(gateway: Gateway, amount: str, shown: str) -> None:
    text = json.dumps(order(amount="AMOUNT")).replace('"AMOUNT"', amount)
    response = await gateway.http.post("/api/payments", content=text, headers={"content-type": "application/json"})
    assert response.status_code == 201, response.text
    assert response.json()["data"]["amount"] == shown


@pytest.mark.parametrize(
    "amount",
    ["0.001", "25.499999999999999999", "0", "-1", "1e400", "1e999999999", "NaN", "true", "9" * 18 + "." + "1" * 5000],
)
async def test_amounts_that_cannot_be_charged_are_refused_and_never_rounded(gateway: Gateway, amount: str) -> None:
    text = json.dumps(order(amount="AMOUNT")).replace('"AMOUNT"', amount)
    response = await gateway.http.post("/api/payments", content=text, headers={"content-type": "application/json"})
    assert response.status_code == 422, response.text
    assert Decimal(response.json().get("data") or 0) == 0


@pytest.mark.parametrize(
    "amount", ["x", "", "1e3", "+5", " 5", "0.1234567891", "1" * 19, 25.4999999999999, [], {}, True]
)
async def test_what_is_no_amount_is_said_in_its_own_words(gateway: Gateway, amount: object) -> None:
    response = await gateway.call("POST", "/api/payments", order(amount=amount))
    assert (response.status_code, response.json()["errors"]) == (422, ["amount: must be a number such as 25.5"])


async def test_a_key_is_sent_once(gateway: Gateway) -> None:
    keys = [("Idempotency-Key", "one"), ("Idempotency-Key", "two")]
    answer = await gateway.http.post("/api/payments", json=order(), headers=keys)
    assert (answer.status_code, answer.json()["errors"]) == (422, ["Idempotency-Key: send it once"])


async def test_one_key_is_one_checkout(gateway: Gateway) -> None:
    wanted, key = order(), str(uuid4())
    first, again, other = [
        await gateway.call("POST", "/api/payments", body, Idempotency_Key=key)
        for body in (wanted, wanted, {**wanted, "amount": 26})
    ]
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 409)
    assert first.json()["data"] == again.json()["data"]
    clicks = await asyncio.gather(*(gateway.opened(**{**wanted, "amount": 30}) for _ in range(5)))
    assert len({click["payment_id"] for click in clicks}) == 1, "a double click without a key is one checkout too"


async def test_what_there_is_not_and_what_is_malformed(gateway: Gateway) -> None:
    for method, path, status in (
        ("GET", f"/api/payments/{uuid4()}", 404),
        ("POST", f"/api/payments/{uuid4()}/verify", 404),
        ("POST", f"/api/payments/{uuid4()}/cancel", 404),
        ("GET", "/api/payments/7", 422),
        ("GET", "/api/payments/reservation/7", 422),
        ("POST", "/api/payments/7/verify", 422),
        ("POST", "/api/payments/7/cancel", 422),
        ("POST", "/api/payments", 422),
    ):
        response = await gateway.call(method, path, {} if method == "POST" else None)
        body = response.json()
        assert (response.status_code, body["success"], body["data"]) == (status, False, None)
        assert body["message"] == body["errors"][0]
        assert status != 404 or body["message"] == "Payment not found"


async def test_all_that_is_wrong_is_said(gateway: Gateway) -> None:
    response = await gateway.call("POST", "/api/payments", {"amount": None, "userId": 7, "paymentType": "gift"})
    assert response.json()["errors"] == [
        "userId: must be a text",
        "amount: must be a number such as 25.5",
        "paymentType: must be reservation or subscription, with the id that goes with it",
    ]


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
async def test_what_a_page_of_another_site_could_post_is_refused(gateway: Gateway, media: str) -> None:
    headers = {"content-type": media} if media else {}
    for path in ("/api/payments", f"/api/payments/{uuid4()}/cancel", "/api/webhooks/notify"):
        response = await gateway.http.post(path, content=json.dumps(order()), headers=headers)
        assert (response.status_code, response.json()["success"]) == (415, False)


def test_every_route_is_described_and_every_description_is_a_route() -> None:
    described = {(method.upper(), path) for path, item in DESCRIPTION["paths"].items() for method in item}
    assert described == {(method, path) for method, path, _ in HANDLED}


async def test_the_description_is_served(api: Api) -> None:
    assert (await api.http.get("/api/openapi.json")).json() == DESCRIPTION

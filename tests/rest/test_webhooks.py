"""Notify says what was sent and sends nothing; partners are listed without their secrets."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from data.database import Database
from data.delivery import N8N
from tests.api.access_world import PARTNERS, seed_partners
from tests.api.client import Api, running
from tests.api.people import PUBLIC_KEY, STRANGER, own
from tests.conftest import run
from tests.rest.conftest import as_described
from tests.rest.gateway import Gateway
from tests.rest.test_contract import read
from tests.webhooks.partners import add_partner
from tests.webhooks.receiver import receiver_on_loopback

CLOSED = {"jwt_public_key": PUBLIC_KEY, "webhook_workers": 0, "reconciler": False}
SENT = """
UPDATE mesaya_payments.deliveries d SET state = 'DELIVERED', delivered_at = now(), next_attempt_at = NULL
  FROM mesaya_payments.webhook_events e
  WHERE e.id = d.event_id AND e.type = 'payment.succeeded' AND d.state = 'PENDING';
INSERT INTO mesaya_payments.delivery_attempts
  SELECT id, 1, now(), 3, 204, '', NULL FROM mesaya_payments.deliveries WHERE state = 'DELIVERED';
"""
ALL = "query ($id: ID!) { payment(id: $id) { deliveries(first: 100) { nodes { id } } } }"


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    await seed_partners(database_url)
    settings = {**CLOSED, "rest_trust_network": True, "n8n_webhook_url": "http://127.0.0.1:9/n8n"}
    async with running(database_url, **settings) as started:
        started.http.event_hooks["response"].append(as_described)
        yield started


async def test_notify_says_what_was_sent_and_sends_nothing_twice(api: Api, gateway: Gateway, database_url: str) -> None:
    opened = await gateway.opened()
    await api.pay(opened["checkout_url"])
    await gateway.data("POST", f"/api/payments/{opened['payment_id']}/verify", {})
    owed = (await api.ask(ALL, id=opened["payment_id"]))["deliveries"]["nodes"]
    said = {"payment_id": opened["payment_id"], "event_type": "payment.success", "metadata": {"source": "gateway"}}
    before = await gateway.data("POST", "/api/webhooks/notify", said)
    read("notify", before)
    assert (before["webhooks_sent"], before["n8n_notified"], before["event_type"]) == (0, False, "payment.success")
    await run(database_url, SENT)
    after = await gateway.data("POST", "/api/webhooks/notify", said)
    assert (after["webhooks_sent"], after["n8n_notified"]) == (1, True)
    results = {result["partner_id"]: result for result in after["webhook_results"]}
    assert set(results) == {str(id_) for id_ in PARTNERS.values()} and str(N8N) not in results
    delivered, held = results[str(PARTNERS["active"])], results[str(PARTNERS["suspended"])]
    assert (delivered["status"], delivered["status_code"], delivered["error"]) == ("delivered", 204, None)
    assert held["status"] == "held" and held["error"]
    assert (await api.ask(ALL, id=opened["payment_id"]))["deliveries"]["nodes"] == owed, "nothing was added"


async def test_notify_after_verify_is_heard_of_once(database_url: str, database: Database) -> None:
    """As today's gateway goes on: it verifies, and then wants everybody told, who were told already."""
    async with receiver_on_loopback() as receiver:
        partner_id = await add_partner(database, receiver.url(), name="pos", events="payment.succeeded")
        settings = {**CLOSED, "webhook_workers": 1, "n8n_webhook_url": receiver.url("/n8n")}
        async with running(database_url, rest_trust_network=True, **settings) as api:
            gateway = Gateway(api.http)
            opened = await gateway.opened()
            await api.pay(opened["checkout_url"])
            await gateway.data("POST", f"/api/payments/{opened['payment_id']}/verify", {})
            said = {"payment_id": opened["payment_id"], "event_type": "payment.success"}
            told = await gateway.data("POST", "/api/webhooks/notify", said)
            while not (told["webhooks_sent"] and told["n8n_notified"]):
                told = await gateway.data("POST", "/api/webhooks/notify", said)
            ids = [one.webhook_id for one in receiver.received if b"payment.succeeded" in one.body]
    assert told["webhook_results"] == [
        {
            "partner_id": str(partner_id),
            "partner_name": "pos",
            "status": "delivered",
            "status_code": 200,
            "error": None,
        }
    ]
    assert len(ids) == 2 and len(set(ids)) == 2, "the partner and n8n, once each"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"payment_id": 7, "event_type": "payment.success"}, 422),
        ({"payment_id": "7", "event_type": "payment.success"}, 422),
        ({"payment_id": str(uuid4()), "event_type": "payment.forgotten"}, 422),
        ({"payment_id": str(uuid4()), "event_type": "payment.success"}, 404),
    ],
)
async def test_notify_about_nothing(gateway: Gateway, body: dict[str, object], status: int) -> None:
    assert (await gateway.call("POST", "/api/webhooks/notify", body)).status_code == status


async def test_partners_are_listed_without_secrets(gateway: Gateway) -> None:
    listed = await gateway.data("GET", "/api/partners")
    read("partner", listed)
    assert {partner["id"]: partner["status"] for partner in listed} == {
        str(PARTNERS["active"]): "active",
        str(PARTNERS["suspended"]): "suspended",
    }
    assert listed[0]["subscribed_events"] == ["*"] and "5" * 64 not in str(listed)


async def test_without_a_trusted_network_a_token_is_needed(database_url: str) -> None:
    async with running(database_url, **CLOSED) as api:
        gateway = Gateway(api.http)
        opened = await api.opened()
        for method, path in (
            ("POST", "/api/payments"),
            ("GET", "/api/partners"),
            ("POST", f"/api/payments/{opened['payment']['id']}/verify"),
            ("GET", f"/api/payments/{opened['payment']['id']}"),
        ):
            assert (await gateway.call(method, path, {})).status_code == 401
            bad = await gateway.call(method, path, {}, Authorization="Bearer nonsense")
            assert bad.status_code == 401 and "nonsense" not in bad.text
        mine = await gateway.call("GET", f"/api/payments/{opened['payment']['id']}", **own(STRANGER))
        assert mine.status_code == 404, "somebody else's looks like none"
        assert (await gateway.call("GET", "/api/partners", **own(STRANGER))).status_code == 403
    async with running(database_url, rest_api=False, **CLOSED) as api:
        assert (await api.http.get("/api/partners")).status_code == 404

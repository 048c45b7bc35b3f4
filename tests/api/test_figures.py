"""Metrics and logs say what happens, and no secret; a wide query costs no more statements than a narrow one."""

import asyncio
import logging
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog

from data.database import Database
from data.delivery_census import NOT_DONE
from monitoring.logs import configure_logs
from schema.endpoint import MAX_BODY_BYTES
from tests.api.client import PAYMENT, REFUND, SERVICE, VERIFY, Api, order, running
from tests.running.until import until
from tests.webhooks.partners import add_partner
from tests.webhooks.receiver import Reply, receiver_on_loopback

PATIENCE_SECONDS = 30
NESTED = """
query ($first: Int!) { payments(first: $first) { nodes {
  id status amount { amount } reservation { id payments(first: 5) { nodes { id refunds { id } } } }
  events(first: 5) { nodes { sequence status } } refunds { id amount { amount } }
  deliveries(first: 5) { nodes { id attempts { number } partner { name } } }
} } }"""


async def figures(api: Api) -> dict[str, float]:
    lines = (await api.http.get("/metrics")).text.splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


async def test_the_alerts_are_about_figures_that_there_are(api: Api) -> None:
    await api.answer("{ nothing }")
    shown = (await api.http.get("/metrics")).text
    rules = (Path(__file__).parents[2] / "docs" / "alerts.yaml").read_text()
    names = set(re.findall(r"mesaya_[a-z_]+", rules))
    families = set(re.findall(r"^# TYPE (mesaya_[a-z_]+) ", shown, re.MULTILINE))
    assert names and {name.removesuffix("_bucket") for name in names} <= families
    assert set(re.findall(r'state="(\w+)"', rules)) <= set(NOT_DONE)
    assert 'route="/graphql"' in shown


async def attempts_of(api: Api, outcomes: int) -> dict[str, float]:
    """By outcome, once there are so many kinds."""
    start = 'mesaya_delivery_attempts_total{outcome="'
    found: dict[str, float] = {}

    async def are_there() -> bool:
        shown = await figures(api)
        found.update({name.removeprefix(start)[:-2]: n for name, n in shown.items() if name.startswith(start)})
        return len(found) == outcomes

    await until(are_there, PATIENCE_SECONDS)
    return found


async def statements(api: Api, query: str, **variables: Any) -> float:
    def count(shown: dict[str, float]) -> float:
        return sum(value for name, value in shown.items() if name.startswith("mesaya_statement_seconds_count"))

    before = count(await figures(api))
    await api.ask(query, **variables)
    return count(await figures(api)) - before


async def test_a_nested_query_costs_a_fixed_number_of_statements(database_url: str) -> None:
    async with running(database_url, reconciler=False, webhook_workers=0) as api:
        for _ in range(12):
            payment = (await api.opened())["payment"]
            await api.pay(payment["checkoutUrl"], "pay_silently")
            await api.ask(VERIFY, id=payment["id"])
            await api.ask(REFUND, input={"paymentId": payment["id"]})
        narrow, wide = await statements(api, NESTED, first=2), await statements(api, NESTED, first=12)
        assert narrow == wide <= 12


async def test_metrics_count_what_happened(api: Api) -> None:
    paid = (await api.opened())["payment"]
    await api.pay(paid["checkoutUrl"])
    await api.ask(VERIFY, id=paid["id"])
    await api.checkout(metadata={"mock": "timeout_created"})
    await api.answer("{ nothing }")
    shown = await figures(api)
    assert shown['mesaya_payments{status="SUCCEEDED"}'] == shown['mesaya_payments{status="PENDING"}'] == 1
    assert shown["mesaya_unknown_outcomes"] == 1
    assert shown["mesaya_unknown_outcome_age_seconds"] > 0
    assert shown['mesaya_graphql_errors_total{code="BAD_USER_INPUT"}'] == 1
    assert shown['mesaya_requests_total{method="POST",route="/graphql",status="200"}'] >= 4


async def test_every_refusal_is_counted_wherever_it_is_made(api: Api) -> None:
    unknown = {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}
    await api.http.post("/graphql", json={"query": "{ __typename }"}, headers={"authorization": "Bearer nobody's"})
    await api.http.post("/graphql", content="{}", headers={"content-type": "text/plain"})
    await api.http.post("/graphql", json={"extensions": unknown})
    await api.http.post("/graphql", content=b" " * (MAX_BODY_BYTES + 1), headers={"content-type": "application/json"})
    start = "mesaya_graphql_errors_total"
    counted = {name.removeprefix(start): n for name, n in (await figures(api)).items() if name.startswith(start)}
    codes = ("BAD_USER_INPUT", "LIMIT_EXCEEDED", "PERSISTED_QUERY_NOT_FOUND", "UNAUTHENTICATED")
    assert counted == {f'{{code="{code}"}}': 1.0 for code in codes}


async def test_a_client_that_leaves_in_the_middle_is_no_failure_of_ours(api: Api) -> None:
    """Its request is written down as one that nobody was there to be answered."""
    url = httpx.URL(api.url)
    _, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(b"POST /webhooks/mock HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{")
    await writer.drain()
    writer.close()
    name = 'mesaya_requests_total{method="POST",route="/webhooks/mock",status="499"}'

    async def is_counted() -> bool:
        return (await figures(api)).get(name) == 1

    await until(is_counted, PATIENCE_SECONDS)
    assert 'status="500"' not in " ".join(await figures(api))


async def test_metrics_tell_of_deliveries(database_url: str, database: Database) -> None:
    async with receiver_on_loopback() as receiver:
        receiver.behave("/down", Reply(504))  # which is tried again after a minute
        for path, status in (("/hooks", "active"), ("/down", "active"), ("/off", "suspended")):
            await add_partner(database, receiver.url(path), events="payment.created", status=status)
        async with running(database_url, reconciler=False) as api:
            assert (await figures(api))['mesaya_deliveries{state="PENDING"}'] == 0
        async with running(database_url, reconciler=False) as api:
            await api.opened()
            await receiver.until_received(2)
            assert await attempts_of(api, 2) == {"delivered": 1, "http_5xx": 1}
        async with running(database_url, reconciler=False, webhook_workers=0) as api:
            shown = await figures(api)
    assert [shown[f'mesaya_deliveries{{state="{state}"}}'] for state in ("PENDING", "HELD", "FAILED")] == [1, 1, 0]
    assert shown["mesaya_oldest_pending_delivery_age_seconds"] > 0


async def test_no_secret_reaches_a_log_or_a_figure(api: Api, capfd: pytest.CaptureFixture[str]) -> None:
    handlers, level = logging.getLogger().handlers, logging.getLogger().level
    configure_logs(for_people=True)
    logging.getLogger("strawberry").setLevel(logging.DEBUG)
    try:
        opened = await api.opened(**order(), payer={"email": "ana@example.com"}, idempotencyKey="key-of-the-client")
        secret, payment_id = opened["clientSecret"], opened["payment"]["id"]
        await api.ask(PAYMENT, id=payment_id, secret=secret)
        await api.http.get(
            "/graphql", params={"query": f'{{ payment(id: "{payment_id}", clientSecret: "{secret}") {{ id }} }}'}
        )
        await api.answer(PAYMENT, id=payment_id, secret="\x00" + secret)
        await api.answer("{ payment", "nonsense")
        told = capfd.readouterr()
        said = told.out + told.err + (await api.http.get("/metrics")).text
    finally:
        logging.getLogger().handlers, logging.getLogger().level = handlers, level
        structlog.reset_defaults()
    assert "request_id" in said
    for hidden in (secret, secret.partition("_secret_")[2], SERVICE, "ana@example.com", "key-of-the-client"):
        assert hidden not in said

"""A trace goes through: into our lines of the log, and on to Stripe, to partners, to n8n and to our own house."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
import structlog
from starlette.datastructures import Headers

from data.database import Database
from monitoring.logs import of_request
from monitoring.trace import MAX_TRACESTATE, carry, pass_on, trace_of
from tests.api.client import CHECKOUT, SERVICE, VERIFY, Api, order, running
from tests.fake_stripe.server import CREATE, RETRIEVE, fake_stripe
from tests.stripe.test_service import with_stripe
from tests.webhooks.partners import add_partner
from tests.webhooks.receiver import OK, Receiver, Reply, receiver_on_loopback

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
SENT = {"traceparent": TRACEPARENT, "tracestate": "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7"}
HEADERS = {**SENT, "x-request-id": "mine", "authorization": f"Bearer {SERVICE}"}


@pytest.mark.parametrize(
    "given",
    [
        "",
        "nonsense",
        TRACEPARENT.upper(),
        TRACEPARENT + "-x",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        "ff" + TRACEPARENT[2:],
    ],
)
def test_what_is_no_trace_is_left_out(given: str) -> None:
    assert trace_of(Headers({**SENT, "traceparent": given})) == {}


def test_of_two_parents_neither_is_believed() -> None:
    assert trace_of(Headers(raw=[(b"traceparent", TRACEPARENT.encode())] * 2)) == {}


@pytest.mark.parametrize("state", ["", " ", "a=\x01", "a=\xe9", "a=" + "x" * MAX_TRACESTATE])
def test_a_state_that_cannot_go_on_stays_behind(state: str) -> None:
    assert trace_of(Headers({"traceparent": TRACEPARENT, "tracestate": state})) == {"traceparent": TRACEPARENT}


def test_a_state_in_several_headers_is_one() -> None:
    raw = [(b"traceparent", TRACEPARENT.encode()), (b"tracestate", b"a=1"), (b"tracestate", b"b=2")]
    assert trace_of(Headers(raw=raw))["tracestate"] == "a=1,b=2"


async def test_a_request_is_logged_with_its_trace(api: Api) -> None:
    with structlog.testing.capture_logs(processors=[of_request]) as lines:
        await api.http.get("/health/live", headers=HEADERS)
    (line,) = [line for line in lines if line["event"] == "request" and line.get("request_id") == "mine"]
    assert line["trace_id"] == TRACE


async def test_a_pipelined_request_has_nothing_of_the_one_before_it(api: Api) -> None:
    at = httpx.URL(api.url)
    reader, writer = await asyncio.open_connection(at.host, at.port)
    heads = ["GET /health/live HTTP/1.1", f"Host: {at.host}"]
    traced = [*heads, f"traceparent: {TRACEPARENT}", "x-request-id: first"]
    plain = [*heads, "x-request-id: second", "Connection: close"]
    with structlog.testing.capture_logs(processors=[of_request]) as lines:
        writer.write("".join("\r\n".join([*request, "", ""]) for request in (traced, plain)).encode())
        async with asyncio.timeout(20):
            await reader.read()
    writer.close()
    said = {line["request_id"]: line.get("trace_id") for line in lines if line["event"] == "request"}
    assert said == {"first": TRACE, "second": None}


async def test_our_own_house_hears_of_the_trace_and_of_the_request() -> None:
    async with httpx.AsyncClient(
        transport=httpx.MockTransport(lambda request: httpx.Response(200, json=dict(request.headers))),
        event_hooks={"request": [pass_on]},
    ) as client:
        outside = (await client.get("http://mesa-ya-res.example")).json()
        carry("mine", SENT)
        said = (await client.get("http://mesa-ya-res.example")).json()
    assert said.items() >= {**SENT, "x-request-id": "mine"}.items()
    assert not outside.keys() & {*SENT, "x-request-id"}


async def test_stripe_hears_of_it(database_url: str) -> None:
    async with fake_stripe() as stripe, with_stripe(database_url, stripe, reconciler=False) as api:
        payment_id = await checked_out(api, HEADERS)
        await asked(api, VERIFY, HEADERS, id=payment_id)
        assert stripe.calls == [CREATE, RETRIEVE]
        assert [headers.items() >= SENT.items() for headers in stripe.headers] == [True, True]
        assert not any("x-request-id" in headers for headers in stripe.headers)
        await checked_out(api, {"authorization": HEADERS["authorization"]})
        assert not stripe.headers[-1].keys() & SENT.keys(), "a request without a trace, after one with it"


async def test_lines_of_the_log_about_a_call_to_stripe_have_the_request(database_url: str) -> None:
    async with fake_stripe() as stripe, with_stripe(database_url, stripe, reconciler=False) as api:
        stripe.key = "sk_test_another"
        with structlog.testing.capture_logs(processors=[of_request]) as lines:
            await asked(api, CHECKOUT, HEADERS, input=order())
    said = [line for line in lines if line["event"] == "Stripe does not accept STRIPE_SECRET_KEY"]
    assert said and {(line["request_id"], line["trace_id"]) for line in said} == {("mine", TRACE)}


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiver_on_loopback() as started:
        yield started


async def test_partners_and_n8n_hear_of_it_at_every_attempt(
    database_url: str, database: Database, receiver: Receiver
) -> None:
    """Although deliveries are made by a worker that no request waits for, and may be made days later."""
    receiver.behave("/hooks", Reply(503), OK)
    await add_partner(database, receiver.url(), events="payment.created")
    n8n = receiver.url("/n8n")
    async with running(database_url, webhook_schedule_scale=1e-3, n8n_webhook_url=n8n) as api:
        traced = await checked_out(api, HEADERS)
        received = list(await receiver.until_received(3))
        assert [(one.headers.items() >= SENT.items(), payment_of(one.body)) for one in received] == [(True, traced)] * 3
        assert {one.path for one in received} == {"/hooks", "/n8n/payment-webhook"}
        untraced = await checked_out(api, {"authorization": HEADERS["authorization"]})
        later = (await receiver.until_received(5))[3:]
        assert {payment_of(one.body) for one in later} == {untraced}
        assert not any(one.headers.keys() & SENT.keys() for one in later)


async def checked_out(api: Api, headers: dict[str, str]) -> str:
    opened = await asked(api, CHECKOUT, headers, input=order())
    assert opened["__typename"] == "CheckoutSuccess", opened
    return str(opened["payment"]["id"])


async def asked(api: Api, query: str, headers: dict[str, str], **variables: Any) -> Any:
    answer = await api.http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
    (only,) = answer.json()["data"].values()
    return only


def payment_of(body: bytes) -> str:
    return str(json.loads(body)["payment_id"])


async def test_a_known_request_is_logged_once_with_its_own_trace_and_id(api: Api) -> None:
    """Also where several come at once on one connection each, and one of them says nothing of a trace."""
    body = {"query": f"query Named {{ __typename }} # {uuid4()}", "operationName": "Named"}
    await api.http.post("/graphql", json=body)
    traces = [f"{number:032x}" for number in (1, 2)]
    with structlog.testing.capture_logs(processors=[of_request]) as lines:
        traced = [{"traceparent": f"00-{trace}-00000000000000ff-01", "X-Request-Id": trace} for trace in traces]
        several = (*traced, {"X-Request-Id": "no-trace"})
        await asyncio.gather(*(api.http.post("/graphql", json=body, headers=headers) for headers in several))
    found = {line["request_id"]: line for line in lines if line["event"] == "request"}
    assert {id_: line.get("trace_id") for id_, line in found.items()} == {
        traces[0]: traces[0],
        traces[1]: traces[1],
        "no-trace": None,
    }
    assert {(line["operation"], line["route"], line["status"]) for line in found.values()} == {
        ("Named", "/graphql", 200)
    }

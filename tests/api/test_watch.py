"""The subscription: nothing lost, nothing twice, over each transport, wherever it breaks."""

import asyncio
import json
from typing import Any

import pytest
from gql import gql
from gql.transport.exceptions import TransportQueryError

from tests.api.client import REFUND, VERIFY, WATCH, Api

Change = dict[str, Any]


async def watched(api: Api, payment_id: str, until: int | None = None, **more: Any) -> list[Change]:
    """What one subscription says until it completes, or until it has said so many."""
    query = gql(WATCH)
    query.variable_values = {"id": payment_id, **more}
    changes: list[Change] = []
    async with api.socket() as session:
        async for step in session.subscribe(query):
            changes.append(step["paymentStatusChanged"])
            if len(changes) == until:
                break
    return changes


def statuses(changes: list[Change]) -> list[str]:
    return [change["event"]["status"] for change in changes]


async def test_begins_with_the_status_it_has_and_ends_with_the_last(api: Api) -> None:
    payment = (await api.opened())["payment"]
    query = gql(WATCH)
    query.variable_values = {"id": payment["id"]}
    seen = []
    async with api.socket() as session:
        async for step in session.subscribe(query):
            seen.append(step["paymentStatusChanged"])
            if len(seen) == 1:
                await api.pay(payment["checkoutUrl"])
    assert statuses(seen) == ["PENDING", "SUCCEEDED"]
    assert [change["payment"]["status"] for change in seen] == ["PENDING", "SUCCEEDED"]
    assert statuses(await watched(api, payment["id"])) == ["SUCCEEDED"], "only the newest, then it completes"


async def test_resumes_after_every_cursor_with_no_gap_and_no_repeat(api: Api) -> None:
    payment = (await api.opened())["payment"]
    first = (await watched(api, payment["id"], until=1))[0]
    await api.pay(payment["checkoutUrl"], "pay_late")
    await api.ask(VERIFY, id=payment["id"])
    whole = await watched(api, payment["id"], after=first["cursor"], keepOpen=True, until=2)
    assert statuses([first, *whole]) == ["PENDING", "PROCESSING", "SUCCEEDED"]
    cursors = [change["cursor"] for change in [first, *whole]]
    for cut, cursor in enumerate(cursors[:-1]):
        rest = await watched(api, payment["id"], after=cursor)
        assert [change["cursor"] for change in rest] == cursors[cut + 1 :]
    assert await watched(api, payment["id"], after=cursors[-1]) == []


async def test_keeps_open_for_a_refund_to_come(api: Api) -> None:
    payment = (await api.opened())["payment"]
    await api.pay(payment["checkoutUrl"])
    await api.ask(VERIFY, id=payment["id"])
    query = gql(WATCH)
    query.variable_values = {"id": payment["id"], "keepOpen": True}
    seen: list[Change] = []
    async with api.socket() as session:
        async for step in session.subscribe(query):
            seen.append(step["paymentStatusChanged"])
            if len(seen) == 2:
                break
            await api.ask(REFUND, input={"paymentId": payment["id"]})
    assert statuses(seen) == ["SUCCEEDED", "REFUNDED"]


@pytest.mark.parametrize("id_", ["0199c3a4-7a10-7000-8000-0000000000c1", "nonsense"])
async def test_what_is_not_there_ends_at_once(api: Api, id_: str) -> None:
    with pytest.raises(TransportQueryError) as refused:
        await watched(api, id_)
    errors = refused.value.errors
    assert errors is not None
    assert errors[0]["extensions"]["code"] == ("BAD_USER_INPUT" if id_ == "nonsense" else "NOT_FOUND")


async def test_over_server_sent_events(api: Api) -> None:
    payment = (await api.opened())["payment"]
    body = {"query": WATCH, "variables": {"id": payment["id"]}}
    told: list[str] = []
    async with api.http.stream("POST", "/graphql", json=body, headers={"accept": "text/event-stream"}) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        raw = ""
        async for text in response.aiter_text():
            raw += text
            if "PENDING" in raw and not told:
                told.append((await api.pay(payment["checkoutUrl"])).headers["location"])
    assert "\r" not in raw
    events = [dict(line.split(": ", 1) for line in block.split("\n") if line) for block in raw.split("\n\n") if block]
    assert [event["event"] for event in events] == ["next", "next", "complete"]
    seen = [json.loads(event["data"])["data"]["paymentStatusChanged"] for event in events[:2]]
    assert statuses(seen) == ["PENDING", "SUCCEEDED"]


async def test_over_multipart(api: Api) -> None:
    payment = (await api.opened())["payment"]
    await api.pay(payment["checkoutUrl"])
    await api.ask(VERIFY, id=payment["id"])
    body = {"query": WATCH, "variables": {"id": payment["id"]}}
    accept = {"accept": 'multipart/mixed;subscriptionSpec="1.0", application/json'}
    response = await api.http.post("/graphql", json=body, headers=accept)
    assert response.headers["content-type"].startswith("multipart/mixed")
    parts = [part.split("\r\n\r\n", 1)[1].strip() for part in response.text.split("--graphql") if "{" in part]
    payloads = [json.loads(part)["payload"] for part in parts if "payload" in part]
    assert statuses([payload["data"]["paymentStatusChanged"] for payload in payloads]) == ["SUCCEEDED"]
    assert response.text.rstrip().endswith("--graphql--")


async def test_a_lost_connection_of_the_feed_loses_nothing(api: Api, database_url: str) -> None:
    from tests.conftest import run

    payment = (await api.opened())["payment"]
    watching = asyncio.create_task(watched(api, payment["id"]))
    await run(
        database_url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND pid <> pg_backend_pid()",
    )
    await api.pay(payment["checkoutUrl"])
    assert statuses(await watching)[-1] == "SUCCEEDED"

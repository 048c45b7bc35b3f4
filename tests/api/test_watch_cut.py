"""FIELD.md's scenario 18: the subscription is cut at every event, over a real WebSocket, in a burst of changes."""

import asyncio
from itertools import cycle
from typing import Any

import pytest

from tests.api.client import REFUND, VERIFY, WATCH, Api
from tests.api.test_watch import statuses, watched
from tests.api.test_websocket import greeted, hear, say, subscribe

Change = dict[str, Any]

HISTORIES: dict[tuple[str, ...], list[str]] = {
    ("pay",): ["PENDING", "SUCCEEDED"],
    ("decline", "pay_late"): ["PENDING", "PROCESSING"],
    ("fail", "pay_anyway", "refund"): ["PENDING", "FAILED", "SUCCEEDED", "REFUNDED"],
    ("cancel", "pay_anyway", "refund"): ["PENDING", "CANCELED", "SUCCEEDED", "REFUNDED"],
    ("pay_wrong_amount", "refund"): ["PENDING", "PROCESSING", "REFUNDED"],
}
CUTS = [(1,), (0, 1), (2, 0, 1)]
"""After how many events each connection is cut, in turn; one that is cut after none was subscribed all the same."""
PATIENCE_SECONDS = 20


@pytest.mark.parametrize("history", HISTORIES, ids="-".join)
async def test_it_resumes_with_no_gap_and_no_repeat(api: Api, history: tuple[str, ...]) -> None:
    for cuts in CUTS:
        payment = (await api.opened())["payment"]
        first = await _until_cut(api, payment["id"], None, 1)
        burst = asyncio.create_task(_burst(api, payment, history))
        async with asyncio.timeout(PATIENCE_SECONDS):
            told = await _follow(api, payment["id"], first, len(HISTORIES[history]), cuts)
            await burst
        assert statuses(told) == HISTORIES[history]
        whole = await watched(
            api, payment["id"], after=first[0]["cursor"], keepOpen=True, until=len(HISTORIES[history]) - 1
        )
        assert [change["cursor"] for change in told[1:]] == [change["cursor"] for change in whole]


async def _follow(api: Api, payment_id: str, told: list[Change], enough: int, cuts: tuple[int, ...]) -> list[Change]:
    """As a client does whose connection breaks again and again."""
    for cut in cycle(cuts):
        if len(told) >= enough:
            return told
        told = [*told, *await _until_cut(api, payment_id, told[-1]["cursor"], min(cut, enough - len(told)))]
    raise AssertionError("a cycle has no end")


async def _until_cut(api: Api, payment_id: str, after: str | None, number: int) -> list[Change]:
    """What one connection tells before it breaks, without a word to the other side."""
    variables = {"id": payment_id, "after": after, "keepOpen": True}
    told: list[Change] = []
    async with greeted(api) as opened:
        await say(opened, subscribe(query=WATCH, variables=variables))
        while len(told) < number:
            message = await hear(opened)
            assert message["type"] == "next", message
            told.append(message["payload"]["data"]["paymentStatusChanged"])
        opened.transport.abort()
    return told


async def _burst(api: Api, payment: Any, history: tuple[str, ...]) -> None:
    for act in history:
        if act == "refund":
            await api.ask(REFUND, input={"paymentId": payment["id"]})
        else:
            await api.pay(payment["checkoutUrl"], act)
            await api.ask(VERIFY, id=payment["id"])

"""A subscription whose text came before is told the same in the short way as the first one was in Strawberry's."""

import json
from typing import Any

import pytest

from schema.known_subscriptions import results
from tests.api.client import VERIFY, WATCH, Api
from tests.api.test_websocket import greeted, hear, say, subscribe

SELF = """subscription S { paymentStatusChanged(paymentId: %s) {
  __typename cursor payment { id events { nodes { kind } } } } }"""
WRONG: list[tuple[str, dict[str, Any]]] = [
    (WATCH, {"id": "0199c3a4-7a10-7000-8000-0000000000c1"}),
    (WATCH, {"id": "nonsense"}),
    (WATCH, {}),
    (WATCH, {"id": ["of", "a", "list"]}),
    (WATCH, {"id": "0199c3a4-7a10-7000-8000-0000000000c1", "after": "no cursor"}),
    ("subscription { webhookDeliveryChanged(partnerId: 7) { id } }", {}),
]


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What went the short way."""
    found: list[Any] = []

    def noted(subscription: Any, *given: Any, **named: Any) -> Any:
        found.append(subscription)
        return results(subscription, *given, **named)

    monkeypatch.setattr("schema.schema.results", noted)
    return found


def fresh(text: str, request: pytest.FixtureRequest) -> str:
    """No test has sent it before."""
    return f"{text}\n# {request.node.nodeid}"


async def told(api: Api, text: str, variables: dict[str, Any]) -> list[Any]:
    """All that a subscription is told until it is over."""
    messages: list[Any] = []
    async with greeted(api) as opened:
        await say(opened, subscribe(query=text, variables=variables))
        while not messages or messages[-1]["type"] == "next":
            messages.append(await hear(opened))
    return messages


async def test_of_a_payment(api: Api, taken: list[Any], request: pytest.FixtureRequest) -> None:
    payment = (await api.opened())["payment"]
    await api.pay(payment["checkoutUrl"], "fail")
    await api.ask(VERIFY, id=payment["id"])
    text = fresh(SELF % json.dumps(payment["id"]), request)
    first = await told(api, text, {})
    assert not taken
    assert await told(api, text, {}) == first
    assert len(taken) == 1 and [message["type"] for message in first] == ["next", "complete"]


@pytest.mark.parametrize("number", range(len(WRONG)))
async def test_of_what_goes_wrong(api: Api, taken: list[Any], request: pytest.FixtureRequest, number: int) -> None:
    text, variables = WRONG[number]
    text = fresh(text, request)
    first = await told(api, text, variables)
    assert not taken
    assert await told(api, text, variables) == first
    assert len(taken) == 1 and "code" in json.dumps(first)


async def test_over_server_sent_events(api: Api, taken: list[Any], request: pytest.FixtureRequest) -> None:
    payment = (await api.opened())["payment"]
    await api.pay(payment["checkoutUrl"], "fail")
    await api.ask(VERIFY, id=payment["id"])
    body = {"query": fresh(WATCH, request), "variables": {"id": payment["id"]}}
    first, second, dear = [
        (await api.http.post("/graphql", json=body | more, headers={"accept": "text/event-stream"})).text
        for more in ({}, {}, {"extensions": {"cost": True}})
    ]
    assert first == second and len(taken) == 1
    assert '"cost"' in dear and len(taken) == 1, "what asks for more goes the long way"

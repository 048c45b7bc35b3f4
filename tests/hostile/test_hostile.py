"""Thousands of requests that no client would send: each gets a clear answer, and none shows the inside."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import httpx
import pytest

from rest.body import MAX_BODY_BYTES
from tests.api.client import SERVICE, Api, running
from tests.hostile.cases import (
    Attack,
    graphql,
    may_be_quiet,
    of_bytes,
    of_graphql,
    of_rest,
    of_subscriptions,
    of_variables,
    of_watching_variables,
    streamed,
)
from tests.hostile.sockets import PATIENCE_SECONDS, QUIET_SECONDS, framed, frames, operated

AT_LEAST = {"plain HTTP": 1000, "GraphQL": 2200, "event streams": 800, "WebSocket": 1200}
"""5,200 in all."""
AT_ONCE = 8
STREAMS_AT_ONCE = 50
"""They wait more than they work."""
INNER = re.compile(
    r"Traceback|File \"|sqlalchemy|asyncpg|strawberry|orjson|object at 0x|NoneType|[a-z]Error\(|SELECT |INSERT INTO"
)
"""What an exception, a statement or a stack would show. What the request itself said may come back."""


@dataclass(frozen=True)
class Shot:
    """The service, a payment of it, and what was answered to what it was sent."""

    api: Api
    payment: str
    told: dict[str, Counter[str]] = field(default_factory=dict)


@pytest.fixture
async def shot(database_url: str, capsys: pytest.CaptureFixture[str]) -> AsyncIterator[Shot]:
    async with running(database_url, webhook_workers=0, reconciler=False) as api:
        shot = Shot(api, (await api.opened())["payment"]["id"])
        yield shot
        assert (await api.payment(shot.payment))["id"] == shot.payment, "it still answers"
    for kind, answers in shot.told.items():
        with capsys.disabled():
            by_answer = ", ".join(f"{count} × {answer}" for answer, count in sorted(answers.items()))
            print(f"\nhostile requests: {answers.total()} over {kind} ({by_answer})")
        assert answers.total() >= AT_LEAST[kind]


async def test_no_plain_request_breaks_it_or_shows_the_inside(shot: Shot) -> None:
    shot.told["plain HTTP"] = await attacked(shot.api, chain(of_rest(shot.payment, 50), of_bytes(50)))


async def test_no_graphql_request_does(shot: Shot) -> None:
    asked = chain(of_graphql(shot.payment, 50), map(graphql, of_variables(shot.payment, 330)))
    shot.told["GraphQL"] = await attacked(shot.api, asked)


async def test_no_event_stream_does(shot: Shot) -> None:
    shot.told["event streams"] = await attacked(shot.api, map(streamed, watching(shot.payment)), STREAMS_AT_ONCE)


async def test_nothing_over_a_websocket_does(shot: Shot) -> None:
    operations = await operated(shot.api, list(watching(shot.payment)), check)
    shot.told["WebSocket"] = operations + await framed(shot.api, frames(240), check)


def watching(payment: str) -> Iterator[dict[str, Any]]:
    yield from of_watching_variables(payment, 330)
    yield from of_subscriptions(payment, 50)


async def attacked(api: Api, attacks: Iterable[Attack], at_once: int = AT_ONCE) -> Counter[str]:
    counted: Counter[str] = Counter()
    waiting = iter(list(attacks))

    async def one_after_another() -> None:
        for attack in waiting:
            try:
                status, said = await sent(api, attack)
            except httpx.TransportError:
                assert len(attack.content or b"") > MAX_BODY_BYTES, attack
                counted["cut off"] += 1  # refused and closed before the client had sent it all
            else:
                assert status < 500, (attack, said)
                counted[str(status)] += 1
                check((attack.content or b"").decode(errors="replace") + attack.path, said)

    await asyncio.gather(*(one_after_another() for _ in range(at_once)))
    return counted


async def sent(api: Api, attack: Attack) -> tuple[int, str]:
    """The status, and what is said: of a stream, what comes first."""
    headers = {"authorization": f"Bearer {SERVICE}", **attack.headers}
    encoded = [(name.encode(), text.encode("utf-8", "replace")) for name, text in headers.items()]
    async with api.http.stream(attack.method, attack.path, content=attack.content, headers=encoded) as response:
        if response.headers.get("content-type", "").startswith("text/event-stream"):
            return response.status_code, await first_event(response, json.loads(attack.content or b""))
        return response.status_code, (await response.aread()).decode(errors="replace")


async def first_event(response: httpx.Response, asked: dict[str, Any]) -> str:
    """Its data; nothing where the stream was opened and may have nothing to tell."""
    is_quiet = may_be_quiet(asked["query"])
    with suppress(TimeoutError):
        async with asyncio.timeout(QUIET_SECONDS if is_quiet else PATIENCE_SECONDS):
            async for line in response.aiter_lines():
                if line.startswith("data: {"):
                    return line.removeprefix("data: ")
    assert is_quiet, (asked, "not answered")
    return ""


def check(asked: str, said: str) -> None:
    found = INNER.search(said)
    assert found is None or found[0] in asked, (asked, said)
    assert "INTERNAL" not in codes(json.loads(said) if said.startswith("{") else {}), (asked, said)


def codes(answer: Any) -> list[str]:
    """Of GraphQL's errors, in the answer itself or in a message's payload."""
    if isinstance(payload := answer.get("payload"), list | dict):
        answer = payload if isinstance(payload, dict) else {"errors": payload}
    errors = answer.get("errors")
    return [error["extensions"]["code"] for error in errors or () if isinstance(error, dict)]

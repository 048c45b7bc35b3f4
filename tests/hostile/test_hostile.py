"""Thousands of requests that no client would send: each gets a clear answer, and none shows the inside."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Iterable
from itertools import chain

import httpx
import pytest

from rest.body import MAX_BODY_BYTES
from tests.api.client import SERVICE, Api, running
from tests.hostile.cases import Attack, of_bytes, of_graphql, of_rest, of_variables

AT_LEAST = 5000
AT_ONCE = 8
INNER = re.compile(
    r"Traceback|File \"|sqlalchemy|asyncpg|strawberry|orjson|object at 0x|NoneType|[a-z]Error\(|SELECT |INSERT INTO"
)
"""What an exception, a statement or a stack would show. What the request itself said may come back."""


async def test_no_request_breaks_it_or_shows_the_inside(database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    async with running(database_url, webhook_workers=0, reconciler=False) as api:
        paid = (await api.opened())["payment"]
        attacks = chain(
            of_rest(paid["id"], 50), of_graphql(paid["id"], 50), of_variables(paid["id"], 540), of_bytes(50)
        )
        counted = await attacked(api, attacks)
        assert (await api.payment(paid["id"]))["id"] == paid["id"], "it still answers"
    with capsys.disabled():
        by_status = ", ".join(f"{count} × {status}" for status, count in sorted(counted.items()))
        print(f"\nhostile requests: {counted.total()} ({by_status})")
    assert counted.total() >= AT_LEAST


async def attacked(api: Api, attacks: Iterable[Attack]) -> Counter[str]:
    counted: Counter[str] = Counter()
    waiting = iter(list(attacks))

    async def one_after_another() -> None:
        for attack in waiting:
            try:
                response = await sent(api, attack)
            except httpx.TransportError:
                assert len(attack.content or b"") > MAX_BODY_BYTES, attack
                counted["cut off"] += 1  # refused and closed before the client had sent it all
            else:
                counted[str(response.status_code)] += 1
                check(attack, response)

    await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))
    return counted


async def sent(api: Api, attack: Attack) -> httpx.Response:
    headers = {"authorization": f"Bearer {SERVICE}", **attack.headers}
    encoded = [(name.encode(), text.encode("utf-8", "replace")) for name, text in headers.items()]
    return await api.http.request(attack.method, attack.path, content=attack.content, headers=encoded)


def check(attack: Attack, response: httpx.Response) -> None:
    said = (attack.content or b"").decode(errors="replace") + attack.path
    assert response.status_code < 500, (attack, response.text)
    found = INNER.search(response.text)
    assert found is None or found[0] in said, (attack, response.text)
    if response.headers.get("content-type", "").startswith("application/json") and attack.method != "HEAD":
        body = json.loads(response.content)
        codes = [error["extensions"]["code"] for error in body.get("errors") or () if isinstance(error, dict)]
        assert "INTERNAL" not in codes, (attack, response.text)

"""PostgreSQL goes away under a running service: a clear answer at once, and work again by itself when it is back."""

import asyncio
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from gql import gql

from data.embedded import EmbeddedPostgres
from tests.api.client import CHECKOUT, PAYMENT, SERVICE, WATCH, Api, order
from tests.running.killed_service import killed_service
from tests.running.until import until

AT_ONCE_SECONDS = 8
"""A statement may take 5 s; nothing hangs longer."""
PATIENCE_SECONDS = 30


@pytest.fixture
def own_postgres() -> Iterator[EmbeddedPostgres]:
    """Apart from everybody else's, to be killed; one that keeps what it has committed."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = EmbeddedPostgres(Path(folder) / "postgres")
        yield server
        server.stop()


async def test_it_is_away_and_comes_back(own_postgres: EmbeddedPostgres) -> None:
    with killed_service(own_postgres.url) as service:
        await asyncio.to_thread(service.start)
        async with httpx.AsyncClient(base_url=service.url, timeout=20) as http:
            await _through_it(Api(service.url, http), own_postgres)


async def _through_it(api: Api, own_postgres: EmbeddedPostgres) -> None:
    payment = (await api.opened())["payment"]
    seen: list[str] = []
    watching = asyncio.create_task(_watch(api, payment["id"], seen))
    await until(lambda: _seen(seen, ["PENDING"]), PATIENCE_SECONDS)
    _kill(own_postgres)
    await _says_so(api, payment["id"])
    await asyncio.to_thread(EmbeddedPostgres, own_postgres.folder)
    await until(lambda: _is_ready(api), PATIENCE_SECONDS)
    assert (await api.payment(payment["id"]))["status"] == "PENDING"
    await api.pay(payment["checkoutUrl"])
    async with asyncio.timeout(PATIENCE_SECONDS):
        await watching
    assert seen == ["PENDING", "SUCCEEDED"], "the open subscription lost nothing"


async def _watch(api: Api, payment_id: str, seen: list[str]) -> None:
    query = gql(WATCH)
    query.variable_values = {"id": payment_id}
    async with api.socket() as session:
        async for step in session.subscribe(query):
            seen.append(step["paymentStatusChanged"]["event"]["status"])


def _kill(postgres: EmbeddedPostgres) -> None:
    """It and every connection to it, in the middle of whatever they do."""
    server = psutil.Process(int((postgres.folder / "postmaster.pid").read_text().split()[0]))
    server.send_signal(signal.SIGQUIT)
    server.wait(PATIENCE_SECONDS)


async def _says_so(api: Api, payment_id: str) -> None:
    for query, variables in ((PAYMENT, {"id": payment_id}), (CHECKOUT, {"input": order()})):
        async with asyncio.timeout(AT_ONCE_SECONDS):
            body = await api.answer(query, **variables)
        assert body["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
        assert "requestId" in body["errors"][0]["extensions"]
    for path in (f"/api/payments/{payment_id}", "/mock/checkout/mock_x"):
        async with asyncio.timeout(AT_ONCE_SECONDS):
            answer = await api.http.get(path, headers={"Authorization": f"Bearer {SERVICE}"})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    async with asyncio.timeout(AT_ONCE_SECONDS):
        assert (await api.http.get("/health/ready")).status_code == 503
    assert (await api.http.get("/health/live")).status_code == 200


async def _is_ready(api: Api) -> bool:
    return (await api.http.get("/health/ready")).status_code == 200


async def _seen(seen: list[str], all_of: list[str]) -> bool:
    return seen == all_of

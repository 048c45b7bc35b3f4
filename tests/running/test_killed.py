"""Kill -9 in the middle of checkouts: nothing told is lost, nothing is charged twice, nothing stays unknown."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any, TypeVar

import httpx
from sqlalchemy import text

from data.database import Database
from tests.api.client import CHECKOUT, Api, order
from tests.running.killed_service import KilledService, killed_service
from tests.running.until import until

CHECKOUTS = 200
AT_ONCE = 16
KILLED_AFTER = (20, 70, 130)
"""Answers."""
PATIENCE_SECONDS = 60

THIRTY_SECONDS_PASS = (
    "UPDATE mesaya_payments.records SET unknown_since = unknown_since - interval '30 s',"
    " opening_began_at = opening_began_at - interval '30 s', next_check_at = next_check_at - interval '30 s'"
    " WHERE unknown_since IS NOT NULL",
    "UPDATE mesaya_payments.idempotency_keys SET lease_until = lease_until - interval '30 s' WHERE answer IS NULL",
)
A_LOOK_IS_DUE = """
UPDATE mesaya_payments.records SET next_check_at = now()
WHERE status = 'PENDING' AND next_check_at > now() + interval '31 s'
"""
"""Also of payments whose webhook was lost; those that the reconciler has in hand are left to it."""
UNKNOWN = "SELECT payment_id FROM mesaya_payments.records WHERE unknown_since IS NOT NULL"
NOT_PAID = "SELECT payment_id FROM mesaya_payments.records WHERE status <> 'SUCCEEDED'"
COUNTED = """
SELECT (SELECT count(*) FROM payments) AS payments, (SELECT count(*) FROM mesaya_payments.mock_charges) AS charges,
  (SELECT count(*) FROM mesaya_payments.mock_checkouts) AS checkouts,
  (SELECT count(DISTINCT payment_id) FROM mesaya_payments.mock_checkouts) AS different
"""


Item = TypeVar("Item")


class Client:
    """Sends each checkout once, and remembers what it was told."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.inputs = [_input(number) for number in range(CHECKOUTS)]
        self.told: dict[int, dict[str, Any]] = {}
        self.answered = 0

    async def send(self, number: int) -> None:
        try:
            answer = await self.api.ask(CHECKOUT, input=self.inputs[number])
        except httpx.HTTPError:  # killed, or not yet back
            return
        self.answered += 1
        if answer["__typename"] == "CheckoutSuccess":
            known = self.told.setdefault(number, answer["payment"])
            assert known["id"] == answer["payment"]["id"], "the same key, the same payment"
        else:
            assert answer["__typename"] in ("ProviderUnavailableError", "IdempotencyInProgressError"), answer


def _input(number: int) -> dict[str, Any]:
    """Some are slow at the provider, so that a kill surely meets them there, and some get no answer from it."""
    mock = {0: "slow", 1: "timeout_created", 2: "timeout_not_created"}.get(number % 25)
    return {**order(), "idempotencyKey": f"key {number}", "metadata": {"mock": mock} if mock else {}}


async def test_killed_three_times_during_two_hundred_checkouts(database_url: str, database: Database) -> None:
    with killed_service(database_url) as service:
        await asyncio.to_thread(service.start)
        async with httpx.AsyncClient(base_url=service.url, timeout=20) as http:
            client = Client(Api(service.url, http))
            await _send_and_kill(client, service)
            told = {number: payment["id"] for number, payment in client.told.items()}
            assert 0 < len(told) < CHECKOUTS
            await _afterwards(client, database, told)


async def _send_and_kill(client: Client, service: KilledService) -> None:
    up = asyncio.Event()
    up.set()

    async def killer() -> None:
        for answers in KILLED_AFTER:
            await until(partial(_has_answers, client, answers), PATIENCE_SECONDS)
            up.clear()
            service.kill()
            await asyncio.to_thread(service.start)
            up.set()

    async def send(number: int) -> None:
        await up.wait()
        await client.send(number)

    await asyncio.gather(killer(), _some_at_once(range(CHECKOUTS), send))


async def _some_at_once(items: Iterable[Item], do: Callable[[Item], Awaitable[object]]) -> None:
    waiting = iter(items)

    async def one_by_one() -> None:
        for item in waiting:
            await do(item)

    await asyncio.gather(*(one_by_one() for _ in range(AT_ONCE)))


async def _afterwards(client: Client, database: Database, told: dict[int, str]) -> None:
    await _settled(database)
    await _some_at_once(range(CHECKOUTS), client.send)  # with the same keys
    await _settled(database)
    await _some_at_once([number for number in range(CHECKOUTS) if number not in client.told], client.send)
    assert len(client.told) == CHECKOUTS
    assert {number: client.told[number]["id"] for number in told} == told
    assert len({payment["id"] for payment in client.told.values()}) == CHECKOUTS
    await _some_at_once(client.told.values(), lambda payment: client.api.pay(payment["checkoutUrl"]))
    await until(lambda: _all_paid(database), PATIENCE_SECONDS)
    (counted,) = await _sql(database, COUNTED)
    assert (counted.payments, counted.charges) == (CHECKOUTS, CHECKOUTS)
    assert counted.checkouts == counted.different, "one checkout each"


async def _all_paid(database: Database) -> bool:
    await _sql(database, A_LOOK_IS_DUE)
    return await _none(database, NOT_PAID)


async def _settled(database: Database) -> None:
    """By the reconciler alone."""
    await _sql(database, *THIRTY_SECONDS_PASS)
    await until(lambda: _none(database, UNKNOWN), PATIENCE_SECONDS)


async def _sql(database: Database, *statements: str) -> list[Any]:
    found: list[Any] = []
    async with database.transaction() as connection:
        for statement in statements:
            found = await connection.execute(text(statement))
    return found


async def _none(database: Database, query: str) -> bool:
    return await _sql(database, query) == []


async def _has_answers(client: Client, answers: int) -> bool:
    return client.answered >= answers

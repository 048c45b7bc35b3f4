"""What a database may be set to without a word to us: nothing is lost or mistaken, and it passes."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import asyncpg
import pytest

from data.database import plain_dsn
from tests.api.client import CHECKOUT, VERIFY, order, running
from tests.conftest import run


@pytest.fixture
async def name(database_url: str) -> AsyncIterator[str]:
    connection = await asyncpg.connect(plain_dsn(database_url))
    found = str(await connection.fetchval("SELECT current_database()"))
    await connection.close()
    yield found
    await as_writer(database_url, f"ALTER DATABASE {found} RESET default_transaction_read_only")


async def as_writer(url: str, sql: str) -> None:
    connection = await asyncpg.connect(plain_dsn(url), server_settings={"default_transaction_read_only": "off"})
    await connection.execute(sql)
    await connection.close()


async def test_while_it_takes_no_writes_it_is_unavailable_and_not_a_moment_longer(database_url: str, name: str) -> None:
    await run(database_url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    async with running(database_url) as api:
        for _ in range(2):
            (error,) = (await api.answer(CHECKOUT, input=order()))["errors"]
            assert (error["extensions"]["code"], error["extensions"]["retryAfterSeconds"]) == ("UNAVAILABLE", 5)
        await as_writer(database_url, f"ALTER DATABASE {name} RESET default_transaction_read_only")
        assert (await api.answer(CHECKOUT, input=order()))["data"]["checkout"]["created"]


async def test_another_isolation_than_we_count_on_is_not_taken_over(database_url: str, name: str) -> None:
    await run(database_url, f"ALTER DATABASE {name} SET default_transaction_isolation = 'repeatable read'")
    async with running(database_url) as api:
        asked = order() | {"idempotencyKey": "one"}
        opened = await asyncio.gather(*(api.answer(CHECKOUT, input=asked) for _ in range(6)))
        said = Counter(answer["data"]["checkout"]["__typename"] for answer in opened)
        assert said["CheckoutSuccess"] and not said.keys() - {"CheckoutSuccess", "IdempotencyInProgressError"}
        (payment_id,) = {a["data"]["checkout"]["payment"]["id"] for a in opened if "payment" in a["data"]["checkout"]}
        verified = await asyncio.gather(*(api.answer(VERIFY, id=payment_id, secret=None) for _ in range(6)))
        assert {answer["data"]["verifyPayment"]["__typename"] for answer in verified} == {"VerifyPaymentSuccess"}

"""Rows of others are only read; what others write over ours is noticed, recorded and put right."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import asyncpg
import pytest

from data import events
from data.database import LOCK_SECONDS, plain_dsn
from data.events import Cause, Event, EventKind
from data.migrate import migrate
from data.payment import Payment
from data.status import Status
from resolvers.answers import PaymentNotCancelable, PaymentNotRefundable, VerifyPaymentSuccess
from resolvers.cancel import cancel
from resolvers.change import edit
from resolvers.checkout import checkout
from resolvers.reconcile import put_right, round_of
from resolvers.refund import RefundRequest, refund
from resolvers.verify import verify
from tests.data.conftest import load
from tests.data.waiting import until_blocked
from tests.resolvers.scripted_provider import Silence
from tests.resolvers.world import RESERVATION, SERVICE, World, all_payments, opened, request

OTHERS = UUID("0b7c9f3e-0f8a-4f0e-8f58-6f2c0a5f0d01")
"""A PENDING payment of mesaYA_Res."""
CANCELED = UUID("0b7c9f3e-0f8a-4f0e-8f58-6f2c0a5f0d02")
WRITE = "UPDATE payments SET payment_status = $2::text::payments_payment_status_enum WHERE payment_id = $1"


@pytest.fixture
async def shared_url(empty_database_url: str) -> str:
    """With mesaYA_Res's tables and rows."""
    await load(empty_database_url, "existing_mesaya_res")
    await migrate(empty_database_url)
    return empty_database_url


@pytest.fixture
async def shared(shared_url: str) -> AsyncIterator[World]:
    async with opened(shared_url) as world:
        yield world


@pytest.fixture
async def hasty(shared_url: str) -> AsyncIterator[World]:
    """One that waits no longer for others than the service does."""
    async with opened(shared_url, LOCK_SECONDS) as world:
        yield world


@asynccontextmanager
async def other_service(world: World) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(plain_dsn(world.url))
    try:
        yield connection
    finally:
        await connection.close()


async def paid(world: World) -> Payment:
    made = await world.checkout()
    world.provider.pay(made.id)
    await verify(world.runtime, SERVICE, made.id, None)
    return await world.payment(made.id)


async def history(world: World, payment_id: UUID) -> list[Event]:
    async with world.runtime.database.transaction() as connection:
        return await events.after(connection, payment_id, 0)


async def stored(world: World, payment_id: UUID) -> tuple[str, str, str | None]:
    """Status, amount and currency as the shared table has them."""
    ((label, amount, currency),) = await world.sql(
        "SELECT payment_status::text, amount::text, currency FROM payments WHERE payment_id = :id", id=payment_id
    )
    return label, amount, currency


async def test_rows_of_others_are_only_read(shared: World) -> None:
    before = await shared.sql("SELECT * FROM payments ORDER BY payment_id")
    verified = await verify(shared.runtime, SERVICE, OTHERS, None)
    assert isinstance(verified, VerifyPaymentSuccess) and verified.payment.status is Status.PENDING
    assert isinstance(await cancel(shared.runtime, SERVICE, OTHERS, None, None), PaymentNotCancelable)
    assert isinstance(await refund(shared.runtime, SERVICE, RefundRequest(OTHERS)), PaymentNotRefundable)
    shared.clock.advance(timedelta(days=400))
    await round_of(shared.runtime)
    await shared.checkout()  # for the same reservation
    ids = [row.payment_id for row in before]
    after = await shared.sql("SELECT * FROM payments WHERE payment_id = ANY(:ids) ORDER BY payment_id", ids=ids)
    assert after == before
    assert shared.provider.calls == ["create_checkout"]


@pytest.mark.parametrize(
    "write", ["payment_status = 'CANCELLED'", "amount = 1.00", "currency = 'eur'", "currency = NULL", "amount = 'NaN'"]
)
async def test_a_foreign_write_is_recorded_and_put_right(shared: World, write: str) -> None:
    payment = await paid(shared)
    await shared.sql(f"UPDATE payments SET {write} WHERE payment_id = :id", id=payment.id)
    seen = await shared.payment(payment.id)
    assert (seen.status, seen.amount) == (payment.status, payment.amount), "our record is the truth meanwhile"
    await put_right(shared.runtime)
    assert await stored(shared, payment.id) == ("COMPLETED", "10.00", "usd")
    last = (await history(shared, payment.id))[-1]
    assert (last.cause, last.kind, last.status) == (Cause.EXTERNAL, EventKind.STATUS, Status.SUCCEEDED)
    assert last.sequence == (await shared.payment(payment.id)).sequence == payment.sequence + 1
    asked = len(shared.provider.calls)
    await round_of(shared.runtime)
    assert shared.provider.calls[asked:] == ["fetch"], "the provider is asked again"
    assert not await shared.sql("SELECT FROM mesaya_payments.foreign_writes")


async def test_an_equal_write_and_a_write_of_other_columns_are_none(shared: World) -> None:
    payment = await paid(shared)
    await shared.sql("UPDATE payments SET payment_status = 'COMPLETED', updated_at = now()")
    assert not await shared.sql("SELECT FROM mesaya_payments.foreign_writes WHERE payment_id = :id", id=payment.id)


async def test_several_writes_are_several_events_and_one_truth(shared: World) -> None:
    first, second = await paid(shared), await shared.checkout(amount=Decimal(20))
    async with other_service(shared) as other:
        for label in ("PENDING", "CANCELLED", "FAILED"):
            for payment_id in (second.id, first.id):
                await other.execute(WRITE, payment_id, label)
    await asyncio.gather(*(put_right(shared.runtime) for _ in range(3)))
    for payment, label, count in ((first, "COMPLETED", 3), (second, "PENDING", 2)):
        assert (await stored(shared, payment.id))[0] == label
        told = await history(shared, payment.id)
        assert [event.cause for event in told].count(Cause.EXTERNAL) == count
        assert [event.sequence for event in told] == list(range(1, len(told) + 1))


async def test_a_write_that_waits_for_our_transaction_is_put_right_after_it(shared: World) -> None:
    payment = await shared.checkout()
    shared.provider.pay(payment.id)
    async with other_service(shared) as other:
        tasks: list[asyncio.Task[str]] = []

        async def write(connection: object) -> None:
            tasks.append(asyncio.create_task(other.execute(WRITE, payment.id, "CANCELLED")))
            await until_blocked(shared.runtime.database)

        await edit(shared.runtime, payment.id, lambda held: held, write)
        await tasks[0]
    await verify(shared.runtime, SERVICE, payment.id, None)
    await put_right(shared.runtime)
    assert (await stored(shared, payment.id))[0] == "COMPLETED"
    causes = [event.cause for event in await history(shared, payment.id)]
    assert causes == [Cause.CHECKOUT, Cause.VERIFY, Cause.EXTERNAL]


async def test_our_change_that_waits_for_a_foreign_write_wins(shared: World) -> None:
    payment = await shared.checkout()
    shared.provider.pay(payment.id)
    async with other_service(shared) as other:
        async with other.transaction():
            await other.execute(WRITE, payment.id, "CANCELLED")
            verifying = asyncio.create_task(verify(shared.runtime, SERVICE, payment.id, None))
            await until_blocked(shared.runtime.database)
        answer = await verifying
    assert isinstance(answer, VerifyPaymentSuccess) and answer.changed
    assert (await stored(shared, payment.id))[0] == "COMPLETED"
    await put_right(shared.runtime)
    assert (await history(shared, payment.id))[-1].cause is Cause.EXTERNAL


async def test_others_that_hold_several_rows_are_never_broken_off(shared: World) -> None:
    """Whatever order they write in: no deadlock, since putting right holds one payment at a time."""
    payments = [await shared.checkout(amount=Decimal(amount)) for amount in (10, 20, 30)]
    righting = []
    for turn in range(4):
        async with other_service(shared) as other, other.transaction():
            for payment in sorted(payments, key=lambda one: one.amount.amount, reverse=bool(turn % 2)):
                await other.execute(WRITE, payment.id, ("CANCELLED", "FAILED")[turn % 2])
                righting.append(asyncio.create_task(put_right(shared.runtime)))
                await asyncio.sleep(0)
    await asyncio.gather(*righting)
    await put_right(shared.runtime)
    assert {(await stored(shared, payment.id))[0] for payment in payments} == {"PENDING"}


async def test_a_foreign_payment_for_the_same_reservation_is_its_own(shared: World) -> None:
    rows = await shared.sql("SELECT payment_id FROM payments WHERE reservation_id = :id", id=RESERVATION)
    made = await shared.checkout()
    assert made.id not in {row.payment_id for row in rows}


async def test_a_row_that_others_hold_keeps_no_other_waiting(hasty: World) -> None:
    held, due = await hasty.checkout(idempotency_key="held"), await hasty.checkout(idempotency_key="due")
    await hasty.sql("UPDATE payments SET amount = 1 WHERE payment_id = :id", id=held.id)
    hasty.provider.pay(due.id)
    hasty.clock.advance(timedelta(minutes=10))
    async with other_service(hasty) as other, other.transaction():
        await other.execute("SELECT FROM payments WHERE payment_id = $1 FOR UPDATE", held.id)
        await round_of(hasty.runtime)
        assert (await hasty.payment(due.id)).status is Status.SUCCEEDED
        assert (await stored(hasty, held.id))[1] == "1.00"
    await put_right(hasty.runtime)
    assert (await stored(hasty, held.id))[1] == "10.00"


@pytest.mark.parametrize("known_before", [True, False])
async def test_whose_money_it_is_does_not_depend_on_what_others_write(shared: World, known_before: bool) -> None:
    mine, other = await paid(shared), await shared.checkout(amount=Decimal(20))
    if not known_before:
        shared.provider.script("create_checkout", Silence(done=False))
        await checkout(shared.runtime, SERVICE, request(amount=Decimal(30)))
        (other,) = [
            one for one in [await shared.payment(id_) for id_ in await all_payments(shared)] if one.unknown_since
        ]
    swap = "UPDATE payments SET provider = 'mock', provider_payment_id = :theirs WHERE payment_id = :id"
    await shared.sql(swap, theirs=mine.provider_payment_id, id=other.id)
    await verify(shared.runtime, SERVICE, other.id, None)
    assert (await shared.payment(other.id)).status is Status.PENDING
    assert isinstance(await refund(shared.runtime, SERVICE, RefundRequest(other.id)), PaymentNotRefundable)
    assert not shared.provider.given_back(mine.id)
    await put_right(shared.runtime)
    (row,) = await shared.sql("SELECT provider_payment_id AS of FROM payments WHERE payment_id = :id", id=other.id)
    assert row.of == (await shared.payment(other.id)).provider_payment_id != mine.provider_payment_id


async def test_a_checkout_that_others_took_away_is_still_the_payments(shared: World) -> None:
    made = await shared.checkout()
    shared.provider.pay(made.id)
    await shared.sql(
        "UPDATE payments SET provider = NULL, provider_payment_id = NULL WHERE payment_id = :id", id=made.id
    )
    await verify(shared.runtime, SERVICE, made.id, None)
    after = await shared.payment(made.id)
    assert (after.status, after.provider_payment_id) == (Status.SUCCEEDED, made.provider_payment_id)
    assert "find_checkout" not in shared.provider.calls
    await put_right(shared.runtime)
    assert "of another checkout; put right" in ((await history(shared, made.id))[-1].detail or "")

"""One key, one holder at a time; the next takes over once a lease has ended."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from data import idempotency
from data.database import Database
from data.idempotency import LEASE, LONGEST_LEASE, RETENTION, Bid, Claim, Claimed, Scope
from data.transaction import Transaction
from tests.data.waiting import until_blocked

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


def bid(now: datetime = NOW, fingerprint: bytes = b"same", scope: Scope | None = None) -> Bid:
    return Bid(scope or Scope("service:a", "checkout", "k"), fingerprint, uuid4(), None, uuid4(), now)


async def claimed(database: Database, made: Bid) -> Claim:
    async with database.transaction() as connection:
        return await idempotency.claim(connection, made)


async def finish(database: Database, made: Bid, payment_id: UUID, answer: str = "Done") -> None:
    async with database.transaction() as connection:
        await idempotency.finish(connection, made.scope, payment_id, made.refund_id, answer)


async def test_the_first_is_new_and_the_second_waits_for_its_answer(database: Database) -> None:
    first = bid()
    assert await claimed(database, first) == Claim(Claimed.NEW, first.payment_id)
    second = await claimed(database, bid(NOW + LEASE - MOMENT))
    assert (second.state, second.payment_id) == (Claimed.IN_PROGRESS, first.payment_id)
    assert second.lease_until == NOW + LEASE


async def test_an_answer_is_replayed_with_its_ids(database: Database) -> None:
    first = replace(bid(), refund_id=uuid4())
    await claimed(database, first)
    await finish(database, first, first.payment_id)
    again = await claimed(database, bid(NOW + timedelta(days=29)))
    assert (again.state, again.answer) == (Claimed.ANSWERED, "Done")
    assert (again.payment_id, again.refund_id) == (first.payment_id, first.refund_id)


async def test_other_arguments_are_a_conflict_before_and_after_the_answer(database: Database) -> None:
    first = bid()
    await claimed(database, first)
    for _ in range(2):
        conflict = await claimed(database, bid(NOW + LEASE, b"other"))
        assert (conflict.state, conflict.payment_id) == (Claimed.CONFLICT, first.payment_id)
        await finish(database, first, first.payment_id)


@pytest.mark.parametrize("other", [Scope("service:b", "checkout", "k"), Scope("service:a", "refund", "k")])
async def test_another_caller_or_operation_has_keys_of_its_own(database: Database, other: Scope) -> None:
    await claimed(database, bid())
    assert (await claimed(database, bid(fingerprint=b"other", scope=other))).state is Claimed.NEW


async def test_a_lease_that_ended_is_taken_over_by_one(database: Database) -> None:
    first = bid()
    await claimed(database, first)
    said = await asyncio.gather(*(claimed(database, bid(NOW + LEASE)) for _ in range(8)))
    assert sorted(claim.state for claim in said) == [Claimed.IN_PROGRESS] * 7 + [Claimed.TAKEN_OVER]
    assert {claim.payment_id for claim in said} == {first.payment_id}


async def test_a_lease_given_back_is_taken_over_at_once_but_only_by_its_holder(database: Database) -> None:
    first = bid()
    await claimed(database, first)
    for holder, state in ((uuid4(), Claimed.IN_PROGRESS), (first.holder, Claimed.TAKEN_OVER)):
        async with database.transaction() as connection:
            await idempotency.release(connection, first.scope, holder, NOW)
        assert (await claimed(database, bid(NOW))).state is state


async def test_the_lease_outlives_every_call_to_the_provider(database: Database) -> None:
    from resolvers.exchange import PROVIDER_SECONDS

    assert timedelta(seconds=PROVIDER_SECONDS) <= LEASE - idempotency.LEASE_MARGIN


async def test_a_rebound_key_forgets_and_the_old_holder_cannot_answer_for_it(database: Database) -> None:
    first, second = bid(), bid(NOW + LEASE, b"anew")
    await claimed(database, first)
    await finish(database, first, first.payment_id)
    async with database.transaction() as connection:
        await idempotency.claim(connection, bid())
        assert (await idempotency.rebind(connection, second)).state is Claimed.NEW
    await finish(database, first, first.payment_id, "Late")
    again = await claimed(database, bid(NOW + LEASE, b"anew"))
    assert (again.state, again.payment_id, again.answer) == (Claimed.IN_PROGRESS, second.payment_id, None)


async def test_a_key_bound_to_another_refund_of_the_same_payment_is_not_answered_for_either(database: Database) -> None:
    first = replace(bid(), refund_id=uuid4())
    second = replace(bid(NOW + LEASE), payment_id=first.payment_id, refund_id=uuid4())
    await claimed(database, first)
    async with database.transaction() as connection:
        await idempotency.claim(connection, second)
        await idempotency.rebind(connection, second)
    await finish(database, first, first.payment_id, "Late")
    again = await claimed(database, bid(NOW + LEASE))
    assert (again.state, again.refund_id, again.answer) == (Claimed.IN_PROGRESS, second.refund_id, None)


async def test_a_clock_that_is_ahead_holds_a_key_no_longer_than_it_may_be_ahead(database: Database) -> None:
    await claimed(database, bid(NOW + LONGEST_LEASE - LEASE))
    assert (await claimed(database, bid())).state is Claimed.IN_PROGRESS
    assert (await claimed(database, bid(NOW - MOMENT))).state is Claimed.TAKEN_OVER


@dataclass
class Race:
    """Two transactions with the same key: the first has claimed it and is not committed, the second waits for it."""

    database: Database
    first: Transaction
    second: "asyncio.Task[Claim]"


@pytest.fixture
async def race(database: Database) -> AsyncIterator[Race]:
    async with database.transaction() as first:
        assert (await idempotency.claim(first, bid())).state is Claimed.NEW
        second = asyncio.create_task(claimed(database, bid()))
        await until_blocked(database)
        yield Race(database, first, second)


async def test_a_rival_waits_for_the_commit_and_sees_it(race: Race) -> None:
    await race.first.commit()
    assert (await race.second).state is Claimed.IN_PROGRESS


async def test_a_rival_is_the_first_when_the_other_is_rolled_back(race: Race) -> None:
    await race.first.roll_back()
    assert (await race.second).state is Claimed.NEW


async def test_a_rival_of_a_takeover_waits_and_finds_it_taken(database: Database) -> None:
    await claimed(database, bid())
    async with database.transaction() as first:
        assert (await idempotency.claim(first, bid(NOW + LEASE))).state is Claimed.TAKEN_OVER
        second = asyncio.create_task(claimed(database, bid(NOW + LEASE)))
        await until_blocked(database)
        await first.commit()
    assert (await second).state is Claimed.IN_PROGRESS


async def test_keys_are_cleared_after_their_time_and_not_before(database: Database) -> None:
    await claimed(database, bid())
    assert timedelta(hours=24) <= RETENTION
    for now, state in ((NOW + RETENTION, Claimed.TAKEN_OVER), (NOW + RETENTION + MOMENT, Claimed.NEW)):
        async with database.transaction() as connection:
            await idempotency.clear(connection, now)
        assert (await claimed(database, bid(now))).state is state

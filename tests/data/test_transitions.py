"""The database enforces the transitions that Python knows, for every pair and both guards."""

from datetime import UTC, datetime
from itertools import product
from uuid import UUID, uuid4

import pytest
from asyncpg import IntegrityConstraintViolationError
from sqlalchemy import text

from data import changes, payments
from data.database import Database
from data.payment import AMOUNT_MISMATCH
from data.status import Status, allowed
from data.transaction import Transaction
from tests.resolvers.payments import payment

_FORCE = text("""
UPDATE mesaya_payments.records SET status = :status, failure_code = :failure_code WHERE payment_id = :id
""")
_WITHOUT_TRIGGERS = text("SET LOCAL session_replication_role = replica")


async def stored(connection: Transaction, status: Status) -> UUID:
    """A payment in this status, whatever way leads there."""
    from dataclasses import replace

    made = replace(payment(), id=uuid4(), caller="test", success_url="u", cancel_url="u")
    await changes.insert(connection, made, datetime.now(UTC))
    await connection.execute(_WITHOUT_TRIGGERS)
    await connection.execute(_FORCE, {"id": made.id, "status": str(status), "failure_code": None})
    await connection.execute(text("SET LOCAL session_replication_role = origin"))
    return made.id


@pytest.mark.parametrize(("old", "new", "wrong"), list(product(Status, Status, [False, True])))
async def test_every_pair(database: Database, old: Status, new: Status, wrong: bool) -> None:
    async with database.transaction() as connection:
        payment_id = await stored(connection, old)
    change = {"id": payment_id, "status": str(new), "failure_code": AMOUNT_MISMATCH if wrong else None}
    if old is new or allowed(old, new, wrong_amount=wrong):
        async with database.transaction() as connection:
            await connection.execute(_FORCE, change)
        return
    with pytest.raises(IntegrityConstraintViolationError, match="does not go from"):
        async with database.transaction() as connection:
            await connection.execute(_FORCE, change)
    async with database.transaction() as connection:
        found = await payments.by_id(connection, payment_id)
    assert found is not None and found.status is old


@pytest.mark.parametrize("change", ["amount = amount + 1", "currency = 'EUR'", "sequence = 0"])
async def test_what_was_agreed_stays(database: Database, change: str) -> None:
    async with database.transaction() as connection:
        payment_id = await stored(connection, Status.PENDING)
    with pytest.raises(IntegrityConstraintViolationError):
        async with database.transaction() as connection:
            await connection.execute(
                text(f"UPDATE mesaya_payments.records SET {change} WHERE payment_id = :id"), {"id": payment_id}
            )


async def test_history_is_never_rewritten(database: Database) -> None:
    async with database.transaction() as connection:
        await stored(connection, Status.PENDING)
    for attack in ("UPDATE mesaya_payments.events SET status = 'FAILED'", "DELETE FROM mesaya_payments.events"):
        with pytest.raises(IntegrityConstraintViolationError, match="not rewritten"):
            async with database.transaction() as connection:
                await connection.execute(text(attack))

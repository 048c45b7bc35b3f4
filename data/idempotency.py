"""Idempotency keys, scoped to caller and operation: kept in the transaction of what they stand for."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import text

from data.transaction import Transaction

LEASE = timedelta(seconds=12)
"""How long a first call is taken to be running; longer than the provider's time limit within it."""
LONGEST_LEASE = 2 * LEASE
"""By a clock that is ahead of ours; a lease that ends later is none."""
LEASE_MARGIN = timedelta(seconds=1)
"""How long before the lease ends its holder has stopped waiting for the provider."""
RETENTION = timedelta(days=30)

_INSERT = text("""
INSERT INTO mesaya_payments.idempotency_keys
  (caller, operation, key, fingerprint, payment_id, refund_id, holder, lease_until, created_at)
VALUES (:caller, :operation, :key, :fingerprint, :payment_id, :refund_id, :holder, :lease_until, :now)
ON CONFLICT DO NOTHING RETURNING key
""")
_LOCK = text("""
SELECT fingerprint, payment_id, refund_id, answer, lease_until FROM mesaya_payments.idempotency_keys
WHERE caller = :caller AND operation = :operation AND key = :key FOR UPDATE
""")
_TAKE_OVER = text("""
UPDATE mesaya_payments.idempotency_keys SET holder = :holder, lease_until = :lease_until
WHERE caller = :caller AND operation = :operation AND key = :key
""")
_REBIND = text("""
UPDATE mesaya_payments.idempotency_keys SET fingerprint = :fingerprint, payment_id = :payment_id,
  refund_id = :refund_id, answer = NULL, holder = :holder, lease_until = :lease_until, created_at = :now
WHERE caller = :caller AND operation = :operation AND key = :key
""")
_FINISH = text("""
UPDATE mesaya_payments.idempotency_keys SET answer = :answer
WHERE caller = :caller AND operation = :operation AND key = :key AND payment_id = :payment_id
  AND refund_id IS NOT DISTINCT FROM CAST(:refund_id AS uuid)
""")
_RELEASE = text("""
UPDATE mesaya_payments.idempotency_keys SET lease_until = :now
WHERE caller = :caller AND operation = :operation AND key = :key AND holder = :holder
""")
_CLEAR = text("DELETE FROM mesaya_payments.idempotency_keys WHERE created_at < :before")


@dataclass(frozen=True, slots=True)
class Scope:
    caller: str
    operation: str
    key: str


class Claimed(StrEnum):
    NEW = "NEW"
    """The first call with this key: what it stands for is this caller's to do."""
    TAKEN_OVER = "TAKEN_OVER"
    """An earlier call did not finish; what it began is this caller's to finish."""
    ANSWERED = "ANSWERED"
    IN_PROGRESS = "IN_PROGRESS"
    CONFLICT = "CONFLICT"
    """Used before with other arguments."""


@dataclass(frozen=True, slots=True)
class Claim:
    state: Claimed
    payment_id: UUID
    refund_id: UUID | None = None
    answer: str | None = None
    lease_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Bid:
    """What a call would bind its key to, were it the first."""

    scope: Scope
    fingerprint: bytes
    payment_id: UUID
    refund_id: UUID | None
    holder: UUID
    now: datetime


async def claim(connection: Transaction, bid: Bid) -> Claim:
    """Waits for a rival that claims the same key at this moment; the row is held until the transaction ends."""
    inserted = await connection.execute(_INSERT, {**_key(bid.scope), **_binding(bid)})
    if inserted:
        return Claim(Claimed.NEW, bid.payment_id, bid.refund_id)
    (row,) = await connection.execute(_LOCK, _key(bid.scope))
    state = _state(row, bid)
    if state is Claimed.TAKEN_OVER:
        lease = {"holder": bid.holder, "lease_until": bid.now + LEASE}
        await connection.execute(_TAKE_OVER, {**_key(bid.scope), **lease})
    return Claim(state, row.payment_id, row.refund_id, row.answer, row.lease_until)


async def rebind(connection: Transaction, bid: Bid) -> Claim:
    """After `claim`, in the same transaction: the key stands for something new, as if never used."""
    await connection.execute(_REBIND, {**_key(bid.scope), **_binding(bid)})
    return Claim(Claimed.NEW, bid.payment_id, bid.refund_id)


async def finish(connection: Transaction, scope: Scope, payment_id: UUID, refund_id: UUID | None, answer: str) -> None:
    """From now on the key replays this kind of answer, unless it has been bound to something else meanwhile."""
    bound_to = {"payment_id": payment_id, "refund_id": refund_id}
    await connection.execute(_FINISH, {**_key(scope), **bound_to, "answer": answer})


async def release(connection: Transaction, scope: Scope, holder: UUID, now: datetime) -> None:
    """This call stops without an answer; the next with the same key may take over at once."""
    await connection.execute(_RELEASE, {**_key(scope), "holder": holder, "now": now})


async def clear(connection: Transaction, now: datetime) -> None:
    await connection.execute(_CLEAR, {"before": now - RETENTION})


def _state(row: Any, bid: Bid) -> Claimed:
    if row.fingerprint != bid.fingerprint:
        return Claimed.CONFLICT
    if row.answer is not None:
        return Claimed.ANSWERED
    return Claimed.IN_PROGRESS if bid.now < row.lease_until <= bid.now + LONGEST_LEASE else Claimed.TAKEN_OVER


def _key(scope: Scope) -> dict[str, Any]:
    return {"caller": scope.caller, "operation": scope.operation, "key": scope.key}


def _binding(bid: Bid) -> dict[str, Any]:
    return {
        "fingerprint": bid.fingerprint,
        "payment_id": bid.payment_id,
        "refund_id": bid.refund_id,
        "holder": bid.holder,
        "lease_until": bid.now + LEASE,
        "now": bid.now,
    }

"""The mock provider's own books: checkouts, what was charged for them, what went back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from data.money import Money, stored_money
from data.statements import Reading
from data.transaction import Transaction


@dataclass(frozen=True, slots=True)
class MockCheckout:
    """As it was written; what time has made of it since is not in it."""

    id: str
    payment_id: UUID
    attempt: int
    amount: Money
    state: str
    expires_at: datetime
    success_url: str
    cancel_url: str
    created_at: datetime
    description: str | None = None
    closed_by_payer: bool = False
    decline_code: str | None = None
    decline_message: str | None = None
    settles_at: datetime | None = None
    """When money that is on its way arrives."""
    charged: Money | None = None


@dataclass(frozen=True, slots=True)
class MockRefund:
    id: str
    refund_id: UUID | None
    """Null where it was made at the provider, not asked for by us."""
    amount: Money
    state: str
    created_at: datetime


_OWN = """id, payment_id, attempt, state, expires_at, success_url, cancel_url, created_at, description, closed_by_payer,
decline_code, decline_message, settles_at"""
_READ = f"""
SELECT {", ".join(f"c.{name.strip()}" for name in _OWN.split(","))}, c.amount, c.currency,
  h.amount AS charged_amount, h.currency AS charged_currency
FROM mesaya_payments.mock_checkouts c LEFT JOIN mesaya_payments.mock_charges h ON h.checkout_id = c.id
"""
_BY_ID = text(f"{_READ} WHERE c.id = :id")
_BY_ORDER = text(f"{_READ} WHERE c.payment_id = :payment_id AND c.attempt = :attempt")
_LOCK = text("SELECT 1 FROM mesaya_payments.mock_checkouts WHERE id = :id FOR UPDATE")
_INSERT = text("""
INSERT INTO mesaya_payments.mock_checkouts
  (id, payment_id, attempt, amount, currency, state, expires_at, success_url, cancel_url, created_at, description)
VALUES (:id, :payment_id, :attempt, :amount, :currency, :state, :expires_at, :success_url, :cancel_url, :created_at,
  :description)
ON CONFLICT (payment_id, attempt) DO NOTHING RETURNING id
""")
_UPDATE = text("""
UPDATE mesaya_payments.mock_checkouts
SET state = :state, closed_by_payer = :closed_by_payer, decline_code = :decline_code,
  decline_message = :decline_message, settles_at = :settles_at
WHERE id = :id
""")
_CHARGE = text("""
INSERT INTO mesaya_payments.mock_charges (checkout_id, amount, currency, created_at)
VALUES (:checkout_id, :amount, :currency, :now)
""")
_REFUND = text("""
INSERT INTO mesaya_payments.mock_refunds (id, checkout_id, refund_id, amount, currency, state, created_at)
VALUES (:id, :checkout_id, :refund_id, :amount, :currency, :state, :created_at)
""")
_REFUNDS = text("""
SELECT id, refund_id, amount, currency, state, created_at FROM mesaya_payments.mock_refunds
WHERE checkout_id = :checkout_id ORDER BY created_at, id
""")


async def insert(connection: Transaction, checkout: MockCheckout) -> bool:
    """False where this payment's attempt has one already; a rival with the same one waits here until we commit."""
    given = {
        "id": checkout.id,
        "payment_id": checkout.payment_id,
        "attempt": checkout.attempt,
        **_stored(checkout.amount),
        "state": checkout.state,
        "expires_at": checkout.expires_at,
        "success_url": checkout.success_url,
        "cancel_url": checkout.cancel_url,
        "created_at": checkout.created_at,
        "description": checkout.description,
    }
    return bool(await connection.execute(_INSERT, given))


async def by_order(connection: Reading, payment_id: UUID, attempt: int) -> MockCheckout | None:
    return _read(await connection.execute(_BY_ORDER, {"payment_id": payment_id, "attempt": attempt}))


async def by_id(connection: Reading, checkout_id: str) -> MockCheckout | None:
    return _read(await connection.execute(_BY_ID, {"id": checkout_id}))


async def lock(connection: Transaction, checkout_id: str) -> MockCheckout | None:
    """Nobody else changes it, charges for it or refunds it until the transaction ends."""
    await connection.execute(_LOCK, {"id": checkout_id})
    # A second statement, since the first one sees the charges of the time before it had the lock.
    return await by_id(connection, checkout_id)


async def save(connection: Transaction, checkout: MockCheckout) -> None:
    """Under its lock."""
    given = {
        "id": checkout.id,
        "state": checkout.state,
        "closed_by_payer": checkout.closed_by_payer,
        "decline_code": checkout.decline_code,
        "decline_message": checkout.decline_message,
        "settles_at": checkout.settles_at,
    }
    await connection.execute(_UPDATE, given)


async def charge(connection: Transaction, checkout_id: str, amount: Money, now: datetime) -> None:
    """Raises UniqueViolationError for a second charge of one checkout."""
    await connection.execute(_CHARGE, {"checkout_id": checkout_id, **_stored(amount), "now": now})


async def refund(connection: Transaction, checkout_id: str, made: MockRefund) -> None:
    """Under the checkout's lock."""
    given = {
        "id": made.id,
        "checkout_id": checkout_id,
        "refund_id": made.refund_id,
        **_stored(made.amount),
        "state": made.state,
        "created_at": made.created_at,
    }
    await connection.execute(_REFUND, given)


async def refunds_of(connection: Reading, checkout_id: str) -> list[MockRefund]:
    """Oldest first."""
    rows = await connection.execute(_REFUNDS, {"checkout_id": checkout_id})
    return [
        MockRefund(row.id, row.refund_id, stored_money(row.amount, row.currency), row.state, row.created_at)
        for row in rows
    ]


def _read(found: Iterable[Any]) -> MockCheckout | None:
    """Of one row, or none."""
    row = next(iter(found), None)
    if row is None:
        return None
    own = {name.strip(): getattr(row, name.strip()) for name in _OWN.split(",")}
    charged = None if row.charged_amount is None else stored_money(row.charged_amount, row.charged_currency)
    return MockCheckout(amount=stored_money(row.amount, row.currency), charged=charged, **own)


def _stored(amount: Money) -> dict[str, Decimal | str]:
    return {"amount": amount.amount, "currency": amount.currency}

"""What holds of every payment, whatever was raced, repeated, lost or killed."""

from datetime import datetime
from itertools import pairwise
from uuid import UUID

from sqlalchemy import text

from data import events, mock_provider, payments, refunds
from data.database import Database
from data.events import Event, EventKind
from data.mock_provider import MockCheckout, MockRefund
from data.payment import Payment
from data.refunds import RefundStatus
from data.status import TRANSITIONS, Status
from data.transaction import Transaction
from providers.mock_outcomes import as_of
from providers.protocol import CheckoutState

_SHARED = text("""
SELECT mesaya_payments.status_of(payment_status::text) AS status, amount, upper(currency) AS currency
FROM payments WHERE payment_id = :id
""")
_OWED = text("""
SELECT e.type, e.sequence, count(d.id) AS deliveries
FROM mesaya_payments.webhook_events e LEFT JOIN mesaya_payments.deliveries d ON d.event_id = e.id
WHERE e.payment_id = :id GROUP BY e.id, e.type, e.sequence ORDER BY e.sequence
""")
_CHECKOUTS = text("SELECT id FROM mesaya_payments.mock_checkouts WHERE payment_id = :id")


async def check(database: Database, payment_id: UUID, now: datetime) -> None:
    """Once the dust has settled: everybody has ended, and the provider was asked a last time."""
    async with database.transaction() as connection:
        payment = await payments.by_id(connection, payment_id)
        assert payment is not None, "no payment is ever lost"
        history = await events.after(connection, payment_id, 0)
        (shared,) = await connection.execute(_SHARED, {"id": payment_id})
        there = await _at_the_provider(connection, payment_id)
        ours = await refunds.of_payment(connection, payment_id)
    assert (shared.status, shared.amount, shared.currency) == (
        payment.status,
        payment.amount.amount,
        payment.amount.currency,
    ), "the shared row says what our record says"
    check_history(payment, history)
    _check_money(payment, [(as_of(checkout, now), made) for checkout, made in there])
    back = sum((made.amount.amount for _, made in _refunds(there)), 0)
    kept = [refund for refund in ours if refund.status is not RefundStatus.FAILED]
    assert payment.amount_reserved == sum((refund.amount.amount for refund in kept), 0) <= payment.paid.amount
    assert payment.amount_refunded == back, "we know of what went back, and of nothing else"
    assert payment.amount_reserved == payment.amount_refunded, "no refund is left without an answer"


async def check_debts(database: Database, payment_id: UUID) -> None:
    """Whoever hears of everything is owed what has happened, each thing once, and nothing else."""
    async with database.transaction() as connection:
        payment = await payments.by_id(connection, payment_id)
        history = await events.after(connection, payment_id, 0)
        owed = await connection.execute(_OWED, {"id": payment_id})
    assert payment is not None
    happened = [] if payment.provider_payment_id is None else [*filter(None, map(_told_of, history))]
    assert [tuple(row) for row in owed] == [(type_, sequence, 1) for type_, sequence in happened]


def _told_of(event: Event) -> tuple[str, int] | None:
    """What partners hear of it, if anything."""
    if event.sequence == 1:
        return "payment.created", 1
    if event.kind is EventKind.REFUND:
        return ("payment.refunded", event.sequence) if (event.detail or "").startswith("SUCCEEDED") else None
    told = event.kind is EventKind.STATUS and event.moved and event.status is not Status.REFUNDED
    return (f"payment.{event.status.lower()}", event.sequence) if told else None


def check_history(payment: Payment, history: list[Event]) -> None:
    assert [event.sequence for event in history] == list(range(1, payment.sequence + 1)), "gap-free"
    assert history[0].previous_status is None
    assert history[0].status is Status.PENDING
    for before, after in pairwise(history):
        assert after.previous_status is before.status, "no status is skipped"
        if after.moved:
            assert (before.status, after.status) in TRANSITIONS
        else:
            assert after.detail is not None, f"an event that says nothing: {after}"
    assert history[-1].status is payment.status


def _check_money(payment: Payment, there: list[tuple[MockCheckout, list[MockRefund]]]) -> None:
    charged = [checkout for checkout, _ in there if checkout.charged is not None]
    assert len(charged) <= 1, "nobody pays twice"
    if charged:
        assert payment.status in (Status.SUCCEEDED, Status.REFUNDED, Status.PROCESSING), "paid wins"
        assert payment.provider_payment_id == charged[0].id
    else:
        assert payment.status not in (Status.SUCCEEDED, Status.REFUNDED), "nobody has paid"
    if payment.status in (Status.CANCELED, Status.FAILED):
        states = [checkout.state for checkout, _ in there if checkout.id == payment.provider_payment_id]
        assert CheckoutState.OPEN not in states, "what is over cannot be paid any more"
    back = sum((made.amount.amount for _, made in _refunds(there)), 0)
    assert back <= sum((checkout.charged.amount for checkout in charged if checkout.charged), 0)
    assert (payment.status is Status.REFUNDED) == (bool(charged) and back == payment.paid.amount)


def _refunds(there: list[tuple[MockCheckout, list[MockRefund]]]) -> list[tuple[MockCheckout, MockRefund]]:
    return [(checkout, made) for checkout, refunds in there for made in refunds]


async def _at_the_provider(connection: Transaction, payment_id: UUID) -> list[tuple[MockCheckout, list[MockRefund]]]:
    rows = await connection.execute(_CHECKOUTS, {"id": payment_id})
    found = [await mock_provider.by_id(connection, row.id) for row in rows]
    return [
        (checkout, await mock_provider.refunds_of(connection, checkout.id))
        for checkout in found
        if checkout is not None
    ]

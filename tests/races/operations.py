"""What is raced: each operation on one payment, and the kinds of answers it may give, whatever the rival does."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from data.payment import Payment
from resolvers.cancel import CancelAnswer, cancel
from resolvers.provider_webhook import hear
from resolvers.reconcile import put_right, reconcile
from resolvers.refund import RefundAnswer, RefundRequest, refund
from resolvers.runtime import Runtime
from resolvers.verify import VerifyAnswer, verify
from tests.races.arena import SERVICE, Arena

PART = Decimal("6.00")
"""Of a payment of 10.00: one such refund fits, two do not."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two who race."""

    arena: Arena
    runtime: Runtime
    payment: Payment
    name: str


Do = Callable[[Side], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Raced:
    name: str
    do: Do
    answers: Any
    """The types that its answer may have."""


async def _verify(side: Side) -> VerifyAnswer:
    return await verify(side.runtime, SERVICE, side.payment.id, None)


async def _webhook(side: Side) -> None:
    await hear(side.runtime, *side.arena.report(side.payment, f"evt {side.payment.id} {side.name}"))


async def _same_webhook(side: Side) -> None:
    await hear(side.runtime, *side.arena.report(side.payment, f"evt {side.payment.id}"))


async def _cancel(side: Side) -> CancelAnswer:
    return await cancel(side.runtime, SERVICE, side.payment.id, None, "changed my mind")


async def _refund(side: Side) -> RefundAnswer:
    request = RefundRequest(side.payment.id, PART, "USD", None, f"{side.payment.id} {side.name}")
    return await refund(side.runtime, SERVICE, request)


async def _refund_all(side: Side) -> RefundAnswer:
    return await refund(side.runtime, SERVICE, RefundRequest(side.payment.id))


async def _expiry(side: Side) -> None:
    assert side.payment.expires_at is not None
    side.arena.clock.now = max(side.arena.clock.now, side.payment.expires_at + timedelta(seconds=1))
    await reconcile(side.runtime, side.payment.id)


async def _foreign_write(side: Side) -> None:
    """Another service holds an older status for the truth, and the reconciler puts it right."""
    await side.arena.sql(
        "UPDATE payments SET payment_status = mesaya_payments.label_of('FAILED') WHERE payment_id = :id",
        id=side.payment.id,
    )
    await put_right(side.runtime)


VERIFY = Raced("verify", _verify, VerifyAnswer)
WEBHOOK = Raced("webhook", _webhook, type(None))
SAME_WEBHOOK = Raced("the same webhook", _same_webhook, type(None))
CANCEL = Raced("cancel", _cancel, CancelAnswer)
EXPIRY = Raced("expiry", _expiry, type(None))
REFUND = Raced("refund", _refund, RefundAnswer)
REFUND_ALL = Raced("refund of all", _refund_all, RefundAnswer)
FOREIGN_WRITE = Raced("foreign write", _foreign_write, type(None))

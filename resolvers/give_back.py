"""Giving money back: asked of the provider once for each refund, whatever is lost or repeated on the way."""

from datetime import datetime
from uuid import UUID

import structlog

from data import refunds
from data.events import Cause
from data.payment import Payment
from data.refunds import Refund, RefundStatus
from providers.protocol import (
    CheckoutState,
    ProviderRefund,
    ProviderRefusedError,
    RefundOrder,
    RefundState,
    RefundUnansweredError,
    Truth,
)
from resolvers.ask import ask_anew
from resolvers.change import Also, Changed, Heard, apply, held
from resolvers.exchange import PROVIDER_SECONDS, exchange
from resolvers.runtime import Runtime

log = structlog.get_logger()


async def give_back(
    runtime: Runtime, payment: Payment, mine: Refund, seconds: float = PROVIDER_SECONDS
) -> ProviderRefund:
    """The refund's id and attempt are the provider's idempotency key. A refusal is a refund that FAILED. Raises
    ProviderError; where this attempt will never be answered, the next call is another attempt.

    Providers forget such keys after a day: whoever repeats this looks first (`look_for`).
    """
    assert payment.provider_payment_id is not None, "money came in through the provider"
    order = RefundOrder(mine.id, payment.id, payment.provider_payment_id, mine.amount, mine.reason, mine.attempt)
    try:
        async with exchange(runtime, payment, seconds) as provider:
            return await provider.refund(order)
    except RefundUnansweredError:
        async with runtime.database.transaction() as connection:
            await held(connection, payment.id)
            await refunds.begin_attempt(connection, mine.id, mine.attempt + 1, runtime.clock())
        raise
    except ProviderRefusedError as error:
        log.warning("provider refused a refund", payment_id=str(payment.id), refund_id=str(mine.id), reason=str(error))
        return ProviderRefund("", mine.id, mine.amount, RefundState.FAILED)


async def take_note(
    runtime: Runtime, payment: Payment, said: ProviderRefund, cause: Cause, also: Also | None = None
) -> Changed:
    """What the provider says of one refund says nothing of the checkout: OPEN changes no status."""
    return await apply(runtime, payment.id, Heard(Truth(CheckoutState.OPEN, refunds=(said,)), cause), also)


async def look_for(runtime: Runtime, payment: Payment, refund_id: UUID, cause: Cause) -> tuple[Payment, Refund]:
    """Both as the provider has them now: a refund whose answer was lost may be there. Raises ProviderError."""
    truth = await ask_anew(runtime, payment)
    if truth is not None:
        payment = (await apply(runtime, payment.id, Heard(truth, cause))).payment
    return payment, await one(runtime, payment.id, refund_id)


async def finish_lost(runtime: Runtime, payment: Payment) -> None:
    """Asks again for refunds whose answer was lost, once the provider's truth is known and has none of them."""
    async with runtime.database.transaction() as connection:
        lost = [refund for refund in await refunds.of_payment(connection, payment.id) if is_lost(refund)]
    for refund in lost:
        said = await give_back(runtime, payment, refund)
        await take_note(runtime, payment, said, Cause.RECONCILER)


async def lost_since(runtime: Runtime, payment_id: UUID) -> datetime | None:
    """When the oldest refund began whose answer is not known."""
    async with runtime.database.transaction() as connection:
        known = await refunds.of_payment(connection, payment_id)
    return min((refund.created_at for refund in known if is_lost(refund)), default=None)


async def one(runtime: Runtime, payment_id: UUID, refund_id: UUID) -> Refund:
    async with runtime.database.transaction() as connection:
        known = {refund.id: refund for refund in await refunds.of_payment(connection, payment_id)}
    return known[refund_id]


def is_lost(refund: Refund) -> bool:
    """Whether the provider's answer to it is not known."""
    return refund.status is RefundStatus.PENDING and refund.provider_refund_id is None

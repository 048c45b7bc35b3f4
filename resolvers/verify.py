"""Verify: ask the provider for the truth and record it."""

from datetime import timedelta
from uuid import UUID

from data.events import Cause
from data.payment import Payment
from providers.protocol import ProviderError
from resolvers import answers
from resolvers.ask import ask
from resolvers.caller import Caller
from resolvers.change import Heard, apply
from resolvers.exchange import unavailable
from resolvers.read import find
from resolvers.runtime import Runtime

FRESH = timedelta(seconds=1)
"""An answer younger than this is used again, unless a service asks: nobody outside makes us flood a provider."""

VerifyAnswer = answers.VerifyPaymentSuccess | answers.PaymentNotFound | answers.ProviderUnavailable


async def verify(runtime: Runtime, caller: Caller, payment_id: UUID, secret: str | None) -> VerifyAnswer:
    payment = await find(runtime, caller, payment_id, secret)
    if payment is None:
        return answers.PaymentNotFound(payment_id)
    if not payment.ours or (is_fresh(runtime, payment) and not caller.is_service):
        return answers.VerifyPaymentSuccess(payment, changed=False, previous_status=payment.status)
    try:
        truth = await ask(runtime, payment)
    except ProviderError as error:
        return unavailable(payment, error)
    if truth is None:
        now = await find(runtime, caller, payment_id, secret) or payment
        return answers.VerifyPaymentSuccess(now, changed=False, previous_status=payment.status)
    changed = await apply(runtime, payment_id, Heard(truth, Cause.VERIFY))
    moved = changed.payment.status != changed.previous_status
    return answers.VerifyPaymentSuccess(changed.payment, moved, changed.previous_status)


def is_fresh(runtime: Runtime, payment: Payment) -> bool:
    """Whether the provider answered about it just now; what another machine's clock puts in the future is not known."""
    return payment.checked_at is not None and timedelta(0) <= runtime.clock() - payment.checked_at < FRESH

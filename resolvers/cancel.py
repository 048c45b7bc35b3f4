"""Cancel: close the checkout at the provider first; paid wins."""

from uuid import UUID

from data.events import Cause
from data.payment import Payment
from data.status import Status
from providers.protocol import CheckoutState, ProviderError, Truth
from resolvers import answers
from resolvers.ask import find_checkout
from resolvers.caller import Caller
from resolvers.change import Heard, apply
from resolvers.exchange import exchange, unavailable
from resolvers.input_checks import MAX_REASON, InputError, check_text
from resolvers.read import find
from resolvers.refusals import BadInputError
from resolvers.runtime import Runtime

CancelAnswer = (
    answers.CancelPaymentSuccess | answers.PaymentNotFound | answers.PaymentNotCancelable | answers.ProviderUnavailable
)


async def cancel(
    runtime: Runtime, caller: Caller, payment_id: UUID, secret: str | None, reason: str | None
) -> CancelAnswer:
    """Raises BadInputError for a reason that cannot be kept."""
    try:
        check_text(reason, MAX_REASON, "reason")
    except InputError as error:
        raise BadInputError(str(error)) from error
    payment = await find(runtime, caller, payment_id, secret)
    if payment is None:
        return answers.PaymentNotFound(payment_id)
    if not payment.ours or payment.status not in (Status.PENDING, Status.PROCESSING):
        return _answer(payment)
    try:
        truth = await close(runtime, payment)
    except ProviderError as error:
        return unavailable(payment, error)
    return _answer((await apply(runtime, payment_id, Heard(truth, Cause.CANCEL, reason))).payment)


async def close(runtime: Runtime, payment: Payment) -> Truth:
    """Nobody can pay after this, or somebody has: the truth says which. Raises ProviderError.

    Where the provider has no checkout there is nothing to close; one just being made is closed once it is known.
    """
    provider_payment_id = payment.provider_payment_id or await find_checkout(runtime, payment)
    if provider_payment_id is None:
        return Truth(CheckoutState.EXPIRED, nothing_there=True)
    async with exchange(runtime, payment) as provider:
        return await provider.close_checkout(provider_payment_id)


def _answer(payment: Payment) -> CancelAnswer:
    if payment.status is Status.CANCELED:
        return answers.CancelPaymentSuccess(payment)
    return answers.PaymentNotCancelable(payment)

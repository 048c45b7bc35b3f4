"""What the payer who comes back from the checkout is told."""

from uuid import UUID

from data import payments
from data.events import Cause
from data.payment import Payment
from data.status import Status
from providers.protocol import ProviderError
from resolvers.ask import ask
from resolvers.change import Heard, apply
from resolvers.client_secret import Purpose, proves
from resolvers.runtime import Runtime
from resolvers.verify import FRESH, is_fresh


async def result(runtime: Runtime, payment_id: UUID, proof: str) -> Payment | None:
    """The payment as the provider has it now, or as we know it where the provider does not answer.

    None unless the proof was made for this payment.
    """
    if not proves(proof, payment_id, runtime.rules.secret_keys, Purpose.RESULT_PAGE):
        return None
    payment = await _read(runtime, payment_id)
    if payment is not None and payment.status is Status.PENDING and is_fresh(runtime, payment):
        await runtime.sleep(FRESH.total_seconds())  # that answer may be from before the payer paid
        payment = await _read(runtime, payment_id)
    if payment is None or not payment.ours or is_fresh(runtime, payment):
        return payment
    try:
        truth = await ask(runtime, payment)
    except ProviderError:
        return payment
    return payment if truth is None else (await apply(runtime, payment_id, Heard(truth, Cause.VERIFY))).payment


async def _read(runtime: Runtime, payment_id: UUID) -> Payment | None:
    async with runtime.database.transaction() as connection:
        return await payments.by_id(connection, payment_id)

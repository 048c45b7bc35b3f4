"""A provider's webhook: only a reason to ask. Its id and its effect are one transaction."""

from collections.abc import Mapping

import structlog

from data import payments, provider_events
from data.events import Cause
from data.payment import Payment
from providers.protocol import Notice, ProviderSilentError
from resolvers.ask import ask_anew
from resolvers.change import Heard, apply
from resolvers.exchange import limited
from resolvers.runtime import Runtime

log = structlog.get_logger()


async def hear(runtime: Runtime, headers: Mapping[str, str], body: bytes) -> None:
    """Returns once the effect is committed. Raises SignatureRefusedError; ProviderError means: send it again."""
    notice = runtime.provider.read_webhook(headers, body, runtime.clock())
    payment = await _payment(runtime, notice)
    if payment is None or not payment.ours:
        await _note(runtime, notice)
        return
    known, named = payment.provider_payment_id, notice.provider_payment_id
    if known and named and named != known:
        log.error("provider event of a second checkout", payment_id=str(payment.id), provider_payment_id=named)
    truth = await ask_anew(runtime, payment)
    if truth is None:
        log.warning("provider event of a checkout that it does not have", event_id=notice.event_id, type=notice.type)
        raise ProviderSilentError("the provider tells of a checkout and does not show it")
    await apply(runtime, payment.id, Heard(truth, Cause.PROVIDER_WEBHOOK, notice=notice))


async def _payment(runtime: Runtime, notice: Notice) -> Payment | None:
    payment_id = notice.payment_id
    if payment_id is None and notice.part is not None:
        async with limited():
            payment_id = await runtime.provider.payment_of(notice.part)
    async with runtime.database.transaction() as connection:
        if payment_id is not None:
            return await payments.by_id(connection, payment_id)
        if notice.provider_payment_id is not None:
            return await payments.by_provider_id(connection, runtime.provider.name, notice.provider_payment_id)
    return None


async def _note(runtime: Runtime, notice: Notice) -> None:
    log.info("provider event of a payment that is not ours", event_id=notice.event_id, type=notice.type)
    async with runtime.database.transaction() as connection:
        await provider_events.first_time(
            connection, runtime.provider.name, notice.event_id, notice.type, None, runtime.clock()
        )

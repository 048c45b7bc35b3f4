"""Asking the provider about one payment: the checkout found again where its answer was lost, then its truth."""

import asyncio
from dataclasses import replace
from datetime import datetime

from data.idempotency import LEASE
from data.payment import Payment
from providers.protocol import Checkout, Truth
from resolvers.change import edit
from resolvers.exchange import exchange
from resolvers.next_look import FIRST_LOOK, next_look
from resolvers.order import order_of
from resolvers.runtime import Runtime


async def ask(runtime: Runtime, payment: Payment) -> Truth | None:
    """None where the provider has no checkout of this payment.

    All who ask about one payment at the same time share one question. Raises ProviderError; a time-out is silence.
    """
    asking = runtime.asking.get(payment.id)
    if asking is None:
        asking = asyncio.create_task(ask_anew(runtime, payment))
        runtime.asking[payment.id] = asking
        asking.add_done_callback(lambda _: runtime.asking.pop(payment.id, None))
    return await asyncio.shield(asking)


async def ask_anew(runtime: Runtime, payment: Payment) -> Truth | None:
    """As `ask`, with a question of its own: what happened before the call is in the answer."""
    provider_payment_id = payment.provider_payment_id or await find_checkout(runtime, payment)
    if provider_payment_id is None:
        return None
    async with exchange(runtime, payment) as provider:
        return await provider.fetch(provider_payment_id)


async def find_checkout(runtime: Runtime, payment: Payment) -> str | None:
    """Looks for a checkout whose creation was not answered, and keeps its id, or keeps that there is none."""
    asked_at = runtime.clock()
    async with exchange(runtime, payment) as provider:
        checkout = await provider.find_checkout(order_of(payment))
    if checkout is not None:
        return (await edit(runtime, payment.id, lambda held: attached(held, checkout))).provider_payment_id
    await edit(runtime, payment.id, lambda held: _none(runtime, held, payment.attempt, asked_at))
    return None


def attached(payment: Payment, checkout: Checkout) -> Payment:
    """With the provider's checkout, the first one known; what it says of the payment is asked separately."""
    if payment.provider_payment_id is not None:
        return payment
    return replace(
        payment,
        provider_payment_id=checkout.provider_payment_id,
        checkout_url=checkout.url,
        unknown_since=None,
        last_error=None,
        checks=0,
    )


def _none(runtime: Runtime, payment: Payment, attempt: int, asked_at: datetime) -> Payment:
    """For sure once every call that creates it had ended when we asked; until then one may be under way.

    The next creation is a new attempt, since providers replay even errors.
    """
    if payment.provider_payment_id is not None or payment.attempt != attempt:
        return payment
    since, now = payment.opening_since, runtime.clock()
    known = replace(payment, checked_at=now)
    if since is not None and asked_at - since < LEASE:
        return replace(known, next_check_at=since + FIRST_LOOK)
    if since is not None:
        known = replace(known, unknown_since=None, last_error=None, checks=0, attempt=attempt + 1)
    return replace(known, next_check_at=next_look(known, None, now))

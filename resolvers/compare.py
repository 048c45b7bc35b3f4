"""All our payments since an instant beside the provider's books."""

from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

from data import events, payments, refunds
from data.events import Cause, EventKind
from data.payment import Payment
from data.payments import Position
from providers.protocol import Books, CheckoutState, ProviderError, Recorded
from resolvers.differences import Difference, DifferenceKind, differences
from resolvers.exchange import exchange
from resolvers.reconcile import reconcile
from resolvers.runtime import Runtime
from resolvers.settle import Word

PAGE = 500
ALIVE = (CheckoutState.OPEN, CheckoutState.PROCESSING, CheckoutState.PAID)


async def compare(runtime: Runtime, books: Books, since: datetime) -> list[Difference]:
    """Changes nothing. Raises ProviderError."""
    found: list[Difference] = []
    met: set[UUID] = set()
    async for recorded in books.checkouts_since(since):
        if recorded.payment_id is not None:
            met.add(recorded.payment_id)
            found += await _recorded(runtime, recorded)
    async for payment in _made_since(runtime, since):
        if payment.id not in met and payment.provider_payment_id is not None:
            found += await _not_listed(runtime, payment, payment.provider_payment_id)
    return found


async def apply_differences(runtime: Runtime, found: list[Difference]) -> list[Difference]:
    """Takes the provider's word wherever that helps, as the reconciler does; answers with what is left."""
    for payment_id in {each.payment_id for each in found if each.can_apply and each.payment_id is not None}:
        await reconcile(runtime, payment_id)
    return [each for each in found if not each.can_apply]


async def _recorded(runtime: Runtime, recorded: Recorded) -> list[Difference]:
    assert recorded.payment_id is not None
    async with runtime.database.transaction() as connection:
        payment = await payments.by_id(connection, recorded.payment_id)
    session, state = recorded.provider_payment_id, str(recorded.truth.state)
    if payment is None or not payment.ours:
        return [Difference(DifferenceKind.UNKNOWN, recorded.payment_id, session, "", state)]
    if payment.provider_payment_id is None:
        return [Difference(DifferenceKind.UNKNOWN, payment.id, session, str(payment.status), state, can_apply=True)]
    if payment.provider_payment_id != session:
        alive = recorded.truth.state in ALIVE
        return [Difference(DifferenceKind.SECOND, payment.id, session, str(payment.status), state)] if alive else []
    return await _beside(runtime, payment, recorded)


async def _not_listed(runtime: Runtime, payment: Payment, provider_payment_id: str) -> list[Difference]:
    """Its checkout may be older than the instant, or was never there."""
    try:
        async with exchange(runtime, payment) as provider:
            truth = await provider.fetch(provider_payment_id)
    except ProviderError as error:
        return [Difference(DifferenceKind.MISSING, payment.id, provider_payment_id, str(payment.status), str(error))]
    return await _beside(runtime, payment, Recorded(provider_payment_id, payment.id, truth))


async def _beside(runtime: Runtime, payment: Payment, recorded: Recorded) -> list[Difference]:
    async with runtime.database.transaction() as connection:
        history = await events.after(connection, payment.id, 0)
        ours = await refunds.of_payment(connection, payment.id)
    known = frozenset(event.detail or "" for event in history if event.kind is EventKind.DISPUTE)
    word = Word(recorded.truth, Cause.RECONCILER, runtime.clock(), known_disputes=known)
    return differences(payment, ours, recorded, word, runtime.new_id)


async def _made_since(runtime: Runtime, since: datetime) -> AsyncIterator[Payment]:
    after: Position | None = None
    while True:
        async with runtime.database.transaction() as connection:
            page = await payments.page(connection, PAGE, after)
        for payment in page:
            if payment.created_at < since:
                return
            if payment.ours and payment.provider == runtime.provider.name:
                yield payment
        if len(page) < PAGE:
            return
        after = Position(page[-1].created_at, page[-1].id)

"""Reading payments, each as its caller may see it."""

from uuid import UUID

from data import payments
from data.payment import Payment
from data.payments import Filters, Position
from data.shared_payments import Page
from resolvers.caller import Caller
from resolvers.runtime import Runtime
from resolvers.visible import sight_of, sight_of_one


async def find(runtime: Runtime, caller: Caller, payment_id: UUID, secret: str | None) -> Payment | None:
    """None where there is none, or none that the caller may see: the two look alike."""
    sight = sight_of_one(runtime, caller, payment_id, secret)
    if sight is None:
        return None
    return (await payments.by_ids(runtime.database.reads, [payment_id], sight.user_id)).get(payment_id)


async def page(runtime: Runtime, caller: Caller, filters: Filters, limit: int, after: Position | None) -> list[Payment]:
    """Up to `limit` payments, newest first. Raises NotSignedInError."""
    sight = sight_of(caller)
    reservation_id = filters.reservation_id
    if reservation_id is not None and filters == Filters(reservation_id, statuses=filters.statuses):
        page = Page(filters.statuses, limit, after, sight.user_id)
        return (await runtime.database.shared.of_reservation.get(page, [reservation_id]))[reservation_id]
    return await payments.page(runtime.database.reads, filters, limit, after, sight.user_id)

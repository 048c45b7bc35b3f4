"""Reading payments, each as its caller may see it."""

from uuid import UUID

from data import payments
from data.payment import Payment
from data.payments import Filters, Position
from resolvers.caller import Caller
from resolvers.runtime import Runtime
from resolvers.visible import sight_of, sight_of_one


async def find(runtime: Runtime, caller: Caller, payment_id: UUID, secret: str | None) -> Payment | None:
    """None where there is none, or none that the caller may see: the two look alike."""
    sight = sight_of_one(runtime, caller, payment_id, secret)
    if sight is None:
        return None
    async with runtime.database.transaction() as connection:
        return (await payments.by_ids(connection, [payment_id], sight.user_id)).get(payment_id)


async def page(runtime: Runtime, caller: Caller, filters: Filters, limit: int, after: Position | None) -> list[Payment]:
    """Up to `limit` payments, newest first. Raises NotSignedInError."""
    sight = sight_of(caller)
    async with runtime.database.transaction() as connection:
        return await payments.page(connection, filters, limit, after, sight.user_id)

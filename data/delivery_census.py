"""How many deliveries are not done, and for how long: counted by indexes of those alone, however many there were."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from data.delivery import DeliveryState
from data.transaction import Transaction

NOT_DONE = (DeliveryState.PENDING, DeliveryState.HELD, DeliveryState.FAILED)
"""Those that were delivered are too many to be counted again and again."""

_COUNTS = text(
    " UNION ALL ".join(
        f"SELECT '{state}' AS state, count(*) AS deliveries FROM mesaya_payments.deliveries WHERE state = '{state}'"
        for state in NOT_DONE
    )
)
_OLDEST = text("SELECT min(ready_at) AS oldest FROM mesaya_payments.deliveries WHERE state = 'PENDING'")


@dataclass(frozen=True, slots=True)
class DeliveryCensus:
    by_state: dict[str, int]
    oldest_pending: datetime | None
    """When it was begun, for the first time or again."""


async def delivery_census(connection: Transaction) -> DeliveryCensus:
    states = {row.state: row.deliveries for row in await connection.execute(_COUNTS)}
    (pending,) = await connection.execute(_OLDEST)
    return DeliveryCensus(states, pending.oldest)

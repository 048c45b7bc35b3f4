"""`python -m webhooks replay`: asks for it; the senders do it."""

import sys
from datetime import UTC, datetime, timedelta
from uuid import UUID

from data.database import opened
from data.delivery import DeliveryState
from data.due_deliveries import Stretch
from webhooks.replay import MISSED, ask, refusal


async def replay(
    database_url: str,
    partner_id: UUID,
    since: datetime,
    until: datetime,
    retention: timedelta | None,
    states: tuple[DeliveryState, ...] = MISSED,
) -> int:
    """Raises SettingsError where the database is away."""
    now = datetime.now(UTC)
    stretch = Stretch(partner_id, since, min(until, now), states, now)
    problem = refusal(stretch, retention)
    if problem is not None:
        print(problem, file=sys.stderr)
        return 2
    async with opened(database_url) as database, database.transaction() as connection:
        count = await ask(connection, stretch)
    print(
        f"{count} deliveries are sent again" if count else f"no delivery to this partner then is {' or '.join(states)}"
    )
    return 0

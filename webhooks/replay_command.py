"""`python -m webhooks replay`: asks for it; the senders do it."""

import sys
from datetime import UTC, datetime, timedelta
from uuid import UUID

from data.database import Database
from data.due_deliveries import Stretch
from webhooks.replay import MISSED, ask, refusal


async def replay(
    database_url: str, partner_id: UUID, since: datetime, until: datetime, retention: timedelta | None
) -> int:
    now = datetime.now(UTC)
    stretch = Stretch(partner_id, since, min(until, now), MISSED, now)
    problem = refusal(stretch, retention)
    if problem is not None:
        print(problem, file=sys.stderr)
        return 2
    database = Database(database_url)
    try:
        async with database.transaction() as connection:
            count = await ask(connection, stretch)
    finally:
        await database.close()
    print(f"{count} deliveries are sent again")
    return 0

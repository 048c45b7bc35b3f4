"""`python -m webhooks replay`: asks for it; the senders do it."""

import sys
from datetime import UTC, datetime
from uuid import UUID

from data.database import Database
from data.due_deliveries import Stretch
from webhooks.replay import LONGEST, MISSED, ask


async def replay(database_url: str, partner_id: UUID, since: datetime, until: datetime) -> int:
    now = datetime.now(UTC)
    end = min(until, now)
    if since >= end or end - since > LONGEST:
        print(f"--since lies before --until and now, and {LONGEST.days} days before at most", file=sys.stderr)
        return 2
    database = Database(database_url)
    try:
        async with database.transaction() as connection:
            count = await ask(connection, Stretch(partner_id, since, end, MISSED, now))
    finally:
        await database.close()
    print(f"{count} deliveries are sent again")
    return 0

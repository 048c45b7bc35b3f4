"""Partners for tests, in the shared table."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import text

from data.database import Database

HEX = "6f1d2c3b4a5968778695a4b3c2d1e0f00112233445566778899aabbccddeeff0"
WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

_INSERT = text("""
INSERT INTO partners (id, name, webhook_url, secret, status, events, api_version, created_at)
VALUES (:id, :name, :url, :secret, CAST(:status AS partners_status_enum), :events, :api_version,
  coalesce(CAST(:created_at AS timestamp), now()))
""")
_SET = "UPDATE partners SET {column} = {value} WHERE id = :id"


async def add_partner(
    database: Database,
    url: str = "http://127.0.0.1:9/hooks",
    *,
    secret: str = WHSEC,
    events: str = "*",
    status: str = "active",
    api_version: str = "v1",
    created_at: datetime | None = None,
    name: str | None = None,
) -> UUID:
    partner_id = uuid4()
    given = {
        "id": partner_id,
        "name": name or f"partner {partner_id}",
        "url": url,
        "secret": secret,
        "status": status,
        "events": events,
        "api_version": api_version,
        "created_at": created_at,
    }
    async with database.transaction() as connection:
        await connection.execute(_INSERT, given)
    return partner_id


async def change_partner(database: Database, partner_id: UUID, **changes: str) -> None:
    """As mesaYA_Res does it."""
    async with database.transaction() as connection:
        for column, value in changes.items():
            cast = "CAST(:value AS partners_status_enum)" if column == "status" else ":value"
            statement = text(_SET.format(column=column, value=cast))
            await connection.execute(statement, {"value": value, "id": partner_id})

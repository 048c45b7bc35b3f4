"""One partner to begin with, in a database of our own that has none."""

from uuid import UUID

from sqlalchemy import text

from data.database import opened

PARTNER_ID = UUID("0199c3a4-7a10-7000-8000-00000000de00")
SECRET = "whsec_bWVzYVlBIGRlbW9uc3RyYXRpb24gc2VjcmV0"  # noqa: S105 - known to everybody, and to this database alone
PORT = 8090
"""Where `python -m webhooks listen` listens."""
URL = f"http://127.0.0.1:{PORT}/webhooks"

_INSERT = text("""
INSERT INTO partners (id, name, webhook_url, secret, status, events, description, api_version)
SELECT :id, 'Demonstration', :url, :secret, 'active', '*', 'Hears of everything: python -m webhooks listen', 'v2'
WHERE NOT EXISTS (SELECT FROM partners) ON CONFLICT DO NOTHING
""")


async def seed_partner(database_url: str) -> None:
    """Where there is none."""
    async with opened(database_url) as database, database.transaction() as connection:
        await connection.execute(_INSERT, {"id": PARTNER_ID, "url": URL, "secret": SECRET})

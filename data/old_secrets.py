"""Secrets that partners have replaced lately: a trigger on the shared table keeps them, and they are soon forgotten."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from data.secret import Secret, secret_of
from data.transaction import Transaction

_OF = text("""
SELECT partner_id, secret FROM mesaya_payments.old_secrets
WHERE partner_id = ANY(CAST(:ids AS uuid[])) AND replaced_at > :since ORDER BY replaced_at DESC
""")
_FORGET = text("DELETE FROM mesaya_payments.old_secrets WHERE replaced_at <= :before")


async def of(connection: Transaction, ids: Sequence[UUID], since: datetime) -> dict[UUID, list[Secret]]:
    """Those replaced after `since`, each once, the newest first."""
    found: dict[UUID, dict[Secret, None]] = {}
    for row in await connection.execute(_OF, {"ids": list(ids), "since": since}):
        secret = secret_of(row.secret)
        if secret is not None:
            found.setdefault(row.partner_id, {})[secret] = None
    return {partner_id: list(secrets) for partner_id, secrets in found.items()}


async def forget(connection: Transaction, before: datetime) -> None:
    await connection.execute(_FORGET, {"before": before})

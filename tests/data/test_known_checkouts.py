"""Payments of before 0008 get their checkouts from the shared rows, a few at a time; what is known is left alone."""

from importlib import import_module

import asyncpg
import pytest

from benchmarks.data import grow
from data.database import plain_dsn
from data.migrate import migrate

PAYMENTS = 25
BACK = """
ALTER TABLE mesaya_payments.refunds DROP COLUMN attempt;
DROP INDEX mesaya_payments.old_secrets_of_partner;
ALTER TABLE mesaya_payments.old_secrets ADD PRIMARY KEY (partner_id, secret);
ALTER TABLE mesaya_payments.deliveries DROP COLUMN changed_at;
DROP FUNCTION mesaya_payments.stamp_change CASCADE;
UPDATE mesaya_payments.alembic_version SET version_num = '0008';
UPDATE mesaya_payments.records SET provider = NULL, provider_payment_id = NULL;
UPDATE mesaya_payments.records SET provider = 'mock', provider_payment_id = 'known'
WHERE payment_id = (SELECT min(payment_id::text)::uuid FROM mesaya_payments.records)
"""
FOUND = """
SELECT count(*) FILTER (WHERE r.provider = p.provider AND r.provider_payment_id = p.provider_payment_id),
  count(*) FILTER (WHERE r.provider_payment_id = 'known')
FROM mesaya_payments.records r JOIN payments p USING (payment_id)
"""


async def test_they_are_taken_over(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("data.migrations.versions.0009_known_checkouts"), "AT_ONCE", 4)
    await grow(plain_dsn(database_url), PAYMENTS)
    connection = await asyncpg.connect(plain_dsn(database_url))
    try:
        await connection.execute(BACK)
        assert (await migrate(database_url))[0] == "0008"
        assert tuple(await connection.fetchrow(FOUND) or ()) == (PAYMENTS - 1, 1)
    finally:
        await connection.close()

"""An idempotency key that a service has used before it had no hash in its name is found again."""

from importlib import import_module

from sqlalchemy import text

from data.database import Database

KEYS = text("""
INSERT INTO mesaya_payments.idempotency_keys
  (caller, operation, key, fingerprint, payment_id, holder, lease_until, created_at)
SELECT caller, 'refund', key, '', gen_random_uuid(), gen_random_uuid(), now(), now() - age * interval '1 day'
FROM (VALUES ('service:0a1b2c3d', 'one', 1), ('service:0a1b2c3d', 'twice', 1), ('service:ffffffff', 'twice', 2),
  ('service:desk', 'named', 1), ('user:0190a1b2-0000-7000-8000-000000000001', 'one', 1)) AS used (caller, key, age)
""")
FOUND = text("SELECT caller, key, created_at::date - now()::date AS day FROM mesaya_payments.idempotency_keys")


async def test_keys_of_services_without_a_name_are_one_services(database: Database) -> None:
    renamed = text(import_module("data.migrations.versions.0007_services_by_name").ONE_SERVICE)
    async with database.transaction() as connection:
        await connection.execute(KEYS, {})
        await connection.execute(renamed, {})
        found = {(row.caller, row.key, row.day) for row in await connection.execute(FOUND, {})}
    assert found == {
        ("service", "one", -1),
        ("service", "twice", -2),
        ("service:0a1b2c3d", "twice", -1),
        ("service:desk", "named", -1),
        ("user:0190a1b2-0000-7000-8000-000000000001", "one", -1),
    }

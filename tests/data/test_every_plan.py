"""No statement of ours reads a table from end to end that grows: whatever is written in `data/` is looked at here."""

import importlib
import pkgutil
from collections.abc import Iterator

import asyncpg
from sqlalchemy import TextClause
from sqlalchemy.dialects.postgresql.asyncpg import dialect

import data
from data.database import plain_dsn
from tests.conftest import run
from tests.data import test_delivery_plans, test_plans
from tests.data.plans import generic_plan

ROWS = 20_000
FILL = f"""
SET session_replication_role = replica;
INSERT INTO mesaya_payments.webhook_events (id, type, payment_id, sequence, body_v1, body_v2, body_n8n, fanned_out,
  created_at)
SELECT gen_random_uuid(), 't', payment_id, 1, '', '', '', payment_id > '{"0" * 29}100', created_at FROM payments;
INSERT INTO mesaya_payments.delivery_attempts (delivery_id, number, started_at, duration_ms)
SELECT id, 1, created_at, 5 FROM mesaya_payments.deliveries;
INSERT INTO mesaya_payments.idempotency_keys (caller, operation, key, fingerprint, payment_id, holder, lease_until,
  created_at)
SELECT 'c', 'checkout', payment_id, '', payment_id, payment_id, created_at, created_at FROM payments;
INSERT INTO mesaya_payments.mock_checkouts (id, payment_id, attempt, amount, currency, state, success_url, cancel_url,
  expires_at, created_at)
SELECT payment_id, payment_id, 1, 10, 'USD', 'PAID', 's', 'c', created_at, created_at FROM payments;
INSERT INTO mesaya_payments.mock_charges SELECT id, amount, currency, created_at FROM mesaya_payments.mock_checkouts;
INSERT INTO mesaya_payments.mock_refunds (id, checkout_id, amount, currency, state, created_at)
SELECT id, id, 1, 'USD', 'SUCCEEDED', created_at FROM mesaya_payments.mock_checkouts;
INSERT INTO mesaya_payments.provider_events (provider, event_id, type, payment_id, received_at)
SELECT 'mock', payment_id, 't', payment_id, created_at FROM payments;
INSERT INTO mesaya_payments.jobs (priority, queue_manager_id, created, updated, heartbeat, execute_after, status,
  entrypoint, dedupe_key, payload)
SELECT 0, NULL, at, at, at, at, 'queued', 'deliver:' || n % 50, NULL, '' FROM generate_series(1, {ROWS}) n,
  LATERAL (SELECT timestamptz '2026-01-01T00:00Z' + n * interval '1 minute') t (at);
ANALYZE
"""
SMALL = {"partners", "partner_health", "old_secrets", "foreign_writes"}
"""Tables that do not grow with payments: as many rows as there are partners, or what waits to be put right."""
COUNTS = {
    ("due", "_BY_STATUS"): "for /metrics, at most every 15 seconds",
    ("jobs", "_BACKLOG"): "at most once a second, of what is not done",
}
"""Statements that count, and why they may."""


def statements() -> Iterator[tuple[tuple[str, str], str]]:
    for module in pkgutil.iter_modules(data.__path__):
        if module.name == "migrations":
            continue
        for name, value in vars(importlib.import_module(f"data.{module.name}")).items():
            several = value.values() if isinstance(value, dict) else [value]
            for clause in several:
                if isinstance(clause, TextClause) and clause.text.split()[0] != "TRUNCATE":
                    yield (module.name, name), str(clause.compile(dialect=dialect()))  # type: ignore[no-untyped-call]


async def test_no_statement_reads_a_growing_table_from_end_to_end(database_url: str) -> None:
    for fill in (test_plans.FILL, test_delivery_plans.FILL, FILL):
        await run(database_url, fill)
    connection = await asyncpg.connect(plain_dsn(database_url))
    try:
        scanning = {
            name: scanned
            for name, statement in statements()
            if (scanned := (await generic_plan(connection, statement)).scanned - SMALL)
        }
    finally:
        await connection.close()
    assert scanning.keys() <= COUNTS.keys(), scanning


def test_all_statements_are_seen() -> None:
    names = {name for name, _ in statements()}
    assert len(names) > 60 and {("payments", "_BY_IDS"), ("events", "_PAGES"), ("due", "_CLAIM")} <= names

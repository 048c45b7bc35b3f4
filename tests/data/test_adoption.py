"""What other services have in the shared database stays as it is, and goes on working."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import text

from data import changes, payments
from data.database import Database, plain_dsn
from data.events import Cause, first_event
from data.migrate import migrate
from data.status import Status
from tests.conftest import run
from tests.data.conftest import load
from tests.data.revisions import NEWEST
from tests.data.snapshots import Column, Snapshot, snapshot
from tests.resolvers.payments import payment

EXTENDED: dict[str, Column] = {
    "user_id": ("uuid", None, False),
    "currency": ("character varying(3)", "'usd'::character varying", False),
    "payment_type": ("character varying(20)", "'reservation'::character varying", False),
    "provider": ("character varying(50)", "'mock'::character varying", False),
    "provider_payment_id": ("character varying(255)", None, False),
    "checkout_url": ("text", None, False),
    "payer_email": ("character varying(255)", None, False),
    "payer_name": ("character varying(255)", None, False),
    "description": ("text", None, False),
    "metadata": ("jsonb", "'{}'::jsonb", False),
    "idempotency_key": ("character varying(255)", None, False),
    "failure_reason": ("text", None, False),
}
OLD = UUID("9f88d44f-71f0-4bee-866e-436df2bfb877")
ADDED = {
    "existing_mesaya_res": ["PROCESSING", "FAILED", "REFUNDED"],
    "existing_plain": ["processing", "refunded"],
}
WRITTEN = {
    "existing_mesaya_res": {Status.SUCCEEDED: "COMPLETED", Status.CANCELED: "CANCELLED", Status.REFUNDED: "REFUNDED"},
    "existing_plain": {Status.SUCCEEDED: "succeeded", Status.CANCELED: "canceled", Status.REFUNDED: "refunded"},
}


async def test_nothing_is_lost_renamed_or_retyped(existing_url: str) -> None:
    before = await snapshot(existing_url)
    await migrate(existing_url)
    _check_kept(before, await snapshot(existing_url))


async def test_the_extended_columns_are_those_and_no_others(existing_url: str) -> None:
    before = await snapshot(existing_url)
    await migrate(existing_url)
    after = await snapshot(existing_url)
    assert after.columns_of("payments") == before.columns_of("payments") | EXTENDED
    others = set(after.columns) - {f"payments.{name}" for name in after.columns_of("payments")}
    assert others - set(before.columns) == _partners_if_new(before)
    added = set(after.constraints) - set(before.constraints)
    assert after.constraints["payments.payments_idempotency_key_key"] == "UNIQUE (idempotency_key)"
    assert {name for name in added if not name.startswith("partners.")} == {"payments.payments_idempotency_key_key"}


async def test_missing_labels_are_added_in_the_databases_own_case(existing_url: str, shape: str) -> None:
    before = await snapshot(existing_url)
    await migrate(existing_url)
    prefix = "payment"
    added = [label for label in (await snapshot(existing_url)).labels if label not in before.labels]
    assert [label.partition(".")[2] for label in added if label.startswith(prefix)] == ADDED[shape]


async def test_migrating_again_changes_nothing(existing_url: str) -> None:
    assert await migrate(existing_url) == (None, NEWEST)
    once = [await snapshot(existing_url), await snapshot(existing_url, "mesaya_payments")]
    assert await migrate(existing_url) == (NEWEST, NEWEST)
    assert once == [await snapshot(existing_url), await snapshot(existing_url, "mesaya_payments")]


async def test_an_empty_database_gets_the_plain_shape_without_foreign_keys(
    empty_database_url: str, second_database_url: str
) -> None:
    await migrate(empty_database_url)
    made = await snapshot(empty_database_url)
    await load(second_database_url, "existing_plain")
    plain = await snapshot(second_database_url)
    assert made.columns_of("payments") == plain.columns_of("payments") | EXTENDED
    assert not [definition for definition in made.constraints.values() if definition.startswith("FOREIGN KEY")]
    enum = [label for label in made.labels if label.startswith("payment_status_enum.")]
    assert enum == [
        f"payment_status_enum.{label}"
        for label in ["pending", "succeeded", "failed", "canceled", "processing", "refunded"]
    ]


async def test_new_partners_are_as_mesaya_res_has_them(empty_database_url: str, second_database_url: str) -> None:
    await migrate(empty_database_url)
    await load(second_database_url, "existing_mesaya_res")
    made, theirs = await snapshot(empty_database_url), await snapshot(second_database_url)
    assert made.columns_of("partners") == theirs.columns_of("partners")
    for kind in ("constraints", "indexes"):
        of_partners = [{n: d for n, d in getattr(one, kind).items() if "partners" in n} for one in (made, theirs)]
        assert of_partners[0] == of_partners[1] != {}
    assert not made.rows["partners"]


async def test_writing_uses_the_label_that_is_there(existing_url: str, shape: str) -> None:
    await migrate(existing_url)
    connection = await asyncpg.connect(plain_dsn(existing_url))
    try:
        for status, label in WRITTEN[shape].items():
            assert await connection.fetchval("SELECT mesaya_payments.label_of($1)::text", str(status)) == label
        for status in Status:
            label = await connection.fetchval("SELECT mesaya_payments.label_of($1)::text", str(status))
            assert await connection.fetchval("SELECT mesaya_payments.status_of($1)", label) == status
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("label", "status"),
    [
        ("COMPLETED", "SUCCEEDED"),
        ("completed", "SUCCEEDED"),
        ("succeeded", "SUCCEEDED"),
        ("CANCELLED", "CANCELED"),
        ("cancelled", "CANCELED"),
        ("canceled", "CANCELED"),
        ("pending", "PENDING"),
        ("ON_HOLD", "PROCESSING"),
    ],
)
async def test_reading_maps_every_spelling(database: Database, label: str, status: str) -> None:
    (found,) = await database.reads.execute(
        text("SELECT mesaya_payments.status_of(:label) AS status"), {"label": label}
    )
    assert found.status == status


async def test_an_old_row_reads_as_a_payment_with_one_event(existing_url: str) -> None:
    await migrate(existing_url)
    database = Database(existing_url)
    try:
        async with database.transaction() as connection:
            old = await payments.by_id(connection, OLD)
    finally:
        await database.close()
    assert old is not None and not old.ours
    assert (old.status, old.amount.text(), old.amount.currency) == (Status.SUCCEEDED, "25.00", "USD")
    event = first_event(old.id, old.status, old.created_at)
    assert (event.sequence, event.status, event.previous_status, event.cause) == (
        1,
        Status.SUCCEEDED,
        None,
        Cause.EXTERNAL,
    )


async def test_others_go_on_writing_only_their_own_columns(existing_url: str) -> None:
    await migrate(existing_url)
    connection = await asyncpg.connect(plain_dsn(existing_url))
    try:
        label = await connection.fetchval("SELECT payment_status::text FROM payments WHERE payment_id = $1", OLD)
        row = await connection.fetchrow(
            f"INSERT INTO payments (amount, payment_status) VALUES (7.50, '{label}') RETURNING *"
        )
        assert row is not None
        stored = (row["currency"], row["payment_type"], row["provider"], row["metadata"], row["idempotency_key"])
        assert stored == ("usd", "reservation", "mock", "{}", None)
        await connection.execute("UPDATE payments SET amount = 8 WHERE payment_id = $1", row["payment_id"])
        await connection.execute("DELETE FROM payments WHERE payment_id = $1", row["payment_id"])
        assert await connection.fetchval("SELECT count(*) FROM mesaya_payments.foreign_writes") == 0
    finally:
        await connection.close()


async def test_a_role_that_knows_nothing_of_our_schema_may_still_write(existing_url: str, shape: str) -> None:
    await migrate(existing_url)
    made, role = payment(), f"other_service_{shape}"
    await _insert(existing_url, made.id)
    connection = await asyncpg.connect(plain_dsn(existing_url))
    try:
        await connection.execute(f"CREATE ROLE {role}; GRANT ALL ON payments TO {role}; SET ROLE {role}")
        label = WRITTEN[shape][Status.CANCELED]
        await connection.execute(f"UPDATE payments SET payment_status = '{label}' WHERE payment_id = $1", made.id)
        await connection.execute(f"RESET ROLE; DROP OWNED BY {role}; DROP ROLE {role}")
        assert await connection.fetchval("SELECT label FROM mesaya_payments.foreign_writes") == label
    finally:
        await connection.close()


async def test_others_cannot_delete_a_payment_that_has_our_history(existing_url: str) -> None:
    await migrate(existing_url)
    made = payment()
    await _insert(existing_url, made.id)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await run(existing_url, f"DELETE FROM payments WHERE payment_id = '{made.id}'")
    await run(existing_url, f"DELETE FROM payments WHERE payment_id = '{OLD}'")


async def test_a_reservation_may_go_as_its_owner_decided(mesaya_res_url: str) -> None:
    await migrate(mesaya_res_url)
    await run(mesaya_res_url, "DELETE FROM reservation")
    rows = (await snapshot(mesaya_res_url)).rows["payments"]
    assert [row["reservation_id"] for row in rows] == [None] * 3


async def test_a_table_that_is_no_payments_table_is_refused_untouched(empty_database_url: str) -> None:
    await run(empty_database_url, "CREATE TABLE payments (payment_id uuid PRIMARY KEY, payment_status text)")
    before = await snapshot(empty_database_url)
    with pytest.raises(Exception, match="is not an enum"):
        await migrate(empty_database_url)
    after = await snapshot(empty_database_url)
    assert after == before


async def _insert(url: str, payment_id: UUID) -> None:
    database = Database(url)
    try:
        async with database.transaction() as connection:
            await changes.insert(connection, payment(), datetime.now(UTC))
            found = await payments.by_id(connection, payment_id)
        assert found is not None and found.ours and found.amount.amount == Decimal(10)
    finally:
        await database.close()


def _check_kept(before: Snapshot, after: Snapshot) -> None:
    assert before.columns.items() <= after.columns.items()
    assert before.constraints.items() <= after.constraints.items()
    assert before.indexes.items() <= after.indexes.items()
    assert [label for label in after.labels if label in before.labels] == before.labels
    for table, rows in before.rows.items():
        kept = [{name: row[name] for name in rows[0]} for row in after.rows[table]] if rows else after.rows[table]
        assert sorted(kept, key=str) == sorted(rows, key=str)


def _partners_if_new(before: Snapshot) -> set[str]:
    columns = "id name webhook_url secret status events description contact_email api_version failed_attempts"
    columns += " last_webhook_at last_success_at created_at updated_at created_by"
    return set() if before.columns_of("partners") else {f"partners.{name}" for name in columns.split()}

"""Our payments beside Stripe's books: each kind of difference, what --apply mends, and that nothing else changes."""

import asyncio
import json
import os
import sys
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from data.status import Status
from reconcile import arguments, as_table
from resolvers.compare import apply_differences, compare
from resolvers.differences import Difference, DifferenceKind
from tests.fake_stripe.events import SECRET
from tests.fake_stripe.faults import Fault
from tests.fake_stripe.server import CREATE, KEY
from tests.stripe.world import StripeWorld, session_id

DAY = timedelta(days=1)
COMMAND_SECONDS = 60


async def found(world: StripeWorld, since: timedelta = DAY) -> list[Difference]:
    return await compare(world.runtime, world.provider, world.clock() - since)


async def kept(world: StripeWorld) -> list[Any]:
    tables = ("payments", "mesaya_payments.records", "mesaya_payments.events", "mesaya_payments.refunds")
    async with world.runtime.database.transaction() as connection:
        return [tuple(row) for each in tables for row in await connection.execute(text(f"SELECT * FROM {each}"))]


def shape(differences: list[Difference]) -> list[tuple[DifferenceKind, str, str, bool]]:
    return [(each.kind, each.ours, each.theirs, each.can_apply) for each in differences]


async def test_what_we_know_does_not_differ(world: StripeWorld) -> None:
    await world.checkout(idempotency_key="open")
    paid = await world.paid(idempotency_key="paid")
    await world.refund(paid, "4.00", "k")
    whole = await world.paid(idempotency_key="refunded")
    await world.refund(whole)
    world.stripe.books.pay((await world.checkout(idempotency_key="late")).provider_payment_id or "", asynchronous=True)
    await world.look()
    assert await found(world) == []
    assert as_table([]) == "Nothing differs."


async def test_paid_and_not_told(world: StripeWorld) -> None:
    payment = await world.checkout()
    world.stripe.books.pay(session_id(payment))
    before = await kept(world)
    (difference,) = await found(world)
    assert shape([difference]) == [(DifferenceKind.STATUS, "PENDING", "SUCCEEDED", True)]
    assert await kept(world) == before, "nothing changes unless it is asked for"
    assert await apply_differences(world.runtime, [difference]) == []
    assert (await world.payment(payment.id)).status is Status.SUCCEEDED and await found(world) == []


async def test_a_refund_and_a_dispute_in_the_dashboard(world: StripeWorld) -> None:
    payment = await world.paid()
    session = world.stripe.books.session(session_id(payment))
    world.stripe.books.refund(session["payment_intent"], 300, {})
    dispute = world.stripe.books.dispute(session["id"])
    differences = await found(world)
    assert [each.kind for each in differences] == [DifferenceKind.REFUND, DifferenceKind.DISPUTE]
    assert differences[1].theirs == dispute["id"]
    await apply_differences(world.runtime, differences)
    assert await found(world) == []


async def test_a_session_whose_answer_was_lost(world: StripeWorld) -> None:
    world.stripe.faults.plan(CREATE, Fault.RESET_AFTER)
    await world.ask_checkout()
    differences = await found(world)
    assert shape(differences) == [(DifferenceKind.UNKNOWN, "PENDING", "OPEN", True)]
    await apply_differences(world.runtime, differences)
    assert session_id(await world.only_payment()) in world.stripe.books.sessions and await found(world) == []


async def test_what_only_one_side_has(world: StripeWorld) -> None:
    payment = await world.paid()
    metadata = {"payment_id": str(UUID(int=5))}
    world.stripe.books.open_session({"expires_at": 0, "metadata": metadata}, 1000, "usd")
    world.stripe.books.open_session({"expires_at": 0, "metadata": {"payment_id": "cart-17"}}, 1000, "usd")
    world.stripe.books.sessions.pop(session_id(payment))
    differences = await found(world)
    assert {each.kind: (each.payment_id, each.can_apply) for each in differences} == {
        DifferenceKind.UNKNOWN: (UUID(int=5), False),
        DifferenceKind.MISSING: (payment.id, False),
    }


async def test_a_second_session_that_could_take_money(world: StripeWorld) -> None:
    payment = await world.paid()
    metadata = {"payment_id": str(payment.id)}
    second = world.stripe.books.open_session({"expires_at": 0, "metadata": metadata}, 1000, "usd")
    assert shape(await found(world)) == [(DifferenceKind.SECOND, "SUCCEEDED", "OPEN", False)]
    world.stripe.books.expire(second["id"])
    assert await found(world) == []


async def test_what_the_providers_word_does_not_settle_is_left_to_people(world: StripeWorld) -> None:
    payment = await world.paid()
    await world.refund(payment, "4.00", "k")
    books = world.stripe.books
    books.refunds.clear()
    intent = books.intents[books.session(session_id(payment))["payment_intent"]]
    intent["amount_received"] = 999
    before = await kept(world)
    differences = await found(world)
    assert [(each.kind, each.can_apply) for each in differences] == [
        (DifferenceKind.AMOUNT, False),
        (DifferenceKind.MISSING, False),
    ]
    books.session(session_id(payment))["payment_status"] = "unpaid"
    intent["status"] = "processing"
    differences = await found(world)
    assert (DifferenceKind.STATUS, "SUCCEEDED", "PROCESSING", False) in shape(differences)
    assert await apply_differences(world.runtime, differences) == differences and await kept(world) == before


async def test_a_canceled_payment_that_is_still_open_there_is_closed(world: StripeWorld) -> None:
    payment = await world.checkout(expires_in_minutes=30)
    await world.look(timedelta(minutes=31))
    session = world.stripe.books.session(session_id(payment))
    session["status"] = "open"
    differences = await found(world)
    assert shape(differences) == [(DifferenceKind.STATUS, "CANCELED", "OPEN", True)]
    await apply_differences(world.runtime, differences)
    assert session["status"] == "expired" and await found(world) == []


async def test_only_what_is_since_then(world: StripeWorld) -> None:
    payment = await world.checkout()
    world.stripe.books.pay(session_id(payment))
    world.clock.advance(2 * DAY)
    assert await found(world) == [] and len(await found(world, 3 * DAY)) == 1


async def command(world: StripeWorld, database_url: str, *given: str) -> tuple[int | None, str]:
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": database_url,
        "PAYMENT_PROVIDER": "stripe",
        "STRIPE_SECRET_KEY": KEY,
        "STRIPE_WEBHOOK_SECRET": SECRET,
        "STRIPE_API_BASE": world.stripe.url,
    }
    pipe = asyncio.subprocess.PIPE
    ran = await asyncio.create_subprocess_exec(
        sys.executable, "reconcile.py", *given, env=environment, stdout=pipe, stderr=pipe
    )
    out, _ = await asyncio.wait_for(ran.communicate(), COMMAND_SECONDS)
    return ran.returncode, out.decode()


async def test_the_command_shows_a_table_and_json_and_applies_when_it_is_told_to(
    world: StripeWorld, database_url: str
) -> None:
    payment = await world.checkout()
    world.stripe.books.pay(session_id(payment))
    code, table = await command(world, database_url, "2026-01-01")
    assert code == 1 and table.splitlines()[0].split() == ["kind", "payment", "at", "Stripe", "ours", "theirs"]
    assert f"{payment.id}  {session_id(payment)}  PENDING  SUCCEEDED" in table.splitlines()[1]
    code, printed = await command(world, database_url, "2026-01-01", "--json")
    (told,) = json.loads(printed)
    assert (code, told["payment_id"], told["can_apply"]) == (1, str(payment.id), True)
    assert (await world.payment(payment.id)).status is Status.PENDING
    assert (await command(world, database_url, "2026-01-01", "--apply"))[0] == 0
    assert await command(world, database_url, "2026-01-01") == (0, "Nothing differs.\n")
    assert (await world.payment(payment.id)).status is Status.SUCCEEDED


def test_instants_without_a_zone_are_utc() -> None:
    assert arguments(["2026-01-31"]).since == datetime.fromisoformat("2026-01-31T00:00:00Z")
    assert arguments(["2026-01-31T12:00:00+05:00"]).since == datetime.fromisoformat("2026-01-31T07:00:00Z")
    with pytest.raises(SystemExit):
        arguments(["yesterday"])

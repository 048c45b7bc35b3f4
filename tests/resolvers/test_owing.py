"""What partners are owed for whatever happens to a payment: each thing once, and nothing for what did not happen."""

import asyncio
import json
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from data.money import Money
from providers.protocol import (
    CheckoutState,
    Decline,
    FailureCode,
    ProviderRefund,
    ProviderRefusedError,
    ProviderSilentError,
    RefundState,
    Truth,
)
from resolvers.cancel import cancel
from resolvers.checkout import checkout
from resolvers.provider_webhook import hear
from resolvers.reconcile import reconcile
from resolvers.refund import RefundRequest, refund
from resolvers.verify import verify
from tests.resolvers.scripted_provider import Silence
from tests.resolvers.world import SERVICE, World, request
from tests.webhooks.partners import add_partner
from webhooks.directory import DatabaseDirectory
from webhooks.owe import Webhooks


@pytest.fixture
async def telling(world: World) -> World:
    """With one partner that hears of everything."""
    runtime = world.runtime
    await add_partner(runtime.database)
    webhooks = Webhooks(DatabaseDirectory(runtime.database), runtime.new_id)
    world.runtime = replace(runtime, webhooks=webhooks)
    return world


async def told(world: World) -> list[str]:
    """In the order of the payment's history; each is owed to the one partner, with a job."""
    rows = await world.sql("""
        SELECT e.type, e.sequence FROM mesaya_payments.webhook_events e
        JOIN mesaya_payments.deliveries d ON d.event_id = e.id
        JOIN mesaya_payments.jobs j ON j.id = d.job_id ORDER BY e.sequence""")
    (jobs,) = await world.sql("SELECT count(*) FROM mesaya_payments.jobs")
    assert jobs[0] == len(rows)
    return [row.type.removeprefix("payment.") for row in rows]


async def bodies(world: World) -> list[dict[str, Any]]:
    rows = await world.sql("SELECT body_v1 FROM mesaya_payments.webhook_events ORDER BY sequence")
    return [json.loads(row.body_v1) for row in rows]


async def succeeded(world: World) -> UUID:
    payment = await world.checkout()
    world.provider.pay(payment.id)
    await verify(world.runtime, SERVICE, payment.id, None)
    return payment.id


async def test_a_checkout_that_is_repeated_is_told_once(telling: World) -> None:
    for _ in range(3):
        await telling.checkout(idempotency_key="k")
    assert await told(telling) == ["created"]


async def test_a_lost_answer_is_told_once_it_is_found(telling: World) -> None:
    telling.provider.script("create_checkout", Silence(done=True))
    answer = await checkout(telling.runtime, SERVICE, request())
    payment = getattr(answer, "payment", None)
    assert payment is not None and await told(telling) == []
    await reconcile(telling.runtime, payment.id)
    await reconcile(telling.runtime, payment.id)
    assert await told(telling) == ["created"]
    assert (await bodies(telling))[0]["checkout_url"].startswith("https://provider.example/")


async def test_canceled_before_its_checkout_was_known_is_told_too(telling: World) -> None:
    async def canceled(call: str) -> None:
        if call == "before create_checkout":
            (row,) = await telling.sql("SELECT payment_id FROM mesaya_payments.records")
            await cancel(telling.runtime, SERVICE, row.payment_id, None, None)

    telling.provider.point = canceled
    await checkout(telling.runtime, SERVICE, request())
    assert await told(telling) == ["created", "canceled"]


async def test_what_the_provider_refused_was_never_a_payment(telling: World) -> None:
    telling.provider.script("create_checkout", ProviderRefusedError("no"))
    await checkout(telling.runtime, SERVICE, request())
    assert await told(telling) == []


async def test_everybody_who_asks_at_once_makes_one_event(telling: World) -> None:
    payment = await telling.checkout()
    telling.provider.pay(payment.id)
    webhook = f"evt_1 {payment.id}".encode()
    await asyncio.gather(
        *(verify(telling.runtime, SERVICE, payment.id, None) for _ in range(5)),
        *(hear(telling.runtime, {}, webhook) for _ in range(5)),
        *(reconcile(telling.runtime, payment.id) for _ in range(5)),
    )
    assert await told(telling) == ["created", "succeeded"]


async def test_a_cancel(telling: World) -> None:
    payment = await telling.checkout()
    await cancel(telling.runtime, SERVICE, payment.id, None, "changed my mind")
    await cancel(telling.runtime, SERVICE, payment.id, None, None)
    assert await told(telling) == ["created", "canceled"]


async def test_processing_then_failed_and_no_word_of_a_decline(telling: World) -> None:
    payment = await telling.checkout()
    kept = telling.provider.of(payment.id)
    decline = Decline(FailureCode.CARD_DECLINED, "no")
    for truth in (
        Truth(CheckoutState.OPEN, decline=decline),
        Truth(CheckoutState.PROCESSING),
        Truth(CheckoutState.FAILED, decline=decline),
    ):
        kept.truth = truth
        await verify(telling.runtime, SERVICE, payment.id, None)
    assert await told(telling) == ["created", "processing", "failed"]


async def test_each_refund_is_told_partial_ones_too(telling: World) -> None:
    payment_id = await succeeded(telling)
    partial = RefundRequest(payment_id, Decimal("4.00"), "USD", None, "k")
    await refund(telling.runtime, SERVICE, partial)
    await refund(telling.runtime, SERVICE, partial)
    await refund(telling.runtime, SERVICE, RefundRequest(payment_id))
    assert await told(telling) == ["created", "succeeded", "refunded", "refunded"]
    _, _, first, last = await bodies(telling)
    assert (first["status"], first["refund"]["amount"], first["amount_refunded"]) == ("succeeded", "4.00", "4.00")
    assert (last["status"], last["refund"]["amount"], last["amount_refunded"]) == ("refunded", "6.00", "10.00")


async def test_a_refund_in_the_dashboard_is_told(telling: World) -> None:
    payment_id = await succeeded(telling)
    kept = telling.provider.of(payment_id)
    made = ProviderRefund("re_9", None, Money(Decimal("3.00"), "USD"), RefundState.SUCCEEDED)
    kept.truth = replace(kept.truth, refunds=(made,))
    await verify(telling.runtime, SERVICE, payment_id, None)
    await verify(telling.runtime, SERVICE, payment_id, None)
    assert await told(telling) == ["created", "succeeded", "refunded"]


async def test_a_refund_under_way_is_told_when_it_is_done(telling: World) -> None:
    payment_id = await succeeded(telling)
    telling.provider.script("refund", ProviderSilentError("no answer"))
    await refund(telling.runtime, SERVICE, RefundRequest(payment_id, Decimal("4.00"), "USD", None, "k"))
    assert await told(telling) == ["created", "succeeded"]
    await reconcile(telling.runtime, payment_id)
    assert await told(telling) == ["created", "succeeded", "refunded"]


async def test_what_others_write_over_a_row_is_no_news(telling: World) -> None:
    payment_id = await succeeded(telling)
    await telling.sql("UPDATE payments SET payment_status = 'failed' WHERE payment_id = :id", id=payment_id)
    await reconcile(telling.runtime, payment_id)
    assert await told(telling) == ["created", "succeeded"]


async def test_a_checkout_that_is_found_a_second_time_is_told_once(telling: World) -> None:
    """As of an instance from before our own record had the checkout: the record knows of none."""
    made = await telling.checkout()
    await telling.sql("UPDATE mesaya_payments.records SET provider_payment_id = NULL")
    await reconcile(telling.runtime, made.id)
    assert (await telling.payment(made.id)).provider_payment_id == made.provider_payment_id
    assert await told(telling) == ["created"]

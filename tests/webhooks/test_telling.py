"""Who is owed what: n8n, partners that were not known yet, secrets that change, and the transaction they share."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from standardwebhooks import Webhook, WebhookVerificationError

from data import jobs, old_secrets
from data.delivery import N8N, DeliveryState
from data.jobs import Job
from data.partners import Partner, PartnerStatus
from data.secret import Secret
from data.status import Status
from data.transaction import Transaction
from tests.webhooks.house import SCALE, House, house_at
from tests.webhooks.partners import HEX, WHSEC, add_partner, change_partner
from tests.webhooks.receiver import Receiver
from webhooks.directory import Snapshot
from webhooks.event import created
from webhooks.sending import OVERLAP
from webhooks.verification import verify

OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


@dataclass
class Source:
    """A directory whose source may be away, and that knows of its return once it has asked."""

    partners: list[Partner] = field(default_factory=list)
    away: bool = False
    known: tuple[Partner, ...] = ()
    stale: bool = True

    async def within(self, connection: Transaction) -> Snapshot:
        self.stale = self.stale or self.away
        return Snapshot(self.known, self.stale)

    async def of(self, connection: Transaction, ids: Sequence[UUID]) -> dict[UUID, Partner]:
        return {partner.id: partner for partner in self.known if partner.id in ids}

    async def replaced(self, connection: Transaction, ids: Sequence[UUID], since: datetime) -> dict[UUID, list[Secret]]:
        return {}

    async def now(self) -> Snapshot:
        self.stale = self.away
        if not self.away:
            self.known = tuple(self.partners)
        return Snapshot(self.known, self.stale)

    async def run(self) -> None:
        return None


def partner(url: str, age: timedelta = timedelta(days=1)) -> Partner:
    at = datetime.now(UTC) - age
    return Partner(uuid4(), "pos", url, PartnerStatus.ACTIVE, ("payment.*",), at, Secret(WHSEC))


@asynccontextmanager
async def with_source(url: str, source: Source) -> AsyncIterator[House]:
    async with house_at(url, source) as house:
        yield house


async def test_a_debt_and_its_job_are_one_commit_with_the_change(house: House, receiver: Receiver) -> None:
    await add_partner(house.database, receiver.url())
    made = await house.open_payment()
    with pytest.raises(ZeroDivisionError):
        async with house.database.transaction() as connection:
            await house.webhooks.owe(connection, [created(made, datetime.now(UTC))], datetime.now(UTC))
            raise ZeroDivisionError
    assert await house.deliveries() == []
    assert await house.sql("SELECT FROM mesaya_payments.jobs") == []


async def test_a_job_enqueued_before_anything_else_is_taken_back_too(house: House) -> None:
    with pytest.raises(ZeroDivisionError):
        async with house.database.transaction() as connection:
            await jobs.enqueue(connection, [Job("deliver:x", b"")])
            raise ZeroDivisionError
    assert await house.sql("SELECT FROM mesaya_payments.jobs") == []


async def test_one_event_is_owed_to_one_partner_once(house: House, receiver: Receiver) -> None:
    await add_partner(house.database, receiver.url())
    made = await house.create()
    await house.owe(created(made, datetime.now(UTC)))
    assert len(await house.deliveries()) == 1
    assert len(await house.sql("SELECT FROM mesaya_payments.webhook_events")) == 1


async def test_who_is_not_subscribed_costs_nothing(house: House, receiver: Receiver) -> None:
    await add_partner(house.database, receiver.url(), events="payment.failed,payment.refunded")
    await house.create()
    assert await house.deliveries() == []
    assert await house.sql("SELECT FROM mesaya_payments.webhook_events") == []


async def test_n8n_is_one_more_subscriber(database_url: str, receiver: Receiver) -> None:
    async with house_at(database_url, n8n_url=receiver.url("/n8n")) as house:
        made = await house.create()
        await house.move(made, Status.SUCCEEDED)
        house.send()
        deliveries = await house.until(DeliveryState.DELIVERED, 2)
    assert {one.subscriber_id for one in deliveries} == {N8N} and deliveries[0].partner_id is None
    created_, succeeded = [json.loads(request.body) for request in receiver.received]
    assert {request.path for request in receiver.received} == {"/n8n/payment-webhook"}
    assert (created_["status"], succeeded["status"], succeeded["source"]) == (
        "pending",
        "approved",
        "mesaYA_payment_ms",
    )
    assert not {"x-webhook-signature", "webhook-signature", "x-partner-id"} & set(receiver.received[0].headers)


async def test_without_n8n_nobody_is_told(house: House) -> None:
    await house.create()
    assert await house.deliveries() == []


async def test_an_event_waits_for_partners_that_were_never_told_of(database_url: str, receiver: Receiver) -> None:
    source = Source([partner(receiver.url())], away=True)
    async with with_source(database_url, source) as house:
        made = await house.create()
        house.send()
        assert await house.deliveries() == []
        source.away = False
        (delivery,) = await house.until(DeliveryState.DELIVERED)
        assert delivery.payment_id == made.id
        source.partners.append(partner(receiver.url("/later"), age=-timedelta(seconds=1)))
        assert len(await house.deliveries()) == 1


async def test_those_last_known_are_told_at_once_and_the_others_later(database_url: str, receiver: Receiver) -> None:
    source = Source([partner(receiver.url("/known"))])
    async with with_source(database_url, source) as house:
        await source.now()
        source.away = True
        await house.create()
        house.send()
        await house.until(DeliveryState.DELIVERED)
        source.partners.append(partner(receiver.url("/unknown")))
        source.away = False
        await house.until(DeliveryState.DELIVERED, 2)
        assert [request.path for request in receiver.received] == ["/known", "/unknown"]


async def test_a_new_secret_signs_beside_the_old_one_for_a_day(house: House, receiver: Receiver) -> None:
    partner_id = await add_partner(house.database, receiver.url(), secret=WHSEC)
    house.send(scale=1.0)
    await change_partner(house.database, partner_id, secret=OTHER)
    await house.create()
    await house.until(DeliveryState.DELIVERED)
    (request,) = receiver.received
    for secret in (WHSEC, OTHER):
        Webhook(secret).verify(request.body, request.headers)
    older = verify(request.headers, request.body, [Secret(OTHER)], datetime.now(UTC))
    assert [verdict.refusal for verdict in older] == [None, None, None], "the older header is by the new one"


async def test_after_the_overlap_the_old_secret_signs_no_more(house: House, receiver: Receiver) -> None:
    partner_id = await add_partner(house.database, receiver.url(), secret=HEX)
    await change_partner(house.database, partner_id, secret=OTHER)
    async with house.database.transaction() as connection:
        long_ago = datetime.now(UTC) - OVERLAP * SCALE
        await connection.execute(text("UPDATE mesaya_payments.old_secrets SET replaced_at = :at"), {"at": long_ago})
    await house.create()
    house.send()
    await house.until(DeliveryState.DELIVERED)
    (request,) = receiver.received
    Webhook(OTHER).verify(request.body, request.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(HEX).verify(request.body, request.headers)


async def test_a_secret_of_any_length_can_be_replaced_again_and_again(house: House) -> None:
    long = "".join(f"{number:x}" for number in range(5_000))
    partner_id = await add_partner(house.database, "https://partner.example", secret=long)
    for secret in (WHSEC, long, OTHER):
        await change_partner(house.database, partner_id, secret=secret)
    async with house.database.transaction() as connection:
        kept = await old_secrets.of(connection, [partner_id], datetime.now(UTC) - OVERLAP)
    assert kept == {partner_id: [Secret(long), Secret(WHSEC)]}


async def test_only_secrets_that_were_replaced_are_kept(house: House, receiver: Receiver) -> None:
    partner_id = await add_partner(house.database, receiver.url(), secret=WHSEC)
    await change_partner(house.database, partner_id, webhook_url=receiver.url("/new"), status="inactive")
    assert await house.sql("SELECT FROM mesaya_payments.old_secrets") == []
    await change_partner(house.database, partner_id, secret=OTHER)
    assert [row.secret for row in await house.sql("SELECT secret FROM mesaya_payments.old_secrets")] == [WHSEC]

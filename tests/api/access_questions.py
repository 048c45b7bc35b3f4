"""What every caller is made to ask: each root field, so that every field of the schema is reached by one of them."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from tests.api.access_world import PARTNERS, World, fresh
from tests.api.callers import Asker
from tests.api.client import CHECKOUT, order
from tests.conftest import run

Arguments = dict[str, Any]
Ask = Callable[[World, Asker], Awaitable[Arguments]]
"""Makes what the question is about, and gives the root field's arguments."""

SILENT = {"metadata": {"mock": "timeout_not_created"}}


def secret(asker: Asker, secret: str) -> Arguments:
    return {"clientSecret": secret} if asker.has_secret else {}


def always(**arguments: Any) -> Ask:
    async def given(_world: World, _asker: Asker) -> Arguments:
        return arguments

    return given


def ordered(**changes: Any) -> Ask:
    async def given(_world: World, _asker: Asker) -> Arguments:
        return {"input": {**order(), **changes}}

    return given


def of_fresh(*, paid: bool = False, with_secret: bool = False, **more: Any) -> Ask:
    """A payment of the owner's that only this question is about."""

    async def given(world: World, asker: Asker) -> Arguments:
        opened = await fresh(world, paid=paid)
        shown = secret(asker, opened["clientSecret"]) if with_secret else {}
        return {"input": {"paymentId": opened["payment"]["id"], **shown, **more}}

    return given


async def the_payment(world: World, asker: Asker) -> Arguments:
    return {"id": world.full, **secret(asker, world.secret)}


async def watched(world: World, asker: Asker) -> Arguments:
    return {"paymentId": world.full, **secret(asker, world.secret)}


async def entities(world: World, _asker: Asker) -> Arguments:
    known = [("Payment", world.full), ("Reservation", world.reservation_id), ("Partner", str(PARTNERS["active"]))]
    return {"representations": [{"__typename": name, "id": id_} for name, id_ in known]}


async def of_the_owner(world: World, _asker: Asker) -> Arguments:
    return {"reservationId": world.reservation_id}


async def used_key(world: World, asker: Asker) -> Arguments:
    """A key of this caller's own that stands for another amount."""
    first = {**order("1.00"), "idempotencyKey": str(uuid4())}
    await world.ask(asker, CHECKOUT, {"input": first})
    return {"input": {**order(), "idempotencyKey": first["idempotencyKey"]}}


async def running_key(world: World, asker: Asker) -> Arguments:
    """A key whose first call is still running."""
    first = {**order(), "idempotencyKey": str(uuid4())}
    await world.ask(asker, CHECKOUT, {"input": first})
    began = "SET answer = NULL, lease_until = now() + interval '20 seconds'"
    where = f"WHERE key = 'key:{first['idempotencyKey']}'"
    await run(world.database_url, f"UPDATE mesaya_payments.idempotency_keys {began} {where}")
    return {"input": first}


async def the_delivery(world: World, _asker: Asker) -> Arguments:
    return {"input": {"deliveryId": world.delivery_id}}


def replayed(stretch: timedelta) -> Ask:
    async def given(_world: World, _asker: Asker) -> Arguments:
        since = datetime.now(UTC) - stretch
        return {"input": {"partnerId": str(PARTNERS["suspended"]), "since": since.isoformat(timespec="seconds")}}

    return given


QUESTIONS: list[tuple[str, str, Ask]] = [
    ("Query.payment", "the owner's", the_payment),
    ("Query.payments", "all", always()),
    ("Query.payments", "of the owner's reservation", of_the_owner),
    ("Query.partner", "a partner", always(id=str(PARTNERS["active"]))),
    ("Query.partners", "all", always()),
    ("Query._entities", "the owner's payment, its reservation and a partner", entities),
    ("Query._service", "the SDL", always()),
    ("Mutation.checkout", "for oneself", ordered()),
    ("Mutation.checkout", "of nothing", ordered(amount={"amount": "0"})),
    ("Mutation.checkout", "with a key used for another amount", used_key),
    ("Mutation.checkout", "with a key whose first call still runs", running_key),
    ("Mutation.checkout", "while the provider is silent", ordered(**SILENT)),
    ("Mutation.verifyPayment", "the owner's", of_fresh(with_secret=True)),
    ("Mutation.verifyPayment", "there is none", always(input={"paymentId": str(uuid4())})),
    ("Mutation.cancelPayment", "the owner's", of_fresh(with_secret=True)),
    ("Mutation.cancelPayment", "the owner's, paid", of_fresh(with_secret=True, paid=True)),
    ("Mutation.refundPayment", "the owner's, paid", of_fresh(paid=True)),
    ("Mutation.refundPayment", "the owner's, not paid", of_fresh()),
    ("Mutation.redeliverWebhook", "a delivery", the_delivery),
    ("Mutation.redeliverWebhook", "there is none", always(input={"deliveryId": str(uuid4())})),
    ("Mutation.replayWebhooks", "of a partner", replayed(timedelta(days=1))),
    ("Mutation.replayWebhooks", "of longer than there may be", replayed(timedelta(days=91))),
    ("Subscription.paymentStatusChanged", "the owner's", watched),
    ("Subscription.webhookDeliveryChanged", "all", always()),
]
"""Root field, what is asked about, and how."""

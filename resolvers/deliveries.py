"""Deliveries: reading them, sending one again, replaying a stretch of time. For ADMIN and services."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from data import attempts, delivery_pages, due_deliveries
from data.attempt import Attempt
from data.delivery import Delivery, DeliveryState
from data.delivery_pages import Slice
from data.due_deliveries import Name, Stretch
from resolvers import answers
from resolvers.caller import Caller
from resolvers.runtime import Runtime
from resolvers.visible import require_operator, require_operator_within
from webhooks import replay


@dataclass(frozen=True, slots=True)
class DeliveryPageKey:
    part: Slice
    payment_id: UUID | None = None
    """Of the payment, or of the subscriber."""
    subscriber_id: UUID | None = None


async def load_delivery_pages(
    runtime: Runtime, caller: Caller, keys: Sequence[DeliveryPageKey]
) -> list[list[Delivery]]:
    """Newest first. Raises ForbiddenError."""
    require_operator_within(caller)
    parts: defaultdict[Slice, list[DeliveryPageKey]] = defaultdict(list)
    for key in keys:
        parts[key.part].append(key)
    found: dict[DeliveryPageKey, list[Delivery]] = {}
    async with runtime.database.transaction() as connection:
        for part, group in parts.items():
            payments = list({key.payment_id for key in group if key.payment_id is not None})
            subscribers = list({key.subscriber_id for key in group if key.subscriber_id is not None})
            of_payments = await delivery_pages.by_payments(connection, payments, part) if payments else {}
            of_subscribers = await delivery_pages.by_subscribers(connection, subscribers, part) if subscribers else {}
            for key in group:
                rows = of_subscribers if key.payment_id is None else of_payments
                found[key] = rows[key.payment_id or key.subscriber_id or UUID(int=0)]
    return [found[key] for key in keys]


async def load_attempts(runtime: Runtime, caller: Caller, ids: Sequence[UUID]) -> list[list[Attempt]]:
    """The first one first. Raises ForbiddenError."""
    require_operator_within(caller)
    async with runtime.database.transaction() as connection:
        found = await attempts.of(connection, list(set(ids)))
    return [found[id_] for id_ in ids]


async def redeliver(
    runtime: Runtime, caller: Caller, delivery_id: UUID
) -> answers.RedeliverWebhookSuccess | answers.DeliveryNotFound:
    """Sends it again now, whatever became of it, under the same webhook-id; the schedule starts anew.

    A partner that is stopped since it failed is tried with it.
    """
    require_operator(caller)
    async with runtime.database.transaction() as connection:
        subscriber_id = await delivery_pages.lock(connection, delivery_id)
        if subscriber_id is None:
            return answers.DeliveryNotFound(delivery_id)
        name = Name(delivery_id, subscriber_id)
        await due_deliveries.begin(connection, [name], runtime.clock(), probing=True)
        delivery = await delivery_pages.by_id(connection, delivery_id)
    assert delivery is not None
    return answers.RedeliverWebhookSuccess(delivery)


async def replay_stretch(
    runtime: Runtime,
    caller: Caller,
    subscriber_id: UUID,
    since: datetime,
    until: datetime | None,
    states: tuple[DeliveryState, ...] | None,
) -> answers.ReplayWebhooksSuccess | answers.InvalidInput:
    """In the background; counts what it will send. Without `states`, what was missed: FAILED and HELD."""
    require_operator(caller)
    now = runtime.clock()
    end = now if until is None else min(until, now)
    stretch = Stretch(subscriber_id, since, end, replay.MISSED if states is None else states, now)
    refusal = replay.refusal(stretch, runtime.rules.delivery_retention)
    if refusal is not None:
        return answers.InvalidInput(refusal, ("input", "since"))
    async with runtime.database.transaction() as connection:
        return answers.ReplayWebhooksSuccess(await replay.ask(connection, stretch))

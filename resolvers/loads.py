"""Loading what many fields ask for at once: one statement for each kind of thing, whatever the number of fields."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from data import events, payments, refunds
from data.events import Event
from data.payment import Payment
from data.payments import Position
from data.refunds import Refund
from data.shared_payments import Page
from data.status import Status
from resolvers.caller import Caller
from resolvers.runtime import Runtime
from resolvers.visible import Sight, sight_of, sight_of_one

SHARED_KEYS = 4
"""A request that asks for more at once has a statement of its own."""

Key = TypeVar("Key")
Group = TypeVar("Group", bound=Hashable)


@dataclass(frozen=True, slots=True)
class PaymentKey:
    id: UUID
    secret: str | None = None


@dataclass(frozen=True, slots=True)
class ReservationPageKey:
    reservation_id: UUID
    statuses: tuple[Status, ...] | None
    limit: int
    after: Position | None


@dataclass(frozen=True, slots=True)
class EventPageKey:
    payment_id: UUID
    after: int
    limit: int


async def load_payments(runtime: Runtime, caller: Caller, keys: Sequence[PaymentKey]) -> list[Payment | None]:
    """Each as its caller may see it: none where there is none, and none where it is not to be seen."""
    sights = {key: sight_of_one(runtime, caller, key.id, key.secret) for key in keys}
    ids: defaultdict[Sight, set[UUID]] = defaultdict(set)
    for key, sight in sights.items():
        if sight is not None:
            ids[sight].add(key.id)
    found: dict[tuple[Sight | None, UUID], Payment] = {}
    for sight, wanted in ids.items():
        rows = await _payments(runtime, sight, wanted)
        found.update({(sight, id_): rows[id_] for id_ in wanted if id_ in rows})
    return [found.get((sights[key], key.id)) for key in keys]


async def load_reservation_pages(
    runtime: Runtime, caller: Caller, keys: Sequence[ReservationPageKey]
) -> list[list[Payment]]:
    """Raises NotSignedInError."""
    sight = sight_of(caller)
    pages: dict[ReservationPageKey, list[Payment]] = {}
    for (statuses, limit, after), group in _grouped(keys, lambda key: (key.statuses, key.limit, key.after)).items():
        ids = {key.reservation_id for key in group}
        rows = await _reservation_pages(runtime, Page(statuses, limit, after, sight.user_id), ids)
        pages.update({key: rows[key.reservation_id] for key in group})
    return [pages[key] for key in keys]


async def load_event_pages(runtime: Runtime, keys: Sequence[EventPageKey]) -> list[list[Event]]:
    """Of payments that the caller has seen already."""
    pages: dict[EventPageKey, list[Event]] = {}
    for (after, limit), group in _grouped(keys, lambda key: (key.after, key.limit)).items():
        rows = await events.pages(runtime.database.reads, list({key.payment_id for key in group}), after, limit)
        pages.update({key: rows[key.payment_id] for key in group})
    return [pages[key] for key in keys]


async def load_refunds(runtime: Runtime, payment_ids: Sequence[UUID]) -> list[list[Refund]]:
    """Of payments that the caller has seen already."""
    rows = await refunds.of_payments(runtime.database.reads, list(set(payment_ids)))
    return [rows[payment_id] for payment_id in payment_ids]


async def _payments(runtime: Runtime, sight: Sight, ids: set[UUID]) -> Mapping[UUID, Payment]:
    if len(ids) <= SHARED_KEYS:
        return await runtime.database.shared.by_id.get(sight.user_id, ids)
    return await payments.by_ids(runtime.database.reads, list(ids), sight.user_id)


async def _reservation_pages(runtime: Runtime, page: Page, ids: set[UUID]) -> Mapping[UUID, list[Payment]]:
    if len(ids) <= SHARED_KEYS:
        return await runtime.database.shared.of_reservation.get(page, ids)
    reads, visible_to = runtime.database.reads, page.visible_to
    return await payments.by_reservations(reads, list(ids), page.statuses, page.limit, page.after, visible_to)


def _grouped(keys: Sequence[Key], group_of: Callable[[Key], Group]) -> dict[Group, list[Key]]:
    groups: defaultdict[Group, list[Key]] = defaultdict(list)
    for key in keys:
        groups[group_of(key)].append(key)
    return groups

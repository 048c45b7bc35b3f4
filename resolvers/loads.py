"""Loading what many fields ask for at once: one statement for each kind of thing, whatever the number of fields."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from data import events, refunds
from data.events import Event
from data.refunds import Refund
from resolvers.runtime import Runtime

Key = TypeVar("Key")
Group = TypeVar("Group", bound=Hashable)


@dataclass(frozen=True, slots=True)
class EventPageKey:
    payment_id: UUID
    after: int
    limit: int


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


def _grouped(keys: Sequence[Key], group_of: Callable[[Key], Group]) -> dict[Group, list[Key]]:
    groups: defaultdict[Group, list[Key]] = defaultdict(list)
    for key in keys:
        groups[group_of(key)].append(key)
    return groups

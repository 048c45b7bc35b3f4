"""What every field may use: who asks, over what, and the loaders that serve all fields of one kind together."""

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from strawberry.dataloader import DataLoader
from strawberry.types import Info as StrawberryInfo

from data.events import Event
from data.payment import Payment
from data.refunds import Refund
from resolvers import loads
from resolvers.caller import Caller
from resolvers.loads import EventPageKey, PaymentKey, ReservationPageKey
from resolvers.runtime import Runtime

Key = TypeVar("Key", bound=Hashable)
Loaded = TypeVar("Loaded")


def _loader(load: Callable[[list[Key]], Awaitable[list[Loaded]]]) -> DataLoader[Key, Loaded]:
    """Without a cache: over a WebSocket a context lives as long as the connection, and would show old payments."""
    return DataLoader(load_fn=load, cache=False)


class Loaders:
    def __init__(self, runtime: Runtime, caller: Caller) -> None:
        self.payment: DataLoader[PaymentKey, Payment | None] = _loader(
            lambda keys: loads.load_payments(runtime, caller, keys)
        )
        self.reservation_page: DataLoader[ReservationPageKey, list[Payment]] = _loader(
            lambda keys: loads.load_reservation_pages(runtime, caller, keys)
        )
        self.event_page: DataLoader[EventPageKey, list[Event]] = _loader(
            lambda keys: loads.load_event_pages(runtime, keys)
        )
        self.refunds: DataLoader[UUID, list[Refund]] = _loader(lambda keys: loads.load_refunds(runtime, keys))


@dataclass
class Context:
    runtime: Runtime
    caller: Caller
    request_id: str
    over_get: bool = False
    """Whether what the client sent stands in a URL, where secrets must not be."""
    extra: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.load = Loaders(self.runtime, self.caller)


Info = StrawberryInfo[Context, None]

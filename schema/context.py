"""What every field may use: who asks, over what, and the loaders that serve all fields of one kind together."""

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from starlette.requests import HTTPConnection
from strawberry.dataloader import DataLoader
from strawberry.types import Info as StrawberryInfo

from data.attempt import Attempt
from data.delivery import Delivery
from data.events import Event
from data.partners import Partner
from data.payment import Payment
from data.refunds import Refund
from resolvers import deliveries, loads, partners
from resolvers.caller import NOBODY, Caller
from resolvers.deliveries import DeliveryPageKey
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
        self.delivery_page: DataLoader[DeliveryPageKey, list[Delivery]] = _loader(
            lambda keys: deliveries.load_delivery_pages(runtime, caller, keys)
        )
        self.attempts: DataLoader[UUID, list[Attempt]] = _loader(
            lambda keys: deliveries.load_attempts(runtime, caller, keys)
        )
        self.partner: DataLoader[UUID, Partner | None] = _loader(
            lambda keys: partners.load_partners(runtime, caller, keys)
        )
        self.refunds: DataLoader[UUID, list[Refund]] = _loader(lambda keys: loads.load_refunds(runtime, keys))


@dataclass
class Context:
    """Of one request, or of one WebSocket for as long as it stands. Nobody calls before `sign_in`."""

    runtime: Runtime
    request_id: str
    connection: HTTPConnection
    count_error: Callable[[str], None]
    """Told the code of each error that leaves."""
    connection_params: dict[str, Any] = field(default_factory=dict)
    """The payload of `connection_init`."""
    caller: Caller = NOBODY

    def __post_init__(self) -> None:
        self.sign_in(self.caller)

    def sign_in(self, caller: Caller) -> None:
        self.caller = caller
        self.load = Loaders(self.runtime, caller)

    @property
    def over_get(self) -> bool:
        """Whether what the client sent stands in a URL, where secrets must not be."""
        return self.connection.scope.get("method") == "GET"

    @property
    def ends_at(self) -> datetime | None:
        """When a stream of this request has to end; a WebSocket is closed as a whole, by its handler."""
        return None if self.connection.scope["type"] == "websocket" else self.caller.expires_at


Info = StrawberryInfo[Context, None]

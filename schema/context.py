"""What every field may use: who asks, over what, and the loaders that serve all fields of one kind together."""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

from starlette.types import Scope
from strawberry.dataloader import DataLoader
from strawberry.types import Info as StrawberryInfo

from data.attempt import Attempt
from data.delivery import Delivery
from data.events import Event
from data.partners import Partner
from data.refunds import Refund
from data.shown_payment import ALL, Names, Shown
from data.shown_payments import Filters, Page
from resolvers import deliveries, loads, partners, read
from resolvers.caller import NOBODY, Caller
from resolvers.deliveries import DeliveryPageKey
from resolvers.loads import EventPageKey
from resolvers.runtime import Runtime

Key = TypeVar("Key", bound=Hashable)
Loaded = TypeVar("Loaded")
Made = TypeVar("Made")


def _loader(load: Callable[[list[Key]], Awaitable[list[Loaded]]]) -> DataLoader[Key, Loaded]:
    """Without a cache: over a WebSocket a context lives as long as the connection, and would show old payments."""
    return DataLoader(load_fn=load, cache=False)


class Loaders:
    """Each is made when somebody asks for it; most requests ask for one."""

    def __init__(self, runtime: Runtime, caller: Caller) -> None:
        self._runtime = runtime
        self._caller = caller

    def payment(
        self, id_: UUID, secret: str | None, names: Names, make: Callable[[Shown], Made]
    ) -> Awaitable[Made | None] | None:
        """What is made of it, None where the caller sees none. Requests in flight share statements for payments."""
        return read.payment(self._runtime, self._caller, id_, secret, names, make, self)

    def payments_by_id(
        self, ids: Sequence[UUID], names: Names, make: Callable[[Shown], Made]
    ) -> Awaitable[list[Made | None]] | None:
        """As `payment` without a secret, of each id, all in one statement; None where the caller sees none at all."""
        return read.payments_by_id(self._runtime, self._caller, ids, names, make)

    def page_of_reservation(
        self, reservation_id: UUID, page: Page, names: Names, make: Callable[[list[Shown]], Made]
    ) -> Awaitable[Made | None]:
        return read.page_of_reservation(self._runtime, self._caller, reservation_id, page, names, make, self)

    def page(
        self, filters: Filters, page: Page, names: Names, make: Callable[[list[Shown]], Made]
    ) -> Awaitable[Made | None]:
        return read.page(self._runtime, self._caller, filters, page, names, make)

    @cached_property
    def event_page(self) -> DataLoader[EventPageKey, list[Event]]:
        return _loader(lambda keys: loads.load_event_pages(self._runtime, keys))

    @cached_property
    def delivery_page(self) -> DataLoader[DeliveryPageKey, list[Delivery]]:
        return _loader(lambda keys: deliveries.load_delivery_pages(self._runtime, self._caller, keys))

    @cached_property
    def attempts(self) -> DataLoader[UUID, list[Attempt]]:
        return _loader(lambda keys: deliveries.load_attempts(self._runtime, self._caller, keys))

    @cached_property
    def partner(self) -> DataLoader[UUID, Partner | None]:
        return _loader(lambda keys: partners.load_partners(self._runtime, self._caller, keys))

    @cached_property
    def refunds(self) -> DataLoader[UUID, list[Refund]]:
        return _loader(lambda keys: loads.load_refunds(self._runtime, keys))


@dataclass(slots=True)
class Context:
    """Of one request, or of one WebSocket for as long as it stands. Nobody calls before `sign_in`."""

    runtime: Runtime
    request_id: str
    scope: Scope
    """ASGI's, of the request or the connection."""
    count_error: Callable[[str], None]
    """Told the code of each error that leaves."""
    connection_params: Mapping[str, Any] | None = None
    """The payload of `connection_init`."""
    caller: Caller = NOBODY
    load: Loaders = field(init=False)

    def sign_in(self, caller: Caller) -> None:
        self.caller = caller
        self.load = Loaders(self.runtime, caller)

    @property
    def over_get(self) -> bool:
        """Whether what the client sent stands in a URL, where secrets must not be."""
        return self.scope.get("method") == "GET"

    @property
    def ends_at(self) -> datetime | None:
        """When a stream of this request has to end; a WebSocket is closed as a whole, by its handler."""
        return None if self.scope["type"] == "websocket" else self.caller.expires_at


@dataclass
class Info(StrawberryInfo[Context, None]):
    wanted: Names = ALL
    """What of payments is read below this field."""

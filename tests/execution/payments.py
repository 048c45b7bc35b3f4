"""The service's own schema over payments made up in memory: whatever id is asked for tells what is found."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from strawberry.dataloader import DataLoader

from data.events import Cause, Event, EventKind
from data.money import stored_money
from data.payment import CancellationCause, Payment, PaymentType
from data.refunds import Refund, RefundStatus
from data.shown_payment import Names, Shown, shown
from data.shown_payments import Filters, Page
from data.status import Status
from resolvers.loads import EventPageKey
from resolvers.refusals import NotSignedInError
from schema.schema import build_schema
from tests.execution.compare import World

NOW = datetime(2026, 3, 1, 12, 30, 15, 250000, UTC)
ANY: dict[str, Any] = {
    f'{{__typename: "{name}", id: "{id_}"}}': {"__typename": name, "id": id_}
    for name in ("Payment", "Reservation", "Money")
    for id_ in ("0b6f3c2e-0000-4000-8000-000000000001", "0b6f3c2e-0000-4000-8000-00000000000a", "none")
}
SCALARS: dict[str, dict[str, Any]] = {
    "_Any": ANY,
    "Decimal": {'"10.00"': "10.00", '"1.005"': "1.005"},
    "Currency": {'"USD"': "USD"},
    "JSON": {"{table: 4}": {"table": 4}},
    "DateTime": {'"2026-03-01T12:00:00Z"': "2026-03-01T12:00:00Z"},
}


class Load:
    def __init__(self, world: "PaymentWorld") -> None:
        def loader(name: str, one: Callable[[Any], Any]) -> DataLoader[Any, Any]:
            async def load(keys: list[Any]) -> list[Any]:
                world.log.append((name, [repr(key) for key in keys]))
                await asyncio.sleep(0)
                return [one(key) for key in keys]

            return DataLoader(load_fn=load, cache=False)

        self.together = 0
        """How often several payments were asked for at once."""
        self._payments: DataLoader[UUID, Any] = loader("payment", world.payment)
        self._pages: DataLoader[tuple[UUID, Page], Any] = loader("page", lambda key: world.reservation_page(*key))
        self.event_page: DataLoader[EventPageKey, Any] = loader("events", world.events)
        self.refunds: DataLoader[UUID, Any] = loader("refunds", world.refunds)

    def payment(self, id_: UUID, _secret: str | None, names: Names, make: Callable[[Shown], Any]) -> Any:
        return made(self._payments.load(id_), lambda row: make(limited(row, names)))

    def payments_by_id(self, ids: Sequence[UUID], names: Names, make: Callable[[Shown], Any]) -> Any:
        self.together += 1
        rows = asyncio.gather(*(self._payments.load(id_) for id_ in ids), return_exceptions=True)
        return made(rows, lambda found: [_made_of(row, names, make) for row in found])

    def page_of_reservation(self, id_: UUID, page: Page, names: Names, make: Callable[[list[Shown]], Any]) -> Any:
        return made(self._pages.load((id_, page)), lambda rows: make([limited(row, names) for row in rows]))

    async def page(self, filters: Filters, page: Page, names: Names, make: Callable[[list[Shown]], Any]) -> Any:
        random = Random(f"{filters} {page}")
        count = min(page.limit, random.randint(0, 5))
        return make([limited(made_up(random, UUID(int=random.getrandbits(128))), names) for _ in range(count)])


def _made_of(row: Any, names: Names, make: Callable[[Shown], Any]) -> Any:
    return row if row is None or isinstance(row, Exception) else make(limited(row, names))


def made(row: Awaitable[Any], make: Callable[[Any], Any]) -> "asyncio.Future[Any]":
    """As `data.joint` gives it."""
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def fulfil(done: "asyncio.Future[Any]") -> None:
        if future.done():
            return
        if (error := done.exception()) is not None:
            future.set_exception(error)
        else:
            future.set_result(None if done.result() is None else make(done.result()))

    asyncio.ensure_future(row).add_done_callback(fulfil)
    return future


def limited(row: Shown, names: Names) -> Shown:
    """Nothing is there but what was asked for."""
    return {name: row[name] for name in names}


@dataclass
class PaymentWorld(World):
    """Stands for the request's context."""

    over_get: bool = False
    caller: Any = None
    runtime: Any = None
    load: Load = field(init=False)

    def __post_init__(self) -> None:
        self.load = Load(self)

    def payment(self, id_: UUID) -> Shown | Exception | None:
        random = Random(f"{self.seed} {id_}")
        fate = random.random()
        if fate < 0.1:
            return NotSignedInError("Sign in to see payments") if fate < 0.03 else None
        return made_up(random, id_)

    def reservation_page(self, id_: UUID, page: Page) -> list[Shown]:
        random = Random(f"{self.seed} {id_}")
        found = [made_up(random, UUID(int=random.getrandbits(128))) for _ in range(random.randint(0, 6))]
        return [one for one in found if page.statuses is None or one["status"] in page.statuses][: page.limit]

    def events(self, key: EventPageKey) -> list[Event]:
        random = Random(f"{self.seed} {key.payment_id}")
        return [
            Event(key.payment_id, number, random.choice(list(EventKind)), random.choice(list(Status)),
                  random.choice([None, *Status]), random.choice(list(Cause)), NOW, random.choice([None, "said"]))
            for number in range(key.after + 1, key.after + 1 + min(key.limit, random.randint(0, 4)))
        ]  # fmt: skip

    def refunds(self, payment_id: UUID) -> list[Refund]:
        random = Random(f"{self.seed} {payment_id} refunds")
        amount = stored_money(Decimal("3.50"), "USD")
        return [
            Refund(
                UUID(int=random.getrandbits(128)),
                payment_id,
                amount,
                random.choice(list(RefundStatus)),
                None,
                None,
                NOW,
            )
            for number in range(random.randint(0, 2))
        ]


def made_up(random: Random, id_: UUID) -> Shown:
    some: Callable[[Any], Any] = lambda value: random.choice([None, value])  # noqa: E731
    ours = random.random() < 0.8
    own: dict[str, Any] = {
        "sequence": random.randint(1, 9),
        "amount_refunded": Decimal(random.randint(0, 3)),
        "amount_reserved": Decimal(random.randint(0, 9)),
        "expires_at": some(NOW + timedelta(minutes=5)),
        "failure_code": some(random.choice(["CARD_DECLINED", "AMOUNT_MISMATCH", "no such code"])),
        "cancellation_cause": some(CancellationCause.EXPIRED),
        "unknown_since": some(NOW),
        "checks": random.choice([0, 3, 2**31]),
        "last_error": some("timed out"),
    }
    payment = Payment(
        id=id_,
        status=random.choice(list(Status)),
        amount=stored_money(Decimal("12.50"), random.choice(["USD", "JPY"])),
        type=random.choice(list(PaymentType)),
        reservation_id=some(UUID(int=5)),
        subscription_id=some(UUID(int=6)),
        user_id=some(UUID(int=7)),
        provider=random.choice(["mock", "stripe"]),
        provider_payment_id=some("cs_1"),
        checkout_url=some("https://pay.example/1"),
        payer_email=some("a@example.com"),
        payer_name=some("Ñusta"),
        description=some("dinner"),
        metadata=random.choice([{}, {"table": 4}]),
        created_at=NOW,
        updated_at=NOW,
        ours=ours,
        failure_message=some("declined"),
        **(own if ours else {}),
    )
    return shown(payment)


def make_schema() -> Any:
    return build_schema()._schema

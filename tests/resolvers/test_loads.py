"""Loaders send a fixed number of statements, whatever the width of what is asked."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from uuid import UUID, uuid4

from data.payments import Position
from data.status import Status
from resolvers.caller import Caller, Kind
from resolvers.client_secret import client_secret
from resolvers.loads import (
    EventPageKey,
    PaymentKey,
    ReservationPageKey,
    load_event_pages,
    load_payments,
    load_refunds,
    load_reservation_pages,
)
from tests.data.plans import recorded
from tests.resolvers.world import RULES, SERVICE, World

USER = Caller(Kind.USER, "user:1", UUID(int=1))
WIDTHS = (1, 5, 60)


async def several(world: World) -> list[UUID]:
    """One of them is the user's."""
    made = [await world.checkout(amount=Decimal(n), user_id=UUID(int=n)) for n in range(1, 6)]
    return [payment.id for payment in made]


async def counted(world: World, load: Callable[[list[UUID]], Awaitable[object]], ids: list[UUID]) -> set[int]:
    """How many statements each width took."""
    counts = set()
    for width in WIDTHS:
        wanted = [*ids, *(uuid4() for _ in range(width))][:width]
        async with recorded(world.runtime.database) as sent:
            await load(wanted)
        counts.add(len(sent.statements))
    return counts


async def test_payments(world: World) -> None:
    ids = await several(world)

    async def load(wanted: list[UUID]) -> None:
        found = await load_payments(world.runtime, SERVICE, [PaymentKey(id_) for id_ in wanted])
        assert [payment and payment.id for payment in found] == [id_ if id_ in ids else None for id_ in wanted]

    assert await counted(world, load, ids) == {1}


async def test_payments_by_secret_and_by_right_are_two_statements(world: World) -> None:
    ids = await several(world)
    secrets = {id_: client_secret(id_, RULES.secret_keys) for id_ in ids}
    keys = [PaymentKey(id_, secrets[id_] if n % 2 else None) for n, id_ in enumerate(ids)]
    async with recorded(world.runtime.database) as sent:
        found = await load_payments(world.runtime, USER, keys)
    assert len(sent.statements) == 2
    assert [payment is not None for payment in found] == [True, True, False, True, False]


async def test_reservation_pages(world: World) -> None:
    ids = await several(world)
    statuses, after = (Status.PENDING,), Position(world.clock.now, UUID(int=2**128 - 1))

    async def load(wanted: list[UUID]) -> None:
        await load_reservation_pages(
            world.runtime, SERVICE, [ReservationPageKey(id_, statuses, 5, after) for id_ in wanted]
        )

    assert await counted(world, load, ids) == {1}


async def test_event_pages(world: World) -> None:
    ids = await several(world)

    async def load(wanted: list[UUID]) -> None:
        pages = await load_event_pages(world.runtime, [EventPageKey(id_, 0, 20) for id_ in wanted])
        assert [len(page) for page in pages] == [int(id_ in ids) for id_ in wanted]

    assert await counted(world, load, ids) == {1}


async def test_refunds(world: World) -> None:
    ids = await several(world)

    async def load(wanted: list[UUID]) -> None:
        assert await load_refunds(world.runtime, wanted) == [[] for _ in wanted]

    assert await counted(world, load, ids) == {1}

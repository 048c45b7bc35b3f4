"""Loaders send a fixed number of statements, whatever the width of what is asked."""

from collections.abc import Awaitable, Callable, Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from data.payments import Position
from data.shown_payment import ALL
from data.shown_payments import Filters, Page
from data.status import Status
from resolvers import read
from resolvers.caller import NOBODY, Caller, Kind
from resolvers.client_secret import client_secret
from resolvers.loads import EventPageKey, load_event_pages, load_refunds
from resolvers.refusals import NotSignedInError
from tests.data.plans import recorded
from tests.resolvers.world import RULES, SERVICE, World

USER = Caller(Kind.USER, "user:1", UUID(int=1))
WIDTHS = (1, 5, 60)


async def several(world: World) -> list[UUID]:
    """One of them is the user's."""
    made = [await world.checkout(amount=Decimal(n), user_id=UUID(int=n)) for n in range(1, 6)]
    return [payment.id for payment in made]


async def together(asked: Iterable[Awaitable[Any] | None]) -> list[Any]:
    """What each gives; all are asked for before the first is waited for."""
    return [None if one is None else await one for one in list(asked)]


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
        found = await together(
            read.payment(world.runtime, SERVICE, id_, None, ALL, lambda row: row["id"], world) for id_ in wanted
        )
        assert found == [str(id_) if id_ in ids else None for id_ in wanted]

    assert await counted(world, load, ids) == {1}


async def test_payments_by_their_ids(world: World) -> None:
    ids = await several(world)

    async def load(wanted: list[UUID]) -> None:
        (found,) = await together([read.payments_by_id(world.runtime, SERVICE, wanted, ALL, lambda row: row["id"])])
        assert found == [str(id_) if id_ in ids else None for id_ in wanted]

    assert await counted(world, load, ids) == {1}
    (found,) = await together([read.payments_by_id(world.runtime, USER, ids, ALL, lambda row: row["id"])])
    assert found == [str(ids[0]), None, None, None, None]
    assert read.payments_by_id(world.runtime, NOBODY, ids, ALL, lambda row: row["id"]) is None


async def test_payments_by_secret_and_by_right_are_two_statements(world: World) -> None:
    ids = await several(world)
    secrets = {id_: client_secret(id_, RULES.secret_keys) for id_ in ids}
    async with recorded(world.runtime.database) as sent:
        found = await together(
            read.payment(world.runtime, USER, id_, secrets[id_] if n % 2 else None, ALL, lambda row: row["id"], world)
            for n, id_ in enumerate(ids)
        )
    assert len(sent.statements) == 2
    assert [payment is not None for payment in found] == [True, True, False, True, False]


async def test_reservation_pages(world: World) -> None:
    ids = await several(world)
    page = Page((Status.PENDING,), 5, Position(world.clock.now, UUID(int=2**128 - 1)))

    async def load(wanted: list[UUID]) -> None:
        await together(
            read.page_of_reservation(world.runtime, SERVICE, id_, page, ALL, lambda rows: rows, world) for id_ in wanted
        )

    assert await counted(world, load, ids) == {1}


async def test_the_same_page_is_read_once_for_the_same_eyes(world: World) -> None:
    page, newest, of_one = Page(None, 5, None), Filters(), Filters(user_id=UUID(int=5))

    asked = [*[(SERVICE, newest)] * 4, (USER, newest), (SERVICE, of_one)]
    async with recorded(world.runtime.database) as sent:
        await together(read.page(world.runtime, caller, filters, page, ALL, len) for caller, filters in asked)
    assert len(sent.statements) == 3


async def test_nobody_reads_a_page(world: World) -> None:
    with pytest.raises(NotSignedInError):
        await read.page(world.runtime, NOBODY, Filters(), Page(None, 5, None), ALL, len)
    with pytest.raises(NotSignedInError):
        read.page_of_reservation(world.runtime, NOBODY, UUID(int=1), Page(None, 5, None), ALL, lambda rows: rows, world)


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

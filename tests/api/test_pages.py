"""Pages of payments: newest first, nothing skipped and nothing twice, also while new ones come."""

from typing import Any
from uuid import uuid4

from tests.api.client import CANCEL, Api

PAGE = """
query ($first: Int!, $after: String, $reservation: ID, $statuses: [PaymentStatus!]) {
  payments(first: $first, after: $after, reservationId: $reservation, statuses: $statuses) {
    nodes { id } edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
} }"""
OF_RESERVATION = """
query ($refs: [_Any!]!, $first: Int!, $after: String) { _entities(representations: $refs) { ... on Reservation {
  payments(first: $first, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } }
} } }"""


def ids(page: Any) -> list[str]:
    return [node["id"] for node in page["nodes"]]


async def test_nothing_is_skipped_or_repeated_while_new_ones_come(api: Api) -> None:
    made = [(await api.opened())["payment"]["id"] for _ in range(7)]
    seen: list[str] = []
    after = None
    while True:
        page = await api.ask(PAGE, first=2, after=after)
        assert [edge["node"]["id"] for edge in page["edges"]] == ids(page)
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        assert page["pageInfo"]["startCursor"] == page["edges"][0]["cursor"]
        seen += ids(page)
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
        await api.opened()
    assert seen == made[::-1]


async def test_of_one_reservation_and_of_some_statuses(api: Api) -> None:
    reservation = str(uuid4())
    mine = [
        (await api.opened(reservationId=reservation, amount={"amount": f"{n}.00"}))["payment"]["id"] for n in (1, 2, 3)
    ]
    await api.opened()
    await api.ask(CANCEL, id=mine[1])
    assert ids(await api.ask(PAGE, first=10, reservation=reservation)) == mine[::-1]
    assert ids(await api.ask(PAGE, first=10, reservation=reservation, statuses=["CANCELED"])) == [mine[1]]
    assert ids(await api.ask(PAGE, first=10, reservation=reservation, statuses=[])) == []
    refs = [{"__typename": "Reservation", "id": reservation}]
    (first,) = await api.ask(OF_RESERVATION, refs=refs, first=2)
    end = first["payments"]["pageInfo"]["endCursor"]
    (rest,) = await api.ask(OF_RESERVATION, refs=refs, first=2, after=end)
    assert ids(first["payments"]) + ids(rest["payments"]) == mine[::-1]
    assert not rest["payments"]["pageInfo"]["hasNextPage"]

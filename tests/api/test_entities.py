"""What other subgraphs refer to: looked up together, and a reference to nothing is that one's error alone."""

from typing import Any
from uuid import uuid4

import pytest

from schema.entities import MAX_REPRESENTATIONS
from tests.api.client import Api

ENTITIES = """query ($all: [_Any!]!) { _entities(representations: $all) { __typename
  ... on Payment { id status } ... on Reservation { id payments { nodes { id } } } ... on Partner { name } } }"""


async def asked(api: Api, *representations: Any) -> tuple[list[Any], list[str]]:
    body = await api.answer(ENTITIES, all=list(representations))
    return body["data"]["_entities"], [error["extensions"]["code"] for error in body.get("errors", ())]


async def test_references_come_back_in_their_order(api: Api) -> None:
    payment = (await api.opened())["payment"]
    (found, none, _), codes = await asked(
        api,
        {"__typename": "Payment", "id": payment["id"]},
        {"__typename": "Payment", "id": str(uuid4())},
        {"__typename": "Partner", "id": str(uuid4())},
    )
    assert found == {"__typename": "Payment", "id": payment["id"], "status": "PENDING"}
    assert (none, codes) == (None, [])


@pytest.mark.parametrize(
    "bad",
    [
        {"__typename": "Payment", "id": "7"},
        {"__typename": "Reservation", "id": "7"},
        {"__typename": "Partner", "id": "7"},
        {"__typename": "Payment"},
        {"__typename": "Payment", "id": 7},
        {"__typename": "Payment", "id": {"a": 1}},
        {"__typename": "Refund", "id": str(uuid4())},
        {"__typename": "Query"},
        {"__typename": ["Payment"]},
        {"id": str(uuid4())},
        {},
        "Payment",
        [1],
    ],
)
async def test_an_unknown_representation_is_its_own_error_alone(api: Api, bad: Any) -> None:
    good = {"__typename": "Reservation", "id": str(uuid4()), "name": "what its key does not need"}
    found, codes = await asked(api, good, bad, good)
    assert found[0] == found[2] == {"__typename": "Reservation", "id": good["id"], "payments": {"nodes": []}}
    assert (found[1], codes) == (None, ["BAD_USER_INPUT"])


async def test_their_number_is_bounded(api: Api) -> None:
    few_fields = "query ($all: [_Any!]!) { _entities(representations: $all) { ... on Payment { id } } }"
    most = [{"__typename": "Payment", "id": str(uuid4())}] * MAX_REPRESENTATIONS
    assert await api.ask(few_fields, all=most) == [None] * MAX_REPRESENTATIONS
    body = await api.answer(few_fields, all=[*most, most[0]])
    assert body["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"

"""References of other subgraphs cost the same number of statements, however many there are."""

from typing import Any
from uuid import uuid4

from graphql import parse

from data.shown_payment import ALL
from execution import compile_operation
from schema.context import Context
from schema.schema import build_schema
from tests.api.test_entities import ENTITIES
from tests.data.plans import recorded
from tests.resolvers.world import RESERVATION, SERVICE, World


async def test_one_statement_for_each_kind_of_reference(world: World) -> None:
    payment = await world.checkout()
    schema = build_schema()
    for width in (1, 40):
        context = Context(world.runtime, "a-request", {"type": "http"}, lambda code: None)
        context.sign_in(SERVICE)
        ids = [str(payment.id), *(str(uuid4()) for _ in range(width))]
        references = [{"__typename": name, "id": id_} for name in ("Payment", "Partner") for id_ in ids]
        reservations = [{"__typename": "Reservation", "id": id_} for id_ in (str(RESERVATION), *ids)]
        async with recorded(world.runtime.database) as sent:
            answer = await schema.execute(ENTITIES, {"all": [*references, *reservations]}, context)
        assert answer.errors is None and answer.data is not None
        assert answer.data["_entities"][0]["id"] == str(payment.id)
        assert answer.data["_entities"][len(references)]["payments"]["nodes"] == [{"id": str(payment.id)}]
        assert len(sent.statements) == 2, "payments, and pages of reservations"


async def test_a_payment_is_read_as_far_as_it_is_selected(world: World) -> None:
    payment = await world.checkout()
    context = Context(world.runtime, "a-request", {"type": "http"}, lambda code: None)
    context.sign_in(SERVICE)
    query = compile_operation(build_schema()._schema, parse(ENTITIES))
    async with recorded(world.runtime.database) as sent:
        answer: Any = query({"all": [{"__typename": "Payment", "id": str(payment.id)}]}, context)
        answer = await answer
    found = {"__typename": "Payment", "id": str(payment.id), "status": "PENDING"}
    assert (answer.data, answer.errors) == ({"_entities": [found]}, None)
    ((statement, _),) = sent.statements
    assert {name for name in ALL if f" AS {name}" in statement} == {"id", "status"}

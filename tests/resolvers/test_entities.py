"""References of other subgraphs cost the same number of statements, however many there are."""

from uuid import uuid4

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

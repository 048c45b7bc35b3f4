"""Walks every field of the schema with every kind of caller, and compares what each may with `access.txt`.

The table is reviewed like code: after a change that is meant, run with `WRITE_ACCESS_TABLE=1` and read the difference.
"""

import asyncio
import os
from pathlib import Path
from typing import Any

from graphql import GraphQLObjectType

from schema.schema import build_schema
from tests.api.access_questions import QUESTIONS, Arguments
from tests.api.access_table import Walk, written
from tests.api.access_world import World, furnish, seed_partners
from tests.api.callers import ASKERS, Asker
from tests.api.client import SERVICE, running
from tests.api.people import GATEWAY, PUBLIC_KEY
from tests.api.selection import SEEN, operation, outcomes

TABLE = Path(__file__).with_name("access.txt")
SCHEMA = build_schema()._schema
QUIET: dict[str, Any] = {"webhook_workers": 0, "reconciler": False, "gateway_tokens": GATEWAY}
SERVED = {**QUIET, "jwt_public_key": PUBLIC_KEY, "allow_user_checkout": False}
REDELIVER = "mutation ($id: ID!) { redeliverWebhook(input: { deliveryId: $id }) { __typename } }"


async def test_every_field_is_for_whom_the_table_says(database_url: str) -> None:
    await seed_partners(database_url)
    async with running(database_url, **SERVED) as api, running(database_url, **QUIET) as open_:
        world = World(api, open_, database_url)
        await furnish(world)
        walk: Walk = {}
        for root, about, ask in QUESTIONS:
            walk[root, about] = {}
            for asker in ASKERS:
                walk[root, about][asker.name] = await met(world, asker, root, await ask(world, asker))
    table = written(walk)
    if os.environ.get("WRITE_ACCESS_TABLE"):
        TABLE.write_text(table)
    assert table == TABLE.read_text()
    assert seen_by("a service", walk) >= every_field(), "the walk does not reach them"


async def met(world: World, asker: Asker, root: str, arguments: Arguments) -> dict[str, str]:
    query = operation(SCHEMA, root, **arguments)
    if root == "Subscription.webhookDeliveryChanged":
        answer = await while_sent_again(world, asyncio.create_task(world.first_of(asker, query, arguments)))
    elif root.startswith("Subscription"):
        answer = await world.first_of(asker, query, arguments)
    else:
        answer = await world.ask(asker, query, arguments)
    return outcomes(SCHEMA, root, answer)


async def while_sent_again(world: World, watching: asyncio.Task[Any]) -> Any:
    """A delivery changes until the watcher has seen it."""
    while not watching.done():
        await world.api.ask(REDELIVER, token=SERVICE, id=world.delivery_id)
        await asyncio.wait([watching], timeout=0.2)
    return watching.result()


def seen_by(name: str, walk: Walk) -> set[str]:
    return {field for by_caller in walk.values() for field, letter in by_caller[name].items() if letter == SEEN}


def every_field() -> set[str]:
    types = [type_ for name, type_ in SCHEMA.type_map.items() if not name.startswith("__")]
    objects = [type_ for type_ in types if isinstance(type_, GraphQLObjectType)]
    return {f"{type_.name}.{name}" for type_ in objects for name in type_.fields}

"""Partners are told with a mark while mesaYA_Res is away."""

from tests.api.client import Api, running
from tests.serving import free_port

PARTNERS = "{ partners { stale nodes { id } } }"


async def test_the_last_known_are_told_with_a_mark(database_url: str) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    async with running(database_url, partners_source="gateway", mesa_ya_res_url=nobody) as api:
        assert await api.ask(PARTNERS) == {"stale": True, "nodes": []}


async def test_the_shared_table_is_never_stale(api: Api) -> None:
    assert (await api.ask(PARTNERS))["stale"] is False

"""What development shows to everybody, and production does not; each by a setting of its own."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.api.client import CHECKOUT, SERVICE, Api, order, running
from tests.running.environment import PUBLIC_KEY

CLOSED = {
    "jwt_public_key": PUBLIC_KEY,
    "introspection": False,
    "suggestions": False,
    "schema_document": False,
    "graphiql": False,
}
"""Production's switches; the rest of production needs a real provider."""


@pytest.fixture
async def closed(database_url: str) -> AsyncIterator[Api]:
    async with running(database_url, **CLOSED) as api:
        yield api


async def refusal(api: Api, query: str, token: str | None = SERVICE, **variables: Any) -> Any:
    return (await api.answer(query, token, **variables))["errors"][0]


async def test_introspection_suggestions_and_pages_are_off(closed: Api) -> None:
    assert "introspection" in (await refusal(closed, "{ __schema { types { name } } }"))["message"].lower()
    assert "Did you mean" not in (await refusal(closed, "{ paymnet { id } }"))["message"]
    for path in ("/graphiql", "/schema.graphql", "/"):
        assert (await closed.http.get(path)).status_code == 404
    assert (await closed.http.get("/graphql", headers={"accept": "text/html"})).status_code == 406


async def test_they_are_on_in_development(api: Api) -> None:
    assert (await api.ask("{ __schema { queryType { name } } }"))["queryType"] == {"name": "Query"}
    assert "Did you mean 'payment'" in (await refusal(api, "{ paymnet { id } }"))["message"]
    assert (await api.http.get("/graphql", headers={"accept": "text/html"})).headers["location"] == "/graphiql"


async def test_nobody_without_credentials_does_anything(closed: Api) -> None:
    payment_id = (await closed.opened())["payment"]["id"]
    assert (await closed.ask("query ($id: ID!) { payment(id: $id) { id } }", None, id=payment_id)) is None
    for query in ("{ payments { nodes { id } } }", CHECKOUT, "{ partners { nodes { id } } }"):
        error = await refusal(closed, query, None, **({"input": order()} if query == CHECKOUT else {}))
        assert error["extensions"]["code"] == "UNAUTHENTICATED"
    wrong = await closed.http.post(
        "/graphql", json={"query": "{ __typename }"}, headers={"authorization": "Bearer wrong"}
    )
    assert (wrong.status_code, wrong.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")


async def test_figures_are_for_services(closed: Api) -> None:
    assert (await closed.http.get("/metrics")).status_code == 401
    shown = await closed.http.get("/metrics", headers={"authorization": f"Bearer {SERVICE}"})
    assert shown.status_code == 200

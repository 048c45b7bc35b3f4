"""Operations that came before are answered on a shorter way, with the same bytes, and nothing else goes that way."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import httpx
import pytest

from execution import CompiledOperation
from schema.asked import Asked
from schema.known_operations import KnownOperations
from schema.limits import MAX_COST
from tests.api.client import CANCEL, CHECKOUT, PAYMENT, REFUND, SERVICE, VERIFY, Api, order, running
from tests.running.environment import PRODUCTION

PAGE = """query Page($first: Int, $more: Boolean = false, $id: ID) {
  payments(first: $first, reservationId: $id) { edges { cursor node { ...P } } pageInfo { hasNextPage endCursor } } }
fragment P on Payment { __typename id status amount { amount currency } createdAt metadata
  reservation @include(if: $more) { id payments(first: 2) { nodes { id payer { email } } } }
  refunds { id } events(first: 3) { nodes { sequence } } }"""
ENTITIES = "query ($of: [_Any!]!) { _entities(representations: $of) { __typename ... on Payment { id status } } }"
ALIASES = """query ($a: ID!, $b: ID!, $c: ID!) { a: payment(id: $a) { id status } b: payment(id: $b) { status }
  c: payment(id: $c) { id amount { amount } events { nodes { sequence } } } }"""
BOTH = "query A { __typename } query B { service: _service { sdl } }"
DEAR = "{ payments(first: 100) { nodes { events(first: 100) { nodes { sequence kind cause status } } } } }"
SERVICE_HEADERS = {"Authorization": f"Bearer {SERVICE}"}
NEWER = {"Accept": "application/graphql-response+json"}


class Taken:
    """Counts what goes the shorter way."""

    count = 0


@pytest.fixture
def taken() -> Any:
    taken, run = Taken(), CompiledOperation.__call__

    def counted(*given: Any) -> Any:
        taken.count += 1
        return run(*given)

    with patch.object(CompiledOperation, "__call__", counted):
        yield taken


def plain(response: httpx.Response) -> tuple[Any, ...]:
    headers = {name: value for name, value in response.headers.items() if name not in ("date", "x-request-id")}
    return response.status_code, headers, response.content


async def again(api: Api, taken: Taken, body: Any, headers: dict[str, str] | None = None, *, short: bool) -> Any:
    """Three times a text that is new: the second and the third answer are those of the first."""
    given = headers or SERVICE_HEADERS
    if short:
        body = {**body, "query": f"{body['query']} # {uuid4()}"}
    answers = []
    for turn in range(3):
        before = taken.count
        request_id = {"X-Request-Id": "r-1"}
        answers.append(await api.http.post("/graphql", json=body, headers={**given, **request_id}))
        assert answers[-1].headers["x-request-id"] == "r-1"
        assert taken.count - before == (short and turn > 0)
    assert plain(answers[0]) == plain(answers[1]) == plain(answers[2])
    return answers[0].json() if "json" in answers[0].headers["content-type"] else None


async def test_the_same_bytes(api: Api, taken: Taken) -> None:
    payment = (await api.opened())["payment"]["id"]
    found = await again(api, taken, {"query": PAYMENT, "variables": {"id": payment}}, short=True)
    assert found["data"]["payment"]["status"] == "PENDING"
    for variables in ({"first": 2, "more": True}, {"first": 1}, {"first": 0}, {"first": "x"}, {"more": None}, {}):
        await api.http.post("/graphql", json={"query": "{ __typename }"})
        answers = []
        for text in (PAGE + f"# {variables}", PAGE + f"# {variables}", PAGE + f"# {variables}"):
            answers.append(
                await api.http.post("/graphql", json={"query": text, "variables": variables}, headers=SERVICE_HEADERS)
            )
        assert plain(answers[0]) == plain(answers[1]) == plain(answers[2])
    for last in ("no", payment):
        aliases = {"query": ALIASES, "variables": {"a": payment, "b": str(uuid4()), "c": last}}
        assert (await again(api, taken, aliases, short=True))["data"]["a"]["status"] == "PENDING"
    entities = {"of": [{"__typename": "Payment", "id": payment}, {"__typename": "Payment", "id": "no"}]}
    await again(api, taken, {"query": ENTITIES, "variables": entities}, short=True)


async def test_nothing_and_errors_as_ever(api: Api, taken: Taken) -> None:
    for headers in (SERVICE_HEADERS, {**SERVICE_HEADERS, **NEWER}):
        text = PAYMENT + f"# {len(headers)}"
        assert (await again(api, taken, {"query": text, "variables": {"id": str(uuid4())}}, headers, short=True)) == {
            "data": {"payment": None}
        }
        wrong = await again(api, taken, {"query": text + " ", "variables": {"id": "nonsense"}}, headers, short=True)
        assert wrong["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}
        missing = await again(api, taken, {"query": text + "  "}, headers, short=True)
        assert "data" not in missing
    assert (await again(api, taken, {"query": BOTH, "operationName": "B"}, short=True))["data"]["service"]["sdl"]


async def test_mutations_give_the_same_bytes(api: Api, taken: Taken) -> None:
    """Each repeated, so that one answer after the other is the same: the first is graphql-core's."""
    known = {**order(), "idempotencyKey": "known"}
    opened = (await api.answer(CHECKOUT, input=known))["data"]["checkout"]["payment"]["id"]
    for text, variables, kind in (
        (CHECKOUT, {"input": known}, "CheckoutSuccess"),
        (CHECKOUT, {"input": {**known, "description": "another"}}, "IdempotencyConflictError"),
        (CHECKOUT, {"input": {**known, "amount": {"amount": "0", "currency": "USD"}}}, "InvalidInputError"),
        (VERIFY, {"id": opened}, "VerifyPaymentSuccess"),
        (VERIFY, {"id": str(uuid4())}, "PaymentNotFoundError"),
        (REFUND, {"input": {"paymentId": opened}}, "PaymentNotRefundableError"),
    ):
        answer = await again(api, taken, {"query": text, "variables": variables}, short=True)
        assert next(iter(answer["data"].values()))["__typename"] == kind
    await api.answer(CANCEL, id=opened)
    await again(api, taken, {"query": CANCEL, "variables": {"id": opened}}, short=True)
    for wrong in ({"id": "x"}, {"id": None}, {}, {"id": opened, "secret": 5}):
        refused = await again(api, taken, {"query": VERIFY, "variables": wrong}, short=True)
        assert refused["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}


async def test_a_mutation_is_executed_once(api: Api, taken: Taken) -> None:
    """On either way: graphql-core's first, then the shorter one."""
    opened, text = set(), f"{CHECKOUT} # {uuid4()}"
    for number in range(4):
        answer = await api.answer(text, input={**order(), "idempotencyKey": f"key {number}"})
        assert answer["data"]["checkout"]["created"]
        opened.add(answer["data"]["checkout"]["payment"]["id"])
    assert taken.count == 3
    found = await api.answer("{ payments(first: 100) { nodes { id events { nodes { sequence } } } } }")
    assert {node["id"]: len(node["events"]["nodes"]) for node in found["data"]["payments"]["nodes"]} == dict.fromkeys(
        opened, 1
    )


async def test_what_does_not_go_there(api: Api, taken: Taken) -> None:
    for body in (
        {"query": "{ nobody }"},
        {"query": "{ unfinished"},
        {"query": BOTH},
        {"query": BOTH, "operationName": "C"},
        {"query": BOTH, "operationName": 5},
        {"query": "{ __typename }", "variables": []},
        {"query": "{ __typename }", "extensions": 1},
        ["{ __typename }"],
    ):
        await again(api, taken, body, short=False)
    for headers in (
        {"Authorization": "Bearer wrong"},
        {"Accept": "text/html"},
        {"Accept": "text/event-stream"},
        {"Origin": "https://elsewhere.example"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "Application/JSON"},
        {"Accept": "text/Event-Stream, application/json"},
    ):
        await again(api, taken, {"query": "{ __typename }"}, headers, short=False)


async def test_authorization_comes_first(api: Api, taken: Taken, closed: Api) -> None:
    body = {"query": PAGE, "variables": {}}
    assert "errors" not in await again(closed, taken, body, short=True)
    for _ in range(2):
        answer = (await closed.http.post("/graphql", json=body)).json()
        assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    service = {"query": "{ _service { sdl } }"}
    assert "errors" not in await again(closed, taken, service, short=False)
    refused = (await closed.http.post("/graphql", json=service)).json()
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_who_is_refused_is_so_before_the_body(closed: Api) -> None:
    to = httpx.URL(closed.url)
    reader, writer = await asyncio.open_connection(to.host, to.port)
    head = ["POST /graphql HTTP/1.1", "Host: here", "Content-Type: application/json", "Authorization: Bearer wrong"]
    writer.write("\r\n".join([*head, "Content-Length: 100000", "", ""]).encode())
    async with asyncio.timeout(20):
        assert (await reader.readline()).split()[1] == b"401"
    writer.close()


async def test_what_costs_too_much_is_not_begun(api: Api, taken: Taken) -> None:
    for _ in range(3):
        body = (await api.http.post("/graphql", json={"query": DEAR}, headers=SERVICE_HEADERS)).json()
        assert body["errors"][0]["extensions"] == {"code": "LIMIT_EXCEEDED"}
        assert "data" not in body
    assert taken.count == 0


async def test_the_cost_is_shown_on_request(api: Api, taken: Taken) -> None:
    body = {"query": PAYMENT, "variables": {"id": str(uuid4())}, "extensions": {"cost": True}}
    answer = await again(api, taken, body, short=True)
    assert answer["extensions"]["cost"]["limit"] == MAX_COST
    assert 20 < answer["extensions"]["cost"]["operation"] < 200


async def test_figures_are_counted_as_ever(api: Api, taken: Taken) -> None:
    for _ in range(3):
        await api.http.post("/graphql", json={"query": '{ payment(id: "x") { id } }'})
    figures = (await api.http.get("/metrics", headers=SERVICE_HEADERS)).text
    assert 'mesaya_requests_total{method="POST",route="/graphql",status="200"} 3.0' in figures
    assert 'mesaya_graphql_errors_total{code="BAD_USER_INPUT"} 3.0' in figures


async def test_what_fails_is_said_to_have_failed_under_its_id(api: Api) -> None:
    body = {"query": f"{{ __typename }} # {uuid4()}"}
    await api.http.post("/graphql", json=body, headers=SERVICE_HEADERS)
    for broken in ((KnownOperations, "asked"), (Asked, "begin"), (Asked, "_answer")):
        with patch.object(*broken, side_effect=RuntimeError):
            answer = await api.http.post("/graphql", json=body, headers={**SERVICE_HEADERS, "X-Request-Id": "r-1"})
        assert (answer.status_code, answer.headers["x-request-id"]) == (500, "r-1")
        assert answer.text == "Something went wrong here; ask about request r-1"
    assert (await api.http.post("/graphql", json=body, headers=SERVICE_HEADERS)).json()["data"]


@pytest.fixture
async def closed(database_url: str) -> AsyncIterator[Api]:
    """As in production: nobody sees anything without credentials."""
    given = {name.lower(): value for name, value in PRODUCTION.items() if name != "DATABASE_URL"}
    async with running(database_url, **given) as api:
        yield api

"""GraphQL over HTTP: methods, media types, bodies, and what is refused before anything is executed."""

import json
import re
from base64 import urlsafe_b64encode
from typing import Any
from uuid import uuid4

import pytest

from schema.endpoint import MAX_BODY_BYTES
from schema.errors import MAX_MESSAGE
from schema.limits import MAX_ALIASES, MAX_DEPTH, MAX_DIRECTIVES, MAX_NESTING, MAX_REPEATS, MAX_TOKENS
from tests.api.client import CHECKOUT, PAYMENT, Api, order, running

NEWEST = "{ payments(first: 100) { nodes { id } } }"
NEWER = "application/graphql-response+json"
TYPENAME = {"query": "{ __typename }"}


@pytest.fixture
def api(shared_api: Api) -> Api:
    return shared_api


def chain(length: int, times: int = 1) -> str:
    """Fragments that each spread the next one so often."""
    links = (f" fragment f{n} on Query {{" + f" ...f{n + 1}" * times + " }" for n in range(length))
    return "".join(links) + f" fragment f{length} on Query {{ __typename }}"


async def code_of(api: Api, query: str, **variables: Any) -> str:
    body = await api.answer(query, **variables)
    return str(body["errors"][0]["extensions"]["code"])


@pytest.mark.parametrize("path", ["/graphql/", "/health/", "/api/payments/"])
async def test_nobody_is_sent_to_where_the_host_header_says(api: Api, path: str) -> None:
    answer = await api.http.post(path, json={}, headers={"host": "evil.example"})
    assert (answer.status_code, answer.headers.get("location")) == (404, None)


@pytest.mark.parametrize(
    "query", ["{", "{ nothing }", "query ($x: Int!) { __typename }", "query A { a } query B { b }"]
)
@pytest.mark.parametrize(("accept", "status"), [(NEWER, 400), ("application/json", 200)])
async def test_a_refused_document_has_no_data(api: Api, query: str, accept: str, status: int) -> None:
    response = await api.http.post("/graphql", json={"query": query}, headers={"accept": accept})
    body = response.json()
    assert "data" not in body
    assert body["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert response.status_code in (status, 400)


@pytest.mark.parametrize(
    ("content", "media", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"[" * 5000, "application/json", 400),
        (b'{"query": 1}', "application/json", 400),
        (b'{"query": "{ __typename }", "variables": []}', "application/json", 400),
        (b'{"query": "{ __typename }", "operationName": 7}', "application/json", 400),
        (b'{"query": "{ __typename }", "extensions": 7}', "application/json", 400),
        (b'{"query": "{ __typename }", "variables": {"x": NaN}}', "application/json", 400),
        (b"{}", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"query={__typename}", "application/x-www-form-urlencoded", 415),
        (b'{"query": "{ __typename }"}', "text/plain", 415),
        (b'--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n{}', "multipart/form-data; boundary=x", 415),
        (b'{"query": "{ __typename }"}', "", 415),
        (b'{"query": "' + b" " * MAX_BODY_BYTES + b'"}', "application/json", 413),
    ],
)
async def test_a_body_that_is_no_request_is_refused(api: Api, content: bytes, media: str, status: int) -> None:
    headers = {"content-type": media} if media else {}
    response = await api.http.post("/graphql", content=content, headers=headers)
    assert response.status_code == status
    error = response.json()["errors"][0]
    assert error["extensions"]["code"] == ("LIMIT_EXCEEDED" if status == 413 else "BAD_USER_INPUT")
    assert "Traceback" not in error["message"]


async def test_get_reads_and_does_not_write(api: Api) -> None:
    read = await api.http.get("/graphql", params={"query": "query ($i: ID!) { payment(id: $i) { id } }"} | variables())
    wrote = await api.http.get(
        "/graphql", params={"query": CHECKOUT, "variables": json.dumps({"input": order()})}, headers={"accept": NEWER}
    )
    put = await api.http.put("/graphql", json=TYPENAME)
    assert (read.status_code, read.json()) == (200, {"data": {"payment": None}})
    assert (wrote.status_code, wrote.headers["allow"]) == (405, "POST") and "data" not in wrote.json()
    assert (put.status_code, put.headers["allow"]) == (405, "GET, POST")


def variables() -> dict[str, str]:
    return {"variables": json.dumps({"i": str(uuid4())})}


async def test_a_client_secret_is_not_taken_from_a_url(api: Api) -> None:
    opened = await api.opened()
    asked = json.dumps({"id": opened["payment"]["id"], "secret": opened["clientSecret"]})
    response = await api.http.get("/graphql", params={"query": PAYMENT, "variables": asked})
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    "query",
    [
        "{ a: __typename " * (MAX_DEPTH + 1) + "}" * (MAX_DEPTH + 1),
        "{" + " ".join(f"a{n}: __typename" for n in range(MAX_ALIASES + 1)) + "}",
        "{ __typename " + "@skip(if: false) " * (MAX_DIRECTIVES + 1) + "}",
        "{" + " __typename" * MAX_TOKENS + "}",
        "{" + "payments { nodes { id } } " * (MAX_REPEATS + 1) + "}",
        "{" + "payments { nodes { id status } nodes { id } } " * MAX_REPEATS + "}",
        "query { ...a } fragment a on Query { ...b ...b } fragment b on Query {" + " __typename" * 501 + "}",
        "query { __typename } fragment unused on Query {" + " __typename" * (MAX_REPEATS + 1) + "}",
        "{ ...f0 }" + chain(MAX_NESTING),
        "{ ...f0 }" + chain(450),
        "{ ...f0 }" + chain(40, times=2),
    ],
    ids=[
        "depth",
        "aliases",
        "directives",
        "tokens",
        "repeats",
        "merged repeats",
        "fields",
        "unused",
        "nesting",
        "recursion",
        "doubled",
    ],
)
async def test_what_is_too_large_is_refused_before_validation(api: Api, query: str) -> None:
    assert await code_of(api, query) == "LIMIT_EXCEEDED"


@pytest.mark.parametrize("operation", ["query", "mutation"])
async def test_fragments_that_spread_each_other_take_no_time(api: Api, operation: str) -> None:
    names = [f"f{number}" for number in range(20)]
    type_, spreads = operation.title(), " ".join(f"...{name}" for name in names)
    text = f"{operation} {{ {spreads} }}" + "".join(f" fragment {name} on {type_} {{ {spreads} }}" for name in names)
    assert await code_of(api, text) == "BAD_USER_INPUT"


async def test_a_fragment_that_spreads_itself_in_its_fields_takes_no_time(api: Api) -> None:
    """Each level would be twice as many places as the one before."""
    for fields in (2, 20):
        inner = "".join(f"a{number}: payments {{ nodes {{ ...F }} }} " for number in range(fields))
        assert await code_of(api, f"query {{ ...F }} fragment F on Query {{ {inner} }}") == "BAD_USER_INPUT"


async def test_what_a_client_repeats_is_not_repeated_without_end(database_url: str) -> None:
    """Nor searched for suggestions in a time that grows with its square."""
    text = " Did you mean " * 16_000
    async with running(database_url, suggestions=False) as closed:
        query = f'mutation {{ checkout(input: {{ u1: 1 u2: 2 z: "{text}" }}) {{ __typename }} }}'
        response = await closed.http.post("/graphql", json={"query": query})
    messages = [error["message"] for error in response.json()["errors"]]
    assert len(messages) > 1 and all(len(message) <= MAX_MESSAGE + 1 for message in messages)


async def test_a_number_of_any_length_is_a_mistake_of_the_client(api: Api) -> None:
    query = f"query ($x: ID! = {'9' * 5000}) {{ payment(id: $x) {{ id }} }}"
    for _ in range(2):
        assert await code_of(api, query) == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    "place",
    [
        "p:0001-01-01T00:00:00+23:59,{id}",
        "p:9999-12-31T23:59:59-23:59,{id}",
        "p:2026-01-01T00:00:00,{id}",
        "p:2026-01-01T00:00:00+00:00,1",
        "d:2026-01-01T00:00:00+00:00,{id}",
        "p:2026-01-01T00:00:00+00:00",
        "p:,",
        "",
    ],
)
async def test_a_cursor_that_somebody_made_up_is_none_of_ours(api: Api, place: str) -> None:
    cursor = urlsafe_b64encode(place.format(id=uuid4()).encode()).decode()
    query = "query ($after: String) { payments(after: $after) { nodes { id } } }"
    assert await code_of(api, query, after=cursor) == "BAD_USER_INPUT"


async def test_one_of_several_operations_is_named(api: Api) -> None:
    asked = {"query": "query A { a: __typename } query B { b: __typename }"}
    refused = (await api.http.post("/graphql", json=asked)).json()
    assert "data" not in refused and refused["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    answer = await api.http.post("/graphql", json={**asked, "operationName": "B"})
    assert answer.json() == {"data": {"b": "Query"}}


async def test_a_subscription_needs_a_stream(api: Api) -> None:
    asked = {"query": f'subscription {{ paymentStatusChanged(paymentId: "{uuid4()}") {{ cursor }} }}'}
    refused = await api.http.post("/graphql", json=asked)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert "text/event-stream" in refused.json()["errors"][0]["message"]


async def test_what_fails_around_an_execution_is_masked_too(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_tree: object) -> None:
        raise RuntimeError("inner text")

    monkeypatch.setattr("schema.limits.refusal", broken)
    body = await api.answer("{ broken: __typename }")
    assert body["errors"][0]["extensions"]["code"] == "INTERNAL" and "inner text" not in str(body)


async def test_a_request_has_one_mutation_field(api: Api) -> None:
    twice = "mutation { a: verifyPayment(input: {paymentId: 1}) { __typename } ...more } fragment more on Mutation "
    assert await code_of(api, twice + "{ b: verifyPayment(input: {paymentId: 1}) { __typename } }") == "LIMIT_EXCEEDED"


@pytest.mark.parametrize(
    ("query", "given"),
    [
        (PAYMENT, {"id": "1"}),
        (PAYMENT, {"id": "0" * 32}),
        (PAYMENT, {"id": "\x00"}),
        ('{ payments(after: "AAAA") { nodes { id } } }', {}),
        ("{ payments(first: 0) { nodes { id } } }", {}),
        ("{ payments(first: 101) { nodes { id } } }", {}),
        ('{ payments(statuses: ["PAID"]) { nodes { id } } }', {}),
        (CHECKOUT, {"input": {**order(), "amount": {"amount": 25.0}}}),
        (CHECKOUT, {"input": {**order(), "amount": {"amount": "NaN"}}}),
        (CHECKOUT, {"input": {**order(), "amount": {"amount": "1e3"}}}),
        (CHECKOUT, {"input": {**order(), "reservationId": "nonsense"}}),
    ],
)
async def test_malformed_values_are_bad_input(api: Api, query: str, given: dict[str, Any]) -> None:
    assert await code_of(api, query, **given) == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"amount": {"amount": "0"}}, ["input", "amount"]),
        ({"amount": {"amount": "100000000.00"}}, ["input", "amount"]),
        ({"amount": {"amount": "1.001"}}, ["input", "amount"]),
        ({"amount": {"amount": "1.5", "currency": "JPY"}}, ["input", "amount"]),
        ({"amount": {"amount": "1", "currency": "KWD"}}, ["input", "amount"]),
        ({"reservationId": None}, ["input", "reservationId"]),
        ({"subscriptionId": str(uuid4())}, ["input", "reservationId"]),
        ({"description": "a\0b"}, ["input", "description"]),
        ({"metadata": {"a": "b\0"}}, ["input", "metadata"]),
        ({"metadata": {"a": "x" * 17_000}}, ["input", "metadata"]),
        ({"metadata": {"a": [{"b": 2**64}]}}, ["input", "metadata"]),
        ({"metadata": [1]}, ["input", "metadata"]),
        ({"metadata": json.loads('{"a":' * 9 + "1" + "}" * 9)}, ["input", "metadata"]),
        ({"payer": {"email": "nobody"}}, ["input", "payer", "email"]),
        ({"expiresInMinutes": 29}, ["input", "expiresInMinutes"]),
        ({"successUrl": "javascript:alert(1)"}, ["input", "successUrl"]),
        ({"idempotencyKey": ""}, ["input", "idempotencyKey"]),
    ],
)
async def test_values_that_cannot_be_kept_are_typed_refusals(api: Api, change: dict[str, Any], path: list[str]) -> None:
    before = await api.ask(NEWEST)
    answer = await api.checkout(**change)
    assert (answer["__typename"], answer.get("path")) == ("InvalidInputError", path)
    assert await api.ask(NEWEST) == before, "nothing was written"


async def test_every_answer_has_a_request_id(api: Api) -> None:
    given = await api.http.get("/health/live", headers={"x-request-id": "from-the-gateway.1"})
    made = [
        (await api.http.get("/health/live", headers={"x-request-id": bad})).headers["x-request-id"]
        for bad in ("", "a b")
    ]
    assert given.headers["x-request-id"] == "from-the-gateway.1"
    assert len(set(made)) == 2 and all(re.fullmatch(r"[0-9a-f]{16}-[1-9][0-9]*", id_) for id_ in made)


async def test_pages_of_allowed_origins_may_call(api: Api) -> None:
    asked = {"origin": "http://localhost:4200", "access-control-request-method": "POST"}
    headers = {**asked, "access-control-request-headers": "authorization,content-type"}
    allowed = await api.http.options("/graphql", headers=headers)
    refused = await api.http.options("/graphql", headers={**headers, "origin": "https://elsewhere.example"})
    assert allowed.headers["access-control-allow-origin"] == "http://localhost:4200"
    assert refused.status_code == 400 and "access-control-allow-origin" not in refused.headers
    typename, watch = {"query": "{ __typename }"}, {"query": "subscription { webhookDeliveryChanged { id } }"}
    for body, accept in ((typename, "application/json"), (typename, "application/json"), (watch, "text/event-stream")):
        for origin, told in (("http://localhost:4200", "http://localhost:4200"), ("https://elsewhere.example", None)):
            said = {"origin": origin, "accept": accept}
            async with api.http.stream("POST", "/graphql", json=body, headers=said) as answer:
                assert answer.headers.get("access-control-allow-origin") == told

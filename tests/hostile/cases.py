"""Requests nobody means well: of wrong types, sizes and encodings, with parts left out. The same every time."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import schemathesis
from graphql import GraphQLSyntaxError, NameNode, ObjectFieldNode, ValueNode, introspection_from_schema, parse, validate
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from hypothesis_graphql import nodes
from schemathesis import GenerationMode

from schema.schema import build_schema

OPENAPI = json.loads((Path(__file__).parents[2] / "rest" / "openapi.json").read_text())
SCHEMA = build_schema()._schema
JSON = {"content-type": "application/json"}
VALUES: dict[str, st.SearchStrategy[str]] = {
    "Decimal": st.text() | st.sampled_from(["25.00", "1e3", "NaN", "-1", "0.001", "9" * 40]),
    "DateTime": st.text()
    | st.sampled_from(["2026-01-31T12:00:00Z", "0000-00-00T00:00:00Z", "9999-12-31T23:59:59+23:59"]),
    "Currency": st.text() | st.sampled_from(["USD", "JPY", "usd", "XXX"]),
    "URL": st.text(),
    "JSON": st.text(),
    "federation__FieldSet": st.text(),
}
TYPENAMES = ["Payment", "Reservation", "Partner", "Refund", "Nothing", ""]
ID = re.compile(r'\b(id|paymentId|reservationId): (?:"(?:[^"\\]|\\.)*"|-?\d+)')


@dataclass(frozen=True)
class Attack:
    method: str
    path: str
    content: bytes | None = None
    headers: dict[str, str] = field(default_factory=lambda: dict(JSON))


def of_rest(payment_id: str, examples: int) -> Iterator[Attack]:
    """By the OpenAPI document, every second one about a payment that there is."""
    schema = schemathesis.openapi.from_dict(OPENAPI)
    for operation in schema.get_all_operations():
        for number, case in enumerate(_generated(_valid(operation), examples)):
            sent = case.as_transport_kwargs(base_url="http://host")
            path = sent["url"].removeprefix("http://host") or "/"
            if number % 2:
                path = re.sub(r"(/api/payments/(?:reservation/)?)[^/]+", rf"\g<1>{payment_id}", path)
            headers = {
                name: text for name, text in sent["headers"].items() if name in ("Content-Type", "Idempotency-Key")
            }
            yield Attack(sent["method"], path, _content(sent), headers)


def of_graphql(payment_id: str, examples: int) -> Iterator[Attack]:
    """By the schema, every second one about a payment that there is."""
    whole = _described()
    for schema in (whole, whole.include(name="Query._entities")):  # which is left out unless it is asked for
        for query in _documents(schema, payment_id, examples):
            yield graphql({"query": query})


def of_subscriptions(payment_id: str, examples: int) -> Iterator[dict[str, Any]]:
    """As queries of a schema whose queries are our subscriptions: generators know no third kind of operation."""
    for query in _documents(_described(queries="Subscription"), payment_id, examples):
        yield {"query": f"subscription {query.removeprefix('query')}"}


@cache
def may_be_quiet(query: str) -> bool:
    """One that watches deliveries, of which there are none, and is valid. Every other one has to be answered."""
    try:
        return "webhookDeliveryChanged" in query and not validate(SCHEMA, parse(query))
    except GraphQLSyntaxError:
        return False


def streamed(body: object) -> Attack:
    return graphql(body, accept="text/event-stream")


def _described(queries: str = "Query") -> Any:
    for name, values in VALUES.items():
        schemathesis.graphql.scalar(name, values.map(nodes.String))
    schemathesis.graphql.scalar("_Any", literals)
    described: dict[str, Any] = {**introspection_from_schema(SCHEMA)}
    if queries != "Query":
        roots = {"queryType": {"name": queries}, "mutationType": None, "subscriptionType": None}
        described["__schema"] = {**described["__schema"], **roots}
    return schemathesis.graphql.from_dict({"data": described})


def _documents(schema: Any, payment_id: str, examples: int) -> Iterator[str]:
    for operation in schema.get_all_operations():
        for number, case in enumerate(_generated(_valid(operation), examples)):
            query = case.body if isinstance(case.body, str) else str(case.body)
            yield ID.sub(rf'\1: "{payment_id}"', query) if number % 2 else query


ENTITIES = """query ($v: [_Any!]!) { _entities(representations: $v) { __typename
  ... on Payment { id events { nodes { kind } } } ... on Reservation { id payments { nodes { id } } }
  ... on Partner { id name } } }"""
PAYMENT = "query ($v: ID!) { payment(id: $v) { id reservation { payments { nodes { id } } } } }"
CHECKOUT = "mutation ($v: CheckoutInput!) { checkout(input: $v) { __typename } }"
WATCH = "subscription ($v: ID!) { paymentStatusChanged(paymentId: $v) { cursor } }"
RESUME = """subscription ($v: String!) { paymentStatusChanged(paymentId: "7", after: $v) { cursor } }"""


def of_variables(payment_id: str, examples: int) -> Iterator[dict[str, Any]]:
    """Any JSON where an operation takes a variable, those that generators leave out among them."""
    asked = [(ENTITIES, representations(payment_id)), (PAYMENT, ids(payment_id))]
    return _with_variables([*asked, (CHECKOUT, checkouts), (CHECKOUT, any_json)], examples)


def of_watching_variables(payment_id: str, examples: int) -> Iterator[dict[str, Any]]:
    """The same for subscriptions."""
    return _with_variables([(WATCH, ids(payment_id)), (RESUME, any_json)], examples)


def _with_variables(asked: list[tuple[str, st.SearchStrategy[Any]]], examples: int) -> Iterator[dict[str, Any]]:
    for query, values in asked:
        for value in drawn(values, examples):
            yield {"query": query, "variables": {"v": value}}


def ids(payment_id: str) -> st.SearchStrategy[Any]:
    return st.sampled_from([payment_id, payment_id.upper(), "", "\0", "7"]) | any_json


any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20,
)
checkouts = st.fixed_dictionaries(
    {"amount": st.fixed_dictionaries({"amount": VALUES["Decimal"], "currency": VALUES["Currency"]}) | any_json},
    optional={
        name: st.text() | any_json
        for name in (
            "reservationId",
            "subscriptionId",
            "userId",
            "payer",
            "description",
            "metadata",
            "successUrl",
            "cancelUrl",
            "expiresInMinutes",
            "idempotencyKey",
            "unknown",
        )
    },
)


plain: st.SearchStrategy[ValueNode] = (
    st.just(nodes.Null) | st.booleans().map(nodes.Boolean) | st.integers().map(nodes.Int) | st.text().map(nodes.String)
)
entity: st.SearchStrategy[ValueNode] = st.fixed_dictionaries(
    {"__typename": st.sampled_from(TYPENAMES).map(nodes.String) | plain}, optional={"id": plain, "other": plain}
).map(lambda parts: nodes.Object([ObjectFieldNode(name=NameNode(value=name), value=it) for name, it in parts.items()]))
literals = plain | st.lists(plain, max_size=3).map(nodes.List) | entity
"""Values as they stand in a document, representations of entities among them."""


def representations(payment_id: str) -> st.SearchStrategy[Any]:
    names = st.sampled_from(TYPENAMES) | any_json
    one = st.fixed_dictionaries({}, optional={"__typename": names, "id": st.just(payment_id) | any_json})
    return st.lists(one | any_json, max_size=5) | any_json


def of_bytes(examples: int) -> Iterator[Attack]:
    """Bodies that are no JSON, in encodings that are not UTF-8, and of every size."""
    good = json.dumps({"query": "{ __typename }", "amount": 25.5, "payment_id": "7", "event_type": "x"})
    bodies = [
        good.encode("utf-16"), good.encode("utf-32"), good.encode() + b"\xff", b"\xef\xbb\xbf" + good.encode(), b"",
        b"null", b"[]", b"7", b'"', b"{", b"[" * 100_000, b'{"a":' * 100_000, b"9" * 60_000, b'{"amount": 1e999999999}',
        b'{"amount": ' + b"9" * 60_000 + b"}", b'{"query": "\\ud800"}', b'{"query": "' + b"{a" * 9000 + b'"}',
        b" " * 70_000, b"x" * 300_000,
    ]  # fmt: skip
    media = ["application/json", "application/json; charset=utf-16", "text/plain", "", "application/json;;=", "\xe9"]
    paths = ["/graphql", "/api/payments", "/api/payments/7/cancel", "/api/webhooks/notify"]
    bodies += drawn(st.binary(max_size=200), examples)
    for path in paths:
        for body in bodies:
            yield Attack("POST", path, body)
        for type_ in media:
            yield Attack("POST", path, good.encode(), {"content-type": type_} if type_ else {})
        for method in ("PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "NONSENSE"):
            yield Attack(method, path, good.encode())


def graphql(body: object, **headers: str) -> Attack:
    return Attack("POST", "/graphql", json.dumps(body).encode(), {**JSON, **headers})


def _valid(operation: Any) -> Any:
    """Schemathesis gives what it made of an operation, or why it could not."""
    return operation.ok()


def _generated(operation: Any, examples: int) -> list[Any]:
    found: list[Any] = []
    for mode in GenerationMode:
        try:
            found += drawn(operation.as_strategy(generation_mode=mode), examples)
        except Unsatisfiable:  # an operation without input has nothing that could be wrong
            continue
    return found


def drawn(strategy: st.SearchStrategy[Any], examples: int) -> list[Any]:
    drawn: list[Any] = []

    @settings(
        max_examples=examples,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(strategy)
    def draw(case: Any) -> None:
        drawn.append(case)

    run: Callable[[], None] = draw
    run()
    return drawn


def _content(sent: dict[str, Any]) -> bytes | None:
    if "json" in sent:
        return json.dumps(sent["json"]).encode()
    data = sent.get("data")
    return data.encode() if isinstance(data, str) else data

"""The whole service on a real port, and a client that speaks GraphQL to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
from gql import Client
from gql.transport.websockets import WebsocketsTransport

from app import create
from serving.server import SERVING
from settings import load_settings
from tests.serving import NO_TLS, open_door, port_of, serving

CHECKOUT = """
mutation ($input: CheckoutInput!) { checkout(input: $input) { __typename
  ... on CheckoutSuccess { created clientSecret payment { id status checkoutUrl amount { amount currency } } }
  ... on UserError { message }
  ... on InvalidInputError { path }
  ... on IdempotencyConflictError { idempotencyKey payment { id } }
  ... on IdempotencyInProgressError { retryAfterSeconds }
  ... on ProviderUnavailableError { after: retryAfterSeconds begun: payment { id status } }
} }"""
VERIFY = """
mutation ($id: ID!, $secret: String) { verifyPayment(input: { paymentId: $id, clientSecret: $secret }) { __typename
  ... on VerifyPaymentSuccess { changed previousStatus payment { id status failure { code } } }
  ... on UserError { message }
} }"""
CANCEL = """
mutation ($id: ID!, $secret: String, $reason: String) {
  cancelPayment(input: { paymentId: $id, clientSecret: $secret, reason: $reason }) { __typename
    ... on CancelPaymentSuccess { payment { id status cancellation { cause reason } } }
    ... on PaymentNotCancelableError { payment { id status } }
    ... on UserError { message }
} }"""
REFUND = """
mutation ($input: RefundPaymentInput!) { refundPayment(input: $input) { __typename
  ... on RefundPaymentSuccess { refund { id status amount { amount } } payment { status amountRefunded { amount } } }
  ... on PaymentNotRefundableError { refundable { amount } payment { status } }
  ... on InvalidInputError { path }
  ... on UserError { message }
} }"""
PAYMENT = """
query ($id: ID!, $secret: String) { payment(id: $id, clientSecret: $secret) {
  id status actions failure { code message } cancellation { cause reason } reconciliation { attempts }
  amount { amount currency } amountRefunded { amount } refunds { id status amount { amount } }
  events { nodes { sequence kind status previousStatus cause } }
} }"""
WATCH = """
subscription ($id: ID!, $secret: String, $after: String, $keepOpen: Boolean! = false) {
  paymentStatusChanged(paymentId: $id, clientSecret: $secret, after: $after, keepOpen: $keepOpen) {
    cursor event { sequence status cause } payment { id status }
} }"""


SERVICE = "a-token-of-the-gateway"
"""A service is answered with the provider's truth each time, others at most once a second."""


@dataclass
class Api:
    url: str
    http: httpx.AsyncClient
    """Without credentials, which is everybody in development."""

    async def answer(self, query: str, /, token: str | None = SERVICE, **variables: Any) -> dict[str, Any]:
        """The whole body of the answer."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        response = await self.http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        body: dict[str, Any] = response.json()
        return body

    async def ask(self, query: str, /, token: str | None = SERVICE, **variables: Any) -> Any:
        """The one field that was asked for; there must be no errors."""
        body = await self.answer(query, token, **variables)
        assert "errors" not in body, body["errors"]
        (only,) = body["data"].values()
        return only

    async def checkout(self, **given: Any) -> Any:
        return await self.ask(CHECKOUT, input={**order(), **given})

    async def opened(self, **given: Any) -> Any:
        """The success of a checkout: its payment and client secret."""
        answer = await self.checkout(**given)
        assert answer["__typename"] == "CheckoutSuccess", answer
        return answer

    async def pay(self, checkout_url: str, outcome: str = "pay") -> httpx.Response:
        return await self.http.post(checkout_url, data={"outcome": outcome}, follow_redirects=False)

    async def payment(self, id_: str) -> Any:
        return await self.ask(PAYMENT, id=id_)

    def socket(self, **payload: str) -> Client:
        transport = WebsocketsTransport(self.url.replace("http", "ws") + "/graphql", init_payload=payload)
        return Client(transport=transport)


def order(amount: str = "25.00", currency: str = "USD") -> dict[str, Any]:
    """Of a reservation that nobody else uses."""
    return {"amount": {"amount": amount, "currency": currency}, "reservationId": str(uuid4())}


@asynccontextmanager
async def running(database_url: str, **settings: Any) -> AsyncIterator[Api]:
    """The service in this process, with these settings."""
    door = open_door()
    given = {
        "_env_file": None,
        "port": port_of(door),
        "database_url": database_url,
        "service_tokens": SERVICE,
        **settings,
    }
    async with (
        serving(create(load_settings(**given), database_url), door, **SERVING) as url,
        httpx.AsyncClient(base_url=url, timeout=20, verify=NO_TLS) as http,
    ):
        yield Api(url, http)

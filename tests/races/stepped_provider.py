"""A provider whose every call can be stepped, and can go wrong before or after it had its effect."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from providers.protocol import (
    Checkout,
    CheckoutOrder,
    Notice,
    Provider,
    ProviderRefund,
    RefundOrder,
    Truth,
)
from tests.races.steps import Steps

Answer = TypeVar("Answer")
Fault = Callable[[str], None]
"""Told `before` and `after` each call; what it raises is the call's outcome."""


def no_fault(_: str) -> None:
    return None


class SteppedProvider:
    def __init__(self, provider: Provider, steps: Steps, fault: Callable[[], Fault] = lambda: no_fault) -> None:
        """`fault` is asked once for each call."""
        self._provider = provider
        self._steps = steps
        self._fault = fault

    @property
    def name(self) -> str:
        return self._provider.name

    async def create_checkout(self, order: CheckoutOrder) -> Checkout:
        return await self._call("create_checkout", lambda: self._provider.create_checkout(order))

    async def find_checkout(self, order: CheckoutOrder) -> Checkout | None:
        return await self._call("find_checkout", lambda: self._provider.find_checkout(order))

    async def fetch(self, provider_payment_id: str) -> Truth:
        return await self._call("fetch", lambda: self._provider.fetch(provider_payment_id))

    async def close_checkout(self, provider_payment_id: str) -> Truth:
        return await self._call("close_checkout", lambda: self._provider.close_checkout(provider_payment_id))

    async def refund(self, order: RefundOrder) -> ProviderRefund:
        return await self._call("refund", lambda: self._provider.refund(order))

    def read_webhook(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Notice:
        return self._provider.read_webhook(headers, body, now)

    async def payment_of(self, part: str) -> UUID | None:
        return await self._provider.payment_of(part)

    async def _call(self, name: str, call: Callable[[], Awaitable[Answer]]) -> Answer:
        fault = self._fault()
        await self._steps.point(f"before {name}")
        fault("before")
        with self._steps.working():
            answer = await call()
        await self._steps.point(f"after {name}")
        fault("after")
        return answer

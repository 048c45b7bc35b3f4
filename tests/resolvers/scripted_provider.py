"""A provider that keeps its checkouts in memory, lets a test say what it answers, and lets a rival in at each call."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from data.money import Money
from providers.protocol import (
    Checkout,
    CheckoutOrder,
    CheckoutState,
    Notice,
    ProviderRefund,
    ProviderSilentError,
    RefundOrder,
    RefundState,
    Truth,
)

Answer = TypeVar("Answer")
Point = Callable[[str], Awaitable[None]]
"""Awaited before and after each call, with its name: `before create_checkout`, `after create_checkout`."""


async def nothing(_: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Silence:
    """The call gets no answer; `done` says whether it was done all the same."""

    done: bool


@dataclass(slots=True)
class Kept:
    order: CheckoutOrder
    truth: Truth


class ScriptedProvider:
    """Equal orders are one checkout and one refund, as the protocol asks."""

    def __init__(self, point: Point = nothing) -> None:
        self.point = point
        self.checkouts: dict[str, Kept] = {}
        self.refunds: dict[UUID, ProviderRefund] = {}
        self.calls: list[str] = []
        self._script: defaultdict[str, list[Exception | Silence]] = defaultdict(list)

    @property
    def name(self) -> str:
        return "mock"

    def script(self, call: str, *answers: Exception | Silence) -> None:
        """The next answers to this call, in order; after them it does what it is asked."""
        self._script[call].extend(answers)

    def of(self, payment_id: UUID) -> Kept:
        """The one checkout of a payment."""
        (kept,) = [kept for kept in self.checkouts.values() if kept.order.payment_id == payment_id]
        return kept

    def pay(self, payment_id: UUID, amount: str | None = None, currency: str | None = None) -> None:
        kept = self.of(payment_id)
        due = kept.order.amount
        received = Money(Decimal(amount) if amount else due.amount, currency or due.currency)
        kept.truth = replace(kept.truth, state=CheckoutState.PAID, received=received)

    async def create_checkout(self, order: CheckoutOrder) -> Checkout:
        id_ = _id(order)

        def create() -> Checkout:
            self.checkouts.setdefault(id_, Kept(order, Truth(CheckoutState.OPEN)))
            return _checkout(id_)

        return await self._call("create_checkout", create)

    async def find_checkout(self, order: CheckoutOrder) -> Checkout | None:
        return await self._call(
            "find_checkout", lambda: _checkout(_id(order)) if _id(order) in self.checkouts else None
        )

    async def fetch(self, provider_payment_id: str) -> Truth:
        return await self._call("fetch", lambda: self.checkouts[provider_payment_id].truth)

    async def close_checkout(self, provider_payment_id: str) -> Truth:
        def close() -> Truth:
            kept = self.checkouts[provider_payment_id]
            if kept.truth.state is CheckoutState.OPEN:
                kept.truth = replace(kept.truth, state=CheckoutState.EXPIRED)
            return kept.truth

        return await self._call("close_checkout", close)

    async def refund(self, order: RefundOrder) -> ProviderRefund:
        def give_back() -> ProviderRefund:
            if order.refund_id not in self.refunds:
                made = ProviderRefund(f"re_{order.refund_id.hex}", order.refund_id, order.amount, RefundState.SUCCEEDED)
                kept = self.checkouts[order.provider_payment_id]
                kept.truth = replace(kept.truth, refunds=(*kept.truth.refunds, made))
                self.refunds[order.refund_id] = made
            return self.refunds[order.refund_id]

        return await self._call("refund", give_back)

    def forget_keys(self) -> None:
        """As a provider does after a day: a repeated order is a new one."""
        self.refunds.clear()

    def given_back(self, payment_id: UUID) -> Decimal:
        """All that the payer has back."""
        refunds = self.of(payment_id).truth.refunds
        return sum((r.amount.amount for r in refunds if r.state is not RefundState.FAILED), Decimal(0))

    def read_webhook(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Notice:
        """The body is the event's id and the payment's, apart by a space."""
        event_id, payment_id = body.decode().split()
        return Notice(event_id, "checkout", UUID(payment_id), None)

    async def payment_of(self, part: str) -> UUID | None:
        return None

    async def _call(self, call: str, do: Callable[[], Answer]) -> Answer:
        await self.point(f"before {call}")
        self.calls.append(call)
        said = self._script[call].pop(0) if self._script[call] else None
        if isinstance(said, Exception):
            raise said
        if isinstance(said, Silence) and not said.done:
            raise ProviderSilentError("no answer")
        answer = do()
        await self.point(f"after {call}")
        if isinstance(said, Silence):
            raise ProviderSilentError("no answer")
        return answer


def _id(order: CheckoutOrder) -> str:
    return f"scripted_{order.payment_id.hex}_{order.attempt}"


def _checkout(id_: str) -> Checkout:
    return Checkout(id_, f"https://provider.example/{id_}")

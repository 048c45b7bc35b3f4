"""What the conformance suite needs of a provider: the provider itself, and a hand on the other side."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from data.money import Money
from providers.protocol import Checkout, CheckoutOrder, Provider


class Payer(Protocol):
    """Acts where the provider's payers and its dashboard do."""

    async def pay(self, checkout: Checkout, amount: Money | None = None) -> None:
        """All that is asked for, or another amount."""
        ...

    async def pay_late(self, checkout: Checkout) -> None:
        """The payer is done, the money is on its way."""
        ...

    async def settle(self, checkout: Checkout) -> None:
        """The money that was on its way arrives."""
        ...

    async def decline(self, checkout: Checkout) -> None:
        """One attempt to pay is declined; the checkout stays open."""
        ...

    async def fail(self, checkout: Checkout) -> None:
        """It ends unpaid, for good."""
        ...

    async def expire(self, checkout: Checkout) -> None:
        """Its time runs out."""
        ...

    async def refund(self, checkout: Checkout, amount: Money) -> None:
        """In the provider's dashboard; we did not ask for it."""
        ...

    async def lose_next_answer(self, *, created: bool) -> None:
        """The next creation is not answered; the checkout is there afterwards, or is not."""
        ...

    def order(self, order: CheckoutOrder) -> CheckoutOrder:
        """The order to send after `lose_next_answer`, where the provider is told by the order itself."""
        ...

    async def last_webhook(self) -> tuple[dict[str, str], bytes]:
        """The headers (lower case) and the body of the newest webhook that the provider sent."""
        ...


class SettableClock:
    def __init__(self, now: datetime = datetime(2026, 1, 31, 12, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> None:
        self.now += by


@dataclass(frozen=True)
class Bench:
    provider: Provider
    payer: Payer
    clock: SettableClock
    wrong_amount: Money
    """What `pay` can make of an order over 10.00 USD, if not that."""
    twin: Provider
    """Another instance of the same provider, with the same keys and the same books."""
    stranger: Provider
    """The same provider with other keys."""

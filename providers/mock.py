"""The mock provider: behaves like a real one, keeps its books in PostgreSQL, and does on request what goes wrong."""

import asyncio
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from random import Random
from typing import Final
from uuid import UUID

import httpx

from data import mock_provider as books
from data.clock import Clock
from data.database import Database
from data.mock_provider import MockCheckout, MockRefund
from providers.mock_outcomes import ACTS, Outcome, acted, as_of, refund_of, truth_of
from providers.mock_reports import Reporter, read
from providers.mock_signature import derived
from providers.protocol import (
    Checkout,
    CheckoutOrder,
    CheckoutState,
    Notice,
    ProviderRefund,
    ProviderRefusedError,
    ProviderSilentError,
    RefundOrder,
    RefundState,
    Truth,
)

CHECKOUT_PATH = "/mock/checkout/{checkout_id}"
WEBHOOK_PATH = "/webhooks/mock"
SLOW_SECONDS = 5.0
ID_BYTES = 24
"""Random bytes in a checkout's id, which alone opens its page."""


class Creation(StrEnum):
    """What `metadata.mock` makes of the creation of a checkout."""

    TIMEOUT_NOT_CREATED = "timeout_not_created"
    TIMEOUT_CREATED = "timeout_created"
    REJECT = "reject"
    SLOW = "slow"


@dataclass(frozen=True, slots=True)
class Played:
    checkout: MockCheckout
    """As it is now."""
    accepted: bool
    """False where the checkout was past this outcome: nothing has changed."""


class MockProvider:
    """Instances share nothing but the database, so there may be any number of them.

    `random` makes the ids that open checkout pages: outside tests it has to be one nobody can predict. `secret_keys`
    are the service's own; the first one signs reports, all of them are taken. Reports go to `report_to`, our service's
    own base URL, which is `public_url` unless it is reached in another way from inside.
    """

    name: Final = "mock"

    def __init__(
        self,
        database: Database,
        clock: Clock,
        random: Random,
        public_url: str,
        secret_keys: Sequence[bytes],
        client: httpx.AsyncClient,
        report_to: str | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._database = database
        self._clock = clock
        self._random = random
        self._public_url = public_url
        self._keys = derived(secret_keys)
        self._sleep = sleep
        self.reporter = Reporter(client, (report_to or public_url) + WEBHOOK_PATH, self._keys, clock, random, sleep)

    async def create_checkout(self, order: CheckoutOrder) -> Checkout:
        creation = order.metadata.get("mock")
        if creation == Creation.REJECT:
            raise ProviderRefusedError("The mock provider rejects this checkout, as metadata.mock asks it to")
        # Its next attempt goes through: a provider that is silent for ever would never show how one goes on.
        if creation == Creation.TIMEOUT_NOT_CREATED and order.attempt == 1:
            raise ProviderSilentError("the mock provider did not answer")
        async with self._database.transaction() as connection:
            checkout = self._new(order)
            is_new = await books.insert(connection, checkout)
            if not is_new:
                before = await books.by_order(connection, order.payment_id, order.attempt)
                assert before is not None, "which was in the way"
                checkout = before
        if creation == Creation.TIMEOUT_CREATED and is_new:
            raise ProviderSilentError("the mock provider did not answer")
        if creation == Creation.SLOW:
            await self._sleep(SLOW_SECONDS)
        return self._named(checkout)

    async def find_checkout(self, order: CheckoutOrder) -> Checkout | None:
        found = await books.by_order(self._database.reads, order.payment_id, order.attempt)
        return None if found is None else self._named(found)

    async def fetch(self, provider_payment_id: str) -> Truth:
        """Raises ProviderRefusedError where there is no such checkout."""
        checkout = _known(await books.by_id(self._database.reads, provider_payment_id))
        refunds = await books.refunds_of(self._database.reads, checkout.id)
        return truth_of(as_of(checkout, self._clock()), refunds)

    async def close_checkout(self, provider_payment_id: str) -> Truth:
        """Raises ProviderRefusedError where there is no such checkout."""
        async with self._database.transaction() as connection:
            checkout = as_of(_known(await books.lock(connection, provider_payment_id)), self._clock())
            if checkout.state == CheckoutState.OPEN:
                checkout = replace(checkout, state=CheckoutState.EXPIRED)
                await books.save(connection, checkout)
            refunds = await books.refunds_of(connection, checkout.id)
        return truth_of(checkout, refunds)

    async def refund(self, order: RefundOrder) -> ProviderRefund:
        async with self._database.transaction() as connection:
            now = self._clock()
            checkout = as_of(_known(await books.lock(connection, order.provider_payment_id)), now)
            before = await books.refunds_of(connection, checkout.id)
            for made in before:
                if made.refund_id == order.refund_id:
                    return refund_of(made)
            left = _left(checkout, before)
            if order.amount.currency != checkout.amount.currency or order.amount.amount > left:
                raise ProviderRefusedError("There is not that much left to give back")
            made = MockRefund(f"re_{order.refund_id.hex}", order.refund_id, order.amount, RefundState.SUCCEEDED, now)
            await books.refund(connection, checkout.id, made)
        return refund_of(made)

    def read_webhook(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Notice:
        return read(headers, body, self._keys, now)

    async def payment_of(self, _part: str) -> UUID | None:
        """Every report names its payment."""
        return None

    async def look(self, checkout_id: str) -> MockCheckout | None:
        """The checkout as it is now, for its page."""
        checkout = await books.by_id(self._database.reads, checkout_id)
        return None if checkout is None else as_of(checkout, self._clock())

    async def play(self, checkout_id: str, outcome: Outcome) -> Played | None:
        """Does what a payer does on the checkout page. None where there is no such checkout."""
        act = ACTS[outcome]
        async with self._database.transaction() as connection:
            checkout = await books.lock(connection, checkout_id)
            if checkout is None:
                return None
            now = self._clock()
            checkout = as_of(checkout, now)
            if checkout.state not in act.possible_in:
                return Played(checkout, accepted=False)
            after = acted(checkout, act, now)
            await books.save(connection, after)
            if after.charged is not None:
                await books.charge(connection, after.id, after.charged, now)
        for report in act.reports:
            self.reporter.report(after, report)
        return Played(after, accepted=True)

    async def aclose(self) -> None:
        """Ends the reports under way. The client is its owner's to close."""
        await self.reporter.aclose()

    def _new(self, order: CheckoutOrder) -> MockCheckout:
        unguessable = urlsafe_b64encode(self._random.randbytes(ID_BYTES)).decode()
        return MockCheckout(
            id=f"mock_{unguessable}",
            payment_id=order.payment_id,
            attempt=order.attempt,
            amount=order.amount,
            state=CheckoutState.OPEN,
            expires_at=order.expires_at,
            success_url=order.success_url,
            cancel_url=order.cancel_url,
            created_at=self._clock(),
            description=order.description,
        )

    def _named(self, checkout: MockCheckout) -> Checkout:
        return Checkout(checkout.id, self._public_url + CHECKOUT_PATH.format(checkout_id=checkout.id))


def _known(checkout: MockCheckout | None) -> MockCheckout:
    if checkout is None:
        raise ProviderRefusedError("The mock provider has no such checkout")
    return checkout


def _left(checkout: MockCheckout, refunds: Sequence[MockRefund]) -> Decimal:
    if checkout.state != CheckoutState.PAID or checkout.charged is None:
        return Decimal(0)
    given_back = (refund.amount.amount for refund in refunds if refund.state != RefundState.FAILED)
    return checkout.charged.amount - sum(given_back, Decimal(0))

"""What clients ask for, and what they hold the service to."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from data.payment import Payment
from providers.protocol import ProviderError
from resolvers import answers
from resolvers.caller import ANYBODY
from resolvers.cancel import CancelAnswer, cancel
from resolvers.checkout import CheckoutAnswer, checkout
from resolvers.checkout_input import CheckoutRequest
from resolvers.provider_webhook import hear
from resolvers.refund import RefundAnswer, RefundRequest, refund
from resolvers.runtime import Runtime
from resolvers.verify import VerifyAnswer, verify
from tests.races.arena import SERVICE, Arena, order
from tests.simulation.chance import one_of

ASKING = {"checkout": 20, "again": 10, "other_amount": 2, "verify": 25, "cancel": 8, "refund": 14, "webhook": 16}
AMOUNTS = ("1.00", "4.00", "6.00", "10.00")
EVENTS = 3
"""So few that the same event comes again and again."""

Next = tuple[str, Awaitable[Any], Callable[[Any], None]]


@dataclass
class Asked:
    request: CheckoutRequest
    payment: Payment | None = None
    """As the client was told of it."""
    begun: Payment | None = None
    """As it was told of one whose checkout the provider did not answer for: it may be canceled all the same."""


class Clients:
    def __init__(self, arena: Arena, random: Random) -> None:
        self.arena = arena
        self.random = random
        self.asked: dict[str, Asked] = {}
        self.refunds: dict[str, tuple[RefundRequest, UUID | None]] = {}

    def any_told(self) -> Payment | None:
        told = [asked.payment for asked in self.asked.values() if asked.payment is not None]
        return self.random.choice(told[-12:]) if told else None

    def any_begun(self) -> Payment | None:
        begun = [asked.payment or asked.begun for asked in self.asked.values()]
        known = [payment for payment in begun if payment is not None]
        return self.random.choice(known[-12:]) if known else None

    def next(self, runtime: Runtime) -> Next:
        payment, kind = self.any_begun(), one_of(self.random, ASKING)
        if payment is None or kind == "checkout":
            return self._checkout(runtime, f"key {len(self.asked)}")
        if kind in ("again", "other_amount"):
            return self._checkout(runtime, self.random.choice(list(self.asked)), other_amount=kind == "other_amount")
        asking: Callable[[Runtime, Payment], Next] = getattr(self, f"_{kind}")
        return asking(runtime, payment)

    def _checkout(self, runtime: Runtime, key: str, *, other_amount: bool = False) -> Next:
        asked = self.asked.setdefault(key, Asked(order(self.random, key)))
        request = replace(asked.request, amount=Decimal("11.00")) if other_amount else asked.request

        def judge(answer: CheckoutAnswer) -> None:
            assert isinstance(answer, CheckoutAnswer)
            if other_amount and isinstance(answer, answers.CheckoutSuccess):
                raise AssertionError("another amount under the same key is a conflict")
            if isinstance(answer, answers.CheckoutSuccess):
                assert asked.payment is None or asked.payment.id == answer.payment.id, "one key, one payment"
                asked.payment = answer.payment
            if isinstance(answer, answers.ProviderUnavailable):
                asked.begun = answer.payment
            if isinstance(answer, answers.IdempotencyConflict):
                assert other_amount

        if other_amount and asked.payment is None:  # it might come first, and be the one that counts
            return self._checkout(runtime, key)
        return f"checkout {key}", checkout(runtime, SERVICE, request), judge

    def _verify(self, runtime: Runtime, payment: Payment) -> Next:
        caller = self.random.choice([SERVICE, ANYBODY])
        return f"verify {payment.id}", verify(runtime, caller, payment.id, None), _of(VerifyAnswer)

    def _cancel(self, runtime: Runtime, payment: Payment) -> Next:
        return f"cancel {payment.id}", cancel(runtime, SERVICE, payment.id, None, None), _of(CancelAnswer)

    def _refund(self, runtime: Runtime, payment: Payment) -> Next:
        if self.random.random() < 0.2:
            return f"refund {payment.id}", refund(runtime, SERVICE, RefundRequest(payment.id)), _of(RefundAnswer)
        key = f"refund {self.random.randrange(3)} of {payment.id}"
        amount = Decimal(self.random.choice(AMOUNTS))
        request, _ = self.refunds.setdefault(key, (RefundRequest(payment.id, amount, "USD", None, key), None))

        def judge(answer: RefundAnswer) -> None:
            assert isinstance(answer, RefundAnswer)
            if isinstance(answer, answers.RefundPaymentSuccess):
                known = self.refunds[key][1]
                assert known in (None, answer.refund.id), "one key, one refund"
                self.refunds[key] = (request, answer.refund.id)

        return key, refund(runtime, SERVICE, request), judge

    def _webhook(self, runtime: Runtime, payment: Payment) -> Next:
        report = self.arena.report(payment, f"evt {payment.id} {self.random.randrange(EVENTS)}")

        async def told() -> ProviderError | None:
            try:
                await hear(runtime, *report)
            except ProviderError as error:
                return error  # what the endpoint answers with 503
            return None

        return f"webhook {payment.id}", told(), _of(ProviderError | None)


def _of(answers: Any) -> Callable[[Any], None]:
    def judge(answer: Any) -> None:
        assert isinstance(answer, answers), answer

    return judge

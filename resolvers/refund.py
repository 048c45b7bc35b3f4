"""Refund: reserve under the lock, ask the provider, record what it says."""

import hashlib
import json
import math
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from data import idempotency, refunds
from data.events import Cause, Event, EventKind
from data.idempotency import Bid, Claim, Claimed, Scope
from data.money import Money
from data.payment import Payment
from data.refunds import Refund, RefundStatus
from data.transaction import Transaction
from providers.protocol import ProviderError
from resolvers import answers
from resolvers.ask import ask
from resolvers.caller import Caller
from resolvers.change import Also, Heard, apply, edit, held, write
from resolvers.exchange import left_of_lease, unavailable
from resolvers.give_back import give_back, is_lost, look_for, one, take_note
from resolvers.input_checks import MAX_REASON, InputError, charged, check_key, check_text
from resolvers.next_look import FIRST_LOOK
from resolvers.read import find
from resolvers.runtime import Runtime
from resolvers.settle import Settlement, with_refunds
from resolvers.visible import require_refunder

OPERATION = "refund"

RefundAnswer = (
    answers.RefundPaymentSuccess
    | answers.InvalidInput
    | answers.PaymentNotFound
    | answers.PaymentNotRefundable
    | answers.IdempotencyConflict
    | answers.IdempotencyInProgress
    | answers.ProviderUnavailable
)


@dataclass(frozen=True, slots=True)
class RefundRequest:
    payment_id: UUID
    amount: Decimal | None = None
    currency: str | None = None
    reason: str | None = None
    idempotency_key: str | None = None


class NotRefundableError(Exception):
    """Nothing was written."""

    def __init__(self, payment: Payment, because: str) -> None:
        super().__init__(because)
        self.payment = payment


async def refund(runtime: Runtime, caller: Caller, request: RefundRequest) -> RefundAnswer:
    """Gives back at most what came in, each request once. Raises NotSignedInError and ForbiddenError."""
    require_refunder(caller)
    payment = await find(runtime, caller, request.payment_id, None)
    if payment is None:
        return answers.PaymentNotFound(request.payment_id)
    try:
        wanted = _wanted(request)
        payment = await _refreshed(runtime, payment)
        claimed, bid = await _reserve(runtime, caller, request, wanted)
        return await _answer(runtime, request, claimed, bid)
    except InputError as error:
        return answers.InvalidInput(str(error), error.path)
    except NotRefundableError as error:
        return answers.PaymentNotRefundable(error.payment, error.payment.refundable, str(error))
    except ProviderError as error:
        return unavailable(payment, error)


def _wanted(request: RefundRequest) -> Money | None:
    """The amount asked for; None is all that is left."""
    check_key(request.idempotency_key)
    check_text(request.reason, MAX_REASON, "reason")
    if request.amount is None:
        return None
    if request.currency is None:
        raise InputError("An amount has a currency", "amount", "currency")
    if request.idempotency_key is None:
        why = "With an amount, idempotencyKey is required: two equal refunds can both be meant"
        raise InputError(why, "idempotencyKey")
    return charged(request.amount, request.currency)


async def _refreshed(runtime: Runtime, payment: Payment) -> Payment:
    """A payment that does not hold money as far as we know may have been paid since."""
    if not payment.ours:
        raise NotRefundableError(payment, "This payment was not made by this service")
    if payment.holds_money or payment.amount_reserved:
        return payment
    truth = await ask(runtime, payment)
    return payment if truth is None else (await apply(runtime, payment.id, Heard(truth, Cause.REFUND))).payment


async def _reserve(runtime: Runtime, caller: Caller, request: RefundRequest, wanted: Money | None) -> tuple[Claim, Bid]:
    """Payment first, key second: the order in which every transaction here locks them."""
    bid = _bid(runtime, caller, request, wanted)
    async with runtime.database.transaction() as connection:
        payment = await held(connection, request.payment_id)
        claimed = await idempotency.claim(connection, bid)
        ours = request.idempotency_key is None
        if ours and claimed.state is Claimed.ANSWERED and payment.holds_money and payment.refundable.amount:
            claimed = await idempotency.rebind(connection, bid)
        if claimed.state is Claimed.NEW:
            await _write(runtime, connection, payment, _refund(payment, request, wanted, bid))
    return claimed, bid


def _refund(payment: Payment, request: RefundRequest, wanted: Money | None, bid: Bid) -> Refund:
    amount, left = wanted or payment.refundable, payment.refundable
    if not payment.holds_money:
        raise NotRefundableError(payment, f"A payment that is {payment.status} has nothing to give back")
    if amount.currency != left.currency:
        raise InputError(f"This payment is in {left.currency}", "amount", "currency")
    if amount.amount > left.amount or not left.amount:
        raise NotRefundableError(payment, f"{left.text()} {left.currency} are left to refund")
    assert bid.refund_id is not None
    return Refund(bid.refund_id, payment.id, amount, RefundStatus.PENDING, request.reason, None, bid.now)


async def _write(runtime: Runtime, connection: Transaction, payment: Payment, refund: Refund) -> None:
    all_refunds = [*await refunds.of_payment(connection, payment.id), refund]
    number, now = payment.sequence + 1, runtime.clock()
    text = f"{refund.status} {refund.amount.text()} {refund.amount.currency} {refund.id}"
    event = Event(payment.id, number, EventKind.REFUND, payment.status, payment.status, Cause.REFUND, now, text)
    reserved = with_refunds(replace(payment, sequence=number, next_check_at=now + FIRST_LOOK), all_refunds)
    await write(runtime, connection, Settlement(reserved, (event,), (refund,), (), (refund,)))


async def _answer(runtime: Runtime, request: RefundRequest, claimed: Claim, bid: Bid) -> RefundAnswer:
    async with runtime.database.transaction() as connection:
        payment = await held(connection, claimed.payment_id)
        known = {refund.id: refund for refund in await refunds.of_payment(connection, payment.id)}
    if claimed.state is Claimed.IN_PROGRESS:
        left = (claimed.lease_until or bid.now) - runtime.clock()
        return answers.IdempotencyInProgress(max(1, math.ceil(left.total_seconds())))
    if claimed.state is Claimed.CONFLICT or claimed.refund_id is None:
        return answers.IdempotencyConflict(request.idempotency_key or "", payment)
    mine = known[claimed.refund_id]
    if claimed.state is Claimed.ANSWERED:
        return _said(payment, mine, claimed.answer)
    return await _perform(runtime, payment, mine, claimed, bid)


async def _perform(runtime: Runtime, payment: Payment, mine: Refund, claimed: Claim, bid: Bid) -> RefundAnswer:
    try:
        if claimed.state is Claimed.TAKEN_OVER:
            payment, mine = await look_for(runtime, payment, mine.id, Cause.REFUND)
        if not is_lost(mine):
            return await _found(runtime, payment, mine, bid)
        said = await give_back(runtime, payment, mine, left_of_lease(runtime, bid))
    except ProviderError as error:
        return await _unanswered(runtime, payment, bid, error)
    answer = _kind(RefundStatus(said.state))
    changed = await take_note(runtime, payment, said, Cause.REFUND, _finish(mine, bid, answer))
    return _said(changed.payment, await one(runtime, payment.id, mine.id), answer)


async def _found(runtime: Runtime, payment: Payment, mine: Refund, bid: Bid) -> RefundAnswer:
    """The call that began it ended without an answer, but the refund did not."""
    answer = _kind(mine.status)
    async with runtime.database.transaction() as connection:
        await _finish(mine, bid, answer)(connection)
    return _said(payment, mine, answer)


def _kind(status: RefundStatus) -> str:
    return (answers.PaymentNotRefundable if status is RefundStatus.FAILED else answers.RefundPaymentSuccess).__name__


def _finish(mine: Refund, bid: Bid, answer: str) -> Also:
    async def finish(connection: Transaction) -> None:
        await idempotency.finish(connection, bid.scope, mine.payment_id, mine.id, answer)

    return finish


async def _unanswered(runtime: Runtime, payment: Payment, bid: Bid, error: ProviderError) -> RefundAnswer:
    """The refund stays PENDING: the reconciler, or the same key, finishes it."""

    async def give_up(connection: Transaction) -> None:
        await idempotency.release(connection, bid.scope, bid.holder, runtime.clock())

    return unavailable(await edit(runtime, payment.id, lambda held: held, give_up), error)


def _said(payment: Payment, mine: Refund, answer: str | None) -> RefundAnswer:
    if answer == answers.PaymentNotRefundable.__name__:
        return answers.PaymentNotRefundable(payment, payment.refundable, "The provider refused this refund")
    return answers.RefundPaymentSuccess(payment, mine)


def _bid(runtime: Runtime, caller: Caller, request: RefundRequest, wanted: Money | None) -> Bid:
    if request.idempotency_key is None:
        key, asked = f"full:{request.payment_id}", [str(request.payment_id)]
    else:
        key = f"key:{request.idempotency_key}"
        amount = wanted and f"{wanted.text()} {wanted.currency}"
        asked = [str(request.payment_id), amount or "", request.reason or ""]
    fingerprint = hashlib.sha256(json.dumps(asked).encode()).digest()
    scope = Scope(caller.id, OPERATION, key)
    return Bid(scope, fingerprint, request.payment_id, runtime.new_id(), runtime.new_id(), runtime.clock())

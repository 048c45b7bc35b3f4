"""Who opens a checkout: the first of all equal calls. The others get its answer, or wait for it."""

import asyncio
import hashlib
import json
from dataclasses import dataclass, fields, replace
from uuid import UUID

from data import changes, idempotency, payments
from data.feed import Watch
from data.idempotency import LEASE, Bid, Claim, Claimed, Scope
from data.payment import Payment, PaymentType
from data.status import Status
from data.transaction import Transaction
from resolvers.caller import Caller
from resolvers.checkout_input import Wanted
from resolvers.next_look import FIRST_LOOK
from resolvers.redirects import destinations
from resolvers.runtime import Runtime

OPERATION = "checkout"


@dataclass(frozen=True, slots=True)
class CheckoutClaim:
    claim: Claim
    bid: Bid
    payment: Payment
    """As it was when the key was claimed."""


async def claim(runtime: Runtime, caller: Caller, user_id: UUID | None, wanted: Wanted) -> CheckoutClaim:
    """Binds the key to a payment, writing that payment where this call is the first. Raises UnknownTargetError."""
    claimed = await _claim(runtime, caller, user_id, wanted)
    if wanted.request.idempotency_key is not None or claimed.claim.state is not Claimed.IN_PROGRESS:
        return claimed
    async with runtime.feed.watch(claimed.claim.payment_id) as woken:
        return await _wait(runtime, caller, user_id, wanted, woken)


async def _wait(runtime: Runtime, caller: Caller, user_id: UUID | None, wanted: Wanted, woken: Watch) -> CheckoutClaim:
    """For an equal call, until it has answered or its lease is over and this one takes over."""
    give_up = runtime.clock() + LEASE
    while True:
        woken.clear()
        claimed = await _claim(runtime, caller, user_id, wanted)
        left = (give_up - runtime.clock()).total_seconds()
        if claimed.claim.state is not Claimed.IN_PROGRESS or left <= 0:
            return claimed
        try:
            await asyncio.wait_for(woken.wait(), left)
        except TimeoutError:
            continue


async def _claim(runtime: Runtime, caller: Caller, user_id: UUID | None, wanted: Wanted) -> CheckoutClaim:
    bid = _bid(runtime, caller, user_id, wanted)
    async with runtime.database.transaction() as connection:
        claimed = await idempotency.claim(connection, bid)
        if wanted.request.idempotency_key is None and await _over(runtime, connection, claimed):
            claimed = await idempotency.rebind(connection, bid)
        if claimed.state is Claimed.NEW:
            payment = _new_payment(runtime, bid, caller, user_id, wanted)
            await changes.insert(connection, payment, bid.now)
        else:
            payment = await _bound(connection, claimed)
    return CheckoutClaim(claimed, bid, payment)


async def _bound(connection: Transaction, claimed: Claim) -> Payment:
    payment = await payments.by_id(connection, claimed.payment_id)
    assert payment is not None, "a key and its payment are one commit"
    return payment


async def _over(runtime: Runtime, connection: Transaction, claimed: Claim) -> bool:
    """Whether a key that we chose stands for a checkout that is not open any more: then it is free again.

    Money that is on its way, for days maybe, is not asked for a second time.
    """
    if claimed.state not in (Claimed.ANSWERED, Claimed.TAKEN_OVER):
        return False
    payment = await _bound(connection, claimed)
    if payment.status is not Status.PENDING:
        return payment.status is not Status.PROCESSING or payment.wrong_amount
    return payment.expires_at is not None and payment.expires_at <= runtime.clock()


def _bid(runtime: Runtime, caller: Caller, user_id: UUID | None, wanted: Wanted) -> Bid:
    request = wanted.request
    if request.idempotency_key is not None:
        key = f"key:{request.idempotency_key}"
        # Over what was asked for: the amount as a number, so that "10" and "10.00" are the same.
        same = replace(request, idempotency_key=None, amount=wanted.amount.amount, user_id=user_id)
        asked = {field.name: getattr(same, field.name) for field in fields(same)}
    else:
        target = {"reservation": request.reservation_id, "subscription": request.subscription_id}
        asked = {"user": user_id, **target, "amount": wanted.amount.text(), "currency": request.currency}
        alike = user_id is not None or runtime.rules.reuse_without_user
        key = f"open:{_fingerprint(asked).hex()}" if alike else f"once:{runtime.new_id()}"
    scope = Scope(caller.id, OPERATION, key)
    return Bid(scope, _fingerprint(asked), runtime.new_id(), None, runtime.new_id(), runtime.clock())


def _fingerprint(asked: object) -> bytes:
    return hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).digest()


def _new_payment(runtime: Runtime, bid: Bid, caller: Caller, user_id: UUID | None, wanted: Wanted) -> Payment:
    """Its outcome is unknown from the start: should this process end here, the reconciler looks for a checkout."""
    request = wanted.request
    success_url, cancel_url = destinations(request.success_url, request.cancel_url, bid.payment_id, runtime.rules)
    return Payment(
        id=bid.payment_id,
        status=Status.PENDING,
        amount=wanted.amount,
        type=PaymentType.SUBSCRIPTION if request.subscription_id else PaymentType.RESERVATION,
        reservation_id=request.reservation_id,
        subscription_id=request.subscription_id,
        user_id=user_id,
        provider=runtime.provider.name,
        provider_payment_id=None,
        checkout_url=None,
        payer_email=request.payer_email,
        payer_name=request.payer_name,
        description=request.description,
        metadata=wanted.metadata,
        created_at=bid.now,
        updated_at=bid.now,
        ours=True,
        caller=caller.id,
        success_url=success_url,
        cancel_url=cancel_url,
        expires_at=bid.now + wanted.lifetime,
        unknown_since=bid.now,
        opening_began_at=bid.now,
        next_check_at=bid.now + FIRST_LOOK,
    )

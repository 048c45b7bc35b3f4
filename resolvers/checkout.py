"""Checkout: two commits around one call to the provider."""

import math
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import structlog

from data import idempotency
from data.changes import UnknownTargetError
from data.events import Cause
from data.idempotency import Claimed
from data.payment import Payment
from data.status import Status
from data.transaction import Transaction
from providers.protocol import (
    CheckoutState,
    Decline,
    FailureCode,
    ProviderDownError,
    ProviderError,
    ProviderRefusedError,
    ProviderSilentError,
    Truth,
)
from resolvers import answers
from resolvers.ask import attached
from resolvers.caller import Caller, Kind
from resolvers.cancel import close
from resolvers.change import Also, Heard, apply, edit
from resolvers.checkout_claim import CheckoutClaim, claim
from resolvers.checkout_input import CheckoutRequest, Wanted, checked
from resolvers.client_secret import client_secret
from resolvers.exchange import UNANSWERED, exchange, left_of_lease, unavailable
from resolvers.input_checks import InputError
from resolvers.next_look import FIRST_LOOK, next_look
from resolvers.order import order_of
from resolvers.refusals import ForbiddenError, NotSignedInError
from resolvers.runtime import Runtime

RETRY_SECONDS = 5
"""When a caller may ask again for a checkout that the provider did not answer for: it may be there by then."""
LATER_SECONDS = 20
"""And when again, where that was met with silence too: each try puts off when the reconciler can be sure."""

log = structlog.get_logger()

CheckoutAnswer = (
    answers.CheckoutSuccess
    | answers.InvalidInput
    | answers.IdempotencyConflict
    | answers.IdempotencyInProgress
    | answers.ProviderUnavailable
)


async def checkout(runtime: Runtime, caller: Caller, request: CheckoutRequest) -> CheckoutAnswer:
    """Opens a checkout once for each idempotency key, whatever dies or is repeated meanwhile."""
    _admit(runtime, caller)
    try:
        wanted = checked(request, runtime.rules)
        claimed = await claim(runtime, caller, _payer(caller, request), wanted)
    except InputError as error:
        return answers.InvalidInput(str(error), error.path)
    except UnknownTargetError as error:
        name = "reservationId" if error.column == "reservation_id" else "subscriptionId"
        return answers.InvalidInput(f"There is no such {name.removesuffix('Id')}", ("input", name))
    return await _answer(runtime, claimed, wanted)


def _admit(runtime: Runtime, caller: Caller) -> None:
    """Whoever checks out names the price: people do so with a gateway that answers for it."""
    if caller.kind is Kind.NOBODY:
        raise NotSignedInError("Sign in to check out")
    if caller.is_person and not caller.vouched and not runtime.rules.user_checkout:
        raise ForbiddenError("A checkout is opened by a service for its user")


def _payer(caller: Caller, request: CheckoutRequest) -> UUID | None:
    if not caller.is_person:
        return request.user_id
    if request.user_id not in (None, caller.user_id):
        raise InputError("userId is yours, from your token; only a service sets another", "userId")
    return caller.user_id


async def _answer(runtime: Runtime, claimed: CheckoutClaim, wanted: Wanted) -> CheckoutAnswer:
    state, payment = claimed.claim.state, claimed.payment
    if state is Claimed.IN_PROGRESS:
        left = claimed.claim.lease_until - runtime.clock() if claimed.claim.lease_until else None
        return answers.IdempotencyInProgress(max(1, math.ceil(left.total_seconds())) if left else 1)
    if state is Claimed.CONFLICT:
        return answers.IdempotencyConflict(wanted.request.idempotency_key or "", payment)
    if state is Claimed.ANSWERED:
        return _replay(runtime, payment, claimed.claim.answer)
    if state is Claimed.TAKEN_OVER:
        if _came_to_nothing(payment, runtime.clock()):
            return await _run_out(runtime, claimed, payment)
        payment = await _resume(runtime, payment)
    return await _open(runtime, claimed, payment)


def _replay(runtime: Runtime, payment: Payment, answer: str | None) -> CheckoutAnswer:
    if answer == answers.InvalidInput.__name__:
        return answers.InvalidInput(payment.failure_message or "", ("input",))
    secret = client_secret(payment.id, runtime.rules.secret_keys)
    return answers.CheckoutSuccess(payment, secret, created=False)


def _came_to_nothing(payment: Payment, now: datetime) -> bool:
    """Over before anybody could pay, and not known as over yet."""
    is_open = payment.status is Status.PENDING and payment.provider_payment_id is None
    return is_open and payment.expires_at is not None and payment.expires_at <= now


async def _run_out(runtime: Runtime, claimed: CheckoutClaim, payment: Payment) -> CheckoutAnswer:
    """No checkout is opened any more; one whose creation was not answered is closed."""
    try:
        truth = await close(runtime, payment)
    except ProviderError as error:
        return unavailable(await edit(runtime, payment.id, lambda held: held, _release(runtime, claimed)), error)
    done = _finish(claimed, answers.CheckoutSuccess.__name__)
    over = (await apply(runtime, payment.id, Heard(truth, Cause.EXPIRY), done)).payment
    return answers.CheckoutSuccess(over, client_secret(over.id, runtime.rules.secret_keys), created=False)


async def _resume(runtime: Runtime, payment: Payment) -> Payment:
    """From here on a creation is under way again, and nobody concludes meanwhile that there is none."""
    if payment.provider_payment_id is not None or payment.status is not Status.PENDING:
        return payment
    now = runtime.clock()
    return await edit(runtime, payment.id, lambda held: _opening(held, now))


def _opening(payment: Payment, now: datetime) -> Payment:
    """A look that was due earlier stays: who repeats a call often does not put it off."""
    due = now + FIRST_LOOK
    earliest = min(payment.next_check_at or due, due)
    since = payment.unknown_since or now
    return replace(payment, unknown_since=since, opening_began_at=now, next_check_at=earliest)


async def _open(runtime: Runtime, claimed: CheckoutClaim, payment: Payment) -> CheckoutAnswer:
    done = _finish(claimed, answers.CheckoutSuccess.__name__)
    if payment.provider_payment_id is None and payment.status is Status.PENDING:
        try:
            async with exchange(runtime, payment, left_of_lease(runtime, claimed.bid)) as provider:
                checkout = await provider.create_checkout(order_of(payment))
        except ProviderRefusedError as error:
            return await _refused(runtime, claimed, payment, str(error))
        except ProviderSilentError as error:
            pause = RETRY_SECONDS if claimed.claim.state is Claimed.NEW else LATER_SECONDS
            return await _unavailable(runtime, claimed, payment.id, error, pause)
        except ProviderDownError as error:
            return await _unavailable(runtime, claimed, payment.id, error, error.retry_after_seconds)
        payment = await edit(runtime, payment.id, lambda held: _accepted(runtime, attached(held, checkout)), done)
    else:
        async with runtime.database.transaction() as connection:
            await done(connection)
    created = claimed.claim.state is Claimed.NEW
    return answers.CheckoutSuccess(payment, client_secret(payment.id, runtime.rules.secret_keys), created)


def _accepted(runtime: Runtime, payment: Payment) -> Payment:
    """A payment that was over before the provider answered is looked at at once: its checkout has to be closed."""
    now = runtime.clock()
    due = next_look(payment, None, now) if payment.status is Status.PENDING else now
    return replace(payment, next_check_at=due)


async def _refused(runtime: Runtime, claimed: CheckoutClaim, payment: Payment, reason: str) -> CheckoutAnswer:
    truth = Truth(CheckoutState.FAILED, decline=Decline(FailureCode.PROVIDER_REJECTED, reason))
    done = _finish(claimed, answers.InvalidInput.__name__)
    await apply(runtime, payment.id, Heard(truth, Cause.CHECKOUT), done)
    return answers.InvalidInput(reason, ("input",))


async def _unavailable(
    runtime: Runtime, claimed: CheckoutClaim, payment_id: UUID, error: Exception, retry_seconds: int | None
) -> CheckoutAnswer:
    """Nothing is lost: the payment stays, and the same key finishes it."""
    silent = isinstance(error, ProviderSilentError)
    log.warning("provider did not open a checkout", payment_id=str(payment_id), silent=silent, error=str(error))
    release = _release(runtime, claimed)
    payment = await edit(runtime, payment_id, lambda held: _unanswered(runtime, held, silent=silent), release)
    return answers.ProviderUnavailable(retry_seconds, payment)


def _unanswered(runtime: Runtime, payment: Payment, *, silent: bool) -> Payment:
    if payment.provider_payment_id is not None or payment.status is not Status.PENDING:
        return payment
    if silent:
        return replace(payment, last_error=UNANSWERED)
    if payment.unknown_since != payment.opening_began_at:
        return payment  # this call did nothing, but an earlier one may have
    known = replace(payment, unknown_since=None, last_error=None)
    return replace(known, next_check_at=next_look(known, None, runtime.clock()))


def _release(runtime: Runtime, claimed: CheckoutClaim) -> Also:
    """The same key may be taken over at once."""

    async def release(connection: Transaction) -> None:
        await idempotency.release(connection, claimed.bid.scope, claimed.bid.holder, runtime.clock())

    return release


def _finish(claimed: CheckoutClaim, answer: str) -> Also:
    """The key's answer is committed with the change it stands for."""

    async def finish(connection: Transaction) -> None:
        await idempotency.finish(connection, claimed.bid.scope, claimed.claim.payment_id, None, answer)

    return finish

"""One exchange with the provider: within a limit of time, and with the provider that the payment is with."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from data.idempotency import LEASE, LEASE_MARGIN, Bid
from data.payment import Payment
from providers.protocol import Provider, ProviderDownError, ProviderError, ProviderSilentError
from resolvers import answers
from resolvers.runtime import Runtime

UNANSWERED = "The provider did not answer."
"""What payers are told; of our key, or of what the provider said, only the log tells."""
PROVIDER_SECONDS = 10.0
"""How long one question to the provider may take, whatever it does within; shorter than an idempotency lease."""

log = structlog.get_logger()


def left_of_lease(runtime: Runtime, bid: Bid) -> float:
    """Seconds. No call to the provider outlives the lease of its key: after that somebody else may begin."""
    return (bid.now + LEASE - LEASE_MARGIN - runtime.clock()).total_seconds()


@asynccontextmanager
async def limited(seconds: float = PROVIDER_SECONDS) -> AsyncIterator[None]:
    """Running out of time is silence, since it may have happened. Raises ProviderSilentError and ProviderDownError."""
    if seconds <= 0:
        raise ProviderDownError("no time was left to ask", 1)
    try:
        async with asyncio.timeout(min(seconds, PROVIDER_SECONDS)):
            yield
    except TimeoutError as error:
        raise ProviderSilentError("no answer in time") from error


@asynccontextmanager
async def exchange(runtime: Runtime, payment: Payment, seconds: float = PROVIDER_SECONDS) -> AsyncIterator[Provider]:
    """As `limited`. A payment made with another provider is not asked about: this one would say there is none."""
    if payment.provider != runtime.provider.name:
        raise ProviderDownError(f"this payment is with {payment.provider}, which this service does not work with now")
    async with limited(seconds):
        yield runtime.provider


def unavailable(payment: Payment, error: ProviderError) -> answers.ProviderUnavailable:
    log.warning("provider did not answer", payment_id=str(payment.id), error=str(error))
    retry = error.retry_after_seconds if isinstance(error, ProviderDownError) else None
    return answers.ProviderUnavailable(retry, payment)

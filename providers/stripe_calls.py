"""Every call to Stripe goes through here: a time limit, a bound on how many at once, a circuit breaker, one mode."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, ParamSpec

import httpx
import stripe
import structlog

from data.clock import Clock
from monitoring.trace import carried
from providers.breaker import Breaker
from providers.protocol import ProviderDownError, ProviderError, ProviderSilentError
from providers.stripe_errors import KeyInUseError, meaning_of, shows_failure

CALL_SECONDS = 8.0
"""One call from beginning to end; within what a whole question to a provider may take."""
CONNECT_SECONDS = 3.0
MAX_CALLS = 20
"""Under way at once; Stripe takes 25 a second in test mode and 100 in live mode."""
QUEUE_SECONDS = 2.0
"""How long a call waits for its turn."""
WAITS, WAIT_SECONDS = 10, 0.5
"""For the answer to an equal call that is under way."""

log = structlog.get_logger()

P = ParamSpec("P")

# It would write a file into the home directory and tell Stripe about this machine.
stripe.enable_telemetry = False
# At INFO the library repeats Stripe's errors word for word, a mistyped key among them.
logging.getLogger("stripe").setLevel(logging.WARNING)


class TracedClient(stripe.HTTPXClient):
    """Stripe hears of the trace that a call belongs to; our own request ids stay in the house."""

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        return await super().request_async(method, url, {**headers, **carried()}, post_data)


class TooManyCallsError(ProviderDownError):
    """As many calls as there may be are under way."""


class StripeCalls:
    def __init__(
        self,
        secret_key: str,
        api_base: str | None,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]],
        call_seconds: float,
    ) -> None:
        self._sleep = sleep
        self._http = TracedClient(timeout=httpx.Timeout(call_seconds, connect=CONNECT_SECONDS))
        self._call_seconds = call_seconds
        self._turns = asyncio.Semaphore(MAX_CALLS)
        self.breaker = Breaker(clock)
        self.live = "_live_" in secret_key
        # No retries there: whoever asked repeats the call under the same key, by the clock that was passed in.
        self.v1 = stripe.StripeClient(
            secret_key,
            base_addresses={"api": api_base} if api_base else None,
            http_client=self._http,
            max_network_retries=0,
        ).v1

    async def call(
        self, ask: Callable[P, Awaitable[stripe.StripeObject]], *args: P.args, **kwargs: P.kwargs
    ) -> dict[str, Any]:
        """Stripe's object as a plain dict. Raises ProviderError."""
        self.breaker.admit()
        try:
            async with self._turn():
                answer: dict[str, Any] = (await self._timed(ask(*args, **kwargs))).to_dict()
            self._same_mode(answer)
        except ProviderError as error:
            self._report(error)
            raise
        except BaseException:
            self.breaker.abandoned()
            raise
        self.breaker.answered()
        return answer

    async def post(
        self, ask: Callable[P, Awaitable[stripe.StripeObject]], *args: P.args, **kwargs: P.kwargs
    ) -> dict[str, Any]:
        """As `call`, under an idempotency key that another call may be using at this moment: its answer is ours."""
        for _ in range(WAITS):
            try:
                return await self.call(ask, *args, **kwargs)
            except KeyInUseError:
                await self._sleep(WAIT_SECONDS)
        return await self.call(ask, *args, **kwargs)

    async def close(self) -> None:
        await self._http.close_async()  # type: ignore[no-untyped-call]

    async def _timed(self, answer: Awaitable[stripe.StripeObject]) -> stripe.StripeObject:
        try:
            async with asyncio.timeout(self._call_seconds):
                return await answer
        except TimeoutError as error:
            raise ProviderSilentError("Stripe did not answer in time") from error
        except (stripe.AuthenticationError, stripe.PermissionError) as error:
            log.error("Stripe does not accept STRIPE_SECRET_KEY", status=error.http_status)
            raise meaning_of(error) from None
        except stripe.StripeError as error:
            raise meaning_of(error) from error

    def _report(self, error: ProviderError) -> None:
        if isinstance(error, TooManyCallsError):
            self.breaker.abandoned()
        elif shows_failure(error):
            self.breaker.failed()
        else:
            self.breaker.answered()

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(QUEUE_SECONDS):
                await self._turns.acquire()
        except TimeoutError as error:
            raise TooManyCallsError("too many calls to Stripe at once", 1) from error
        try:
            yield
        finally:
            self._turns.release()

    def _same_mode(self, answer: dict[str, Any]) -> None:
        """Money of the other mode is no money of ours, whatever the answer says of it."""
        told = [answer, *answer["data"]] if isinstance(answer.get("data"), list) else [answer]
        if any(item.get("livemode", self.live) != self.live for item in told):
            raise ProviderSilentError("Stripe answered in another mode than STRIPE_SECRET_KEY is for")

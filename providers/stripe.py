"""Stripe: Checkout Sessions, refunds and webhooks, behind the same protocol as the mock."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from data.clock import Clock
from providers.protocol import (
    Checkout,
    CheckoutOrder,
    CheckoutState,
    Notice,
    ProviderRefund,
    ProviderRefusedError,
    ProviderSilentError,
    Recorded,
    RefundOrder,
    RefundUnansweredError,
    Truth,
)
from providers.stripe_calls import CALL_SECONDS, StripeCalls
from providers.stripe_errors import KeySpentError
from providers.stripe_order import (
    ATTEMPT,
    PAYMENT_ID,
    checkout_key,
    refund_key,
    refund_params,
    session_params,
)
from providers.stripe_truth import charge_of, intent_of, refund_of, truth_of, uuid_in
from providers.stripe_webhooks import notice_of

if TYPE_CHECKING:
    from stripe import RequestOptions
    from stripe.params import DisputeListParams, RefundListParams
    from stripe.params.checkout import SessionExpireParams, SessionListParams

INTENT = "payment_intent"
WHOLE = f"{INTENT}.latest_charge.refunds"
"""Expanded, one answer has the session, its payment intent, the charge and its first refunds."""
SESSION_ID = re.compile(r"cs_[A-Za-z0-9_]{1,250}", re.ASCII)
PAGE = 100
MAX_PAGES = 20
"""Looked through for a session whose creation was not answered; beyond, the same call under the same key tells."""
CLOCKS_DIFFER = timedelta(minutes=5)
KEY_LIFE = timedelta(hours=23)
"""Stripe keeps an idempotency key for 24 hours at least."""
FIRST_CALL = timedelta(seconds=15)
"""A refusal later than this may be of a repeated call, and the first may have opened a session."""
MAX_KEYS = 3
"""Keys spent on one attempt of an order."""


class TooManySessionsError(ProviderSilentError):
    """More sessions than are looked through: whether one is ours is not known."""


class StripeProvider:
    """`secret_key` decides the mode; each of `webhook_secrets` is taken, so that one can be changed for another."""

    name = "stripe"

    def __init__(
        self,
        secret_key: str,
        webhook_secrets: Sequence[str],
        clock: Clock,
        api_base: str | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        call_seconds: float = CALL_SECONDS,
    ) -> None:
        self._calls = StripeCalls(secret_key, api_base, clock, sleep, call_seconds)
        self._sessions = self._calls.v1.checkout.sessions
        self._webhook_secrets = tuple(webhook_secrets)
        self._clock = clock

    async def check(self) -> None:
        """One cheap call. Raises KeyRefusedError for a wrong key, ProviderError where Stripe cannot be reached."""
        await self._calls.call(self._sessions.list_async, {"limit": 1})

    async def aclose(self) -> None:
        await self._calls.close()

    async def create_checkout(self, order: CheckoutOrder) -> Checkout:
        params = session_params(order)
        for again in range(MAX_KEYS):
            options: RequestOptions = {"idempotency_key": checkout_key(order, again)}
            try:
                return _checkout_of(await self._calls.post(self._sessions.create_async, params, options))
            except KeySpentError:
                found = await self._search(order)
                if found is not None:
                    return found
            except ProviderRefusedError:
                found = await self._search(order) if self._clock() - order.created_at > FIRST_CALL else None
                if found is None:
                    raise
                return found
        raise ProviderSilentError("Stripe repeats its errors under every key of this checkout")

    async def find_checkout(self, order: CheckoutOrder) -> Checkout | None:
        """By looking through the sessions created since; where they are too many, by the same call again."""
        try:
            return await self._search(order)
        except TooManySessionsError:
            if self._clock() - order.created_at > KEY_LIFE:
                raise
        try:
            return await self.create_checkout(order)
        except ProviderRefusedError:
            return None

    async def fetch(self, provider_payment_id: str) -> Truth:
        return await self._truth(await self._session(provider_payment_id))

    async def close_checkout(self, provider_payment_id: str) -> Truth:
        """Stripe refuses to expire what is not open: then the session itself tells what it is."""
        shown: SessionExpireParams = {"expand": [INTENT]}
        try:
            closed = await self._calls.call(self._sessions.expire_async, _session_id(provider_payment_id), shown)
        except ProviderRefusedError:
            return await self.fetch(provider_payment_id)
        truth = truth_of(closed, self._clock())
        return truth if truth.state is CheckoutState.EXPIRED else await self.fetch(provider_payment_id)

    async def refund(self, order: RefundOrder) -> ProviderRefund:
        """Looks for our refund first: a key that Stripe has forgotten does not protect from a second one."""
        for again in range(MAX_KEYS):
            session = await self._session(order.provider_payment_id)
            made = [refund_of(refund) for refund in await self._refunds(session)]
            mine = next((refund for refund in made if refund.refund_id == order.refund_id), None)
            if mine is not None:
                return mine
            try:
                return await self._give_back(order, session, again)
            except KeySpentError:
                continue
        raise RefundUnansweredError("Stripe repeats its errors under every key of this attempt")

    def read_webhook(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Notice:
        return notice_of(headers, body, self._webhook_secrets, now, live=self._calls.live)

    async def payment_of(self, part: str) -> UUID | None:
        """`part` is a payment intent: refunds made in the dashboard and disputes name nothing else."""
        try:
            intent = await self._calls.call(self._calls.v1.payment_intents.retrieve_async, part)
        except ProviderRefusedError:
            return None
        return uuid_in(intent.get("metadata"), PAYMENT_ID)

    async def checkouts_since(self, since: datetime) -> AsyncIterator[Recorded]:
        async for session in self._sessions_since(since, expand=[f"data.{WHOLE}"]):
            payment_id = uuid_in(session.get("metadata"), PAYMENT_ID)
            yield Recorded(session["id"], payment_id, await self._truth(session))

    async def _session(self, provider_payment_id: str) -> dict[str, Any]:
        """A session that Stripe does not know is another account's or mode's: nothing is known of the payment."""
        with _not_shown("this session"):
            session_id = _session_id(provider_payment_id)
            return await self._calls.call(self._sessions.retrieve_async, session_id, {"expand": [WHOLE]})

    async def _truth(self, session: dict[str, Any]) -> Truth:
        refunds = await self._refunds(session)
        disputes = await self._disputes(session) if charge_of(session).get("disputed") else []
        return truth_of(session, self._clock(), refunds, disputes)

    async def _refunds(self, session: dict[str, Any]) -> list[dict[str, Any]]:
        first = charge_of(session).get("refunds") or {"data": [], "has_more": False}
        found: list[dict[str, Any]] = list(first["data"])
        more = first["has_more"]
        while more:
            of: RefundListParams = {"payment_intent": intent_of(session)["id"], "limit": PAGE}
            with _not_shown("all refunds of this session"):
                page = await self._calls.call(
                    self._calls.v1.refunds.list_async, {**of, "starting_after": found[-1]["id"]}
                )
            found += page["data"]
            more = page["has_more"]
        return found

    async def _disputes(self, session: dict[str, Any]) -> list[dict[str, Any]]:
        of: DisputeListParams = {"payment_intent": intent_of(session)["id"], "limit": PAGE}
        with _not_shown("the disputes of this session"):
            answer = await self._calls.call(self._calls.v1.disputes.list_async, of)
        return list(answer["data"])

    async def _give_back(self, order: RefundOrder, session: dict[str, Any], again: int) -> ProviderRefund:
        intent = intent_of(session)
        if not intent:
            raise ProviderRefusedError("Nothing has been paid here")
        options: RequestOptions = {"idempotency_key": refund_key(order, again)}
        params = refund_params(order, intent["id"])
        return refund_of(await self._calls.post(self._calls.v1.refunds.create_async, params, options))

    async def _search(self, order: CheckoutOrder) -> Checkout | None:
        """Stripe cannot filter by `client_reference_id`. Of several, this attempt's own goes first, then a paid one."""
        mine = []
        looked_through = 0
        async for session in self._sessions_since(order.created_at - CLOCKS_DIFFER):
            if session.get("client_reference_id") == str(order.payment_id):
                if (session.get("metadata") or {}).get(ATTEMPT) == str(order.attempt):
                    return _checkout_of(session)
                mine.append(session)
            looked_through += 1
            if looked_through >= MAX_PAGES * PAGE:
                break
        if not mine and looked_through >= MAX_PAGES * PAGE:
            raise TooManySessionsError("too many sessions at Stripe to look through")
        return _checkout_of(min(mine, key=_rank)) if mine else None

    async def _sessions_since(self, since: datetime, expand: Sequence[str] = ()) -> AsyncIterator[dict[str, Any]]:
        after: str | None = None
        while True:
            params: SessionListParams = {"created": {"gte": int(since.timestamp())}, "limit": PAGE}
            if expand:
                params["expand"] = list(expand)
            if after is not None:
                params["starting_after"] = after
            page = await self._calls.call(self._sessions.list_async, params)
            for session in page["data"]:
                yield session
            if not page["has_more"] or not page["data"]:
                return
            after = page["data"][-1]["id"]


@contextmanager
def _not_shown(what: str) -> Iterator[None]:
    """A question that Stripe refuses is not answered: nothing is known, and least of all that something was refused."""
    try:
        yield
    except ProviderRefusedError as error:
        raise ProviderSilentError(f"Stripe does not show {what}") from error


def _checkout_of(session: dict[str, Any]) -> Checkout:
    return Checkout(session["id"], session.get("url"))


def _rank(session: dict[str, Any]) -> int:
    return ("complete", "open", "expired").index(session["status"])


def _session_id(text: str) -> str:
    """What is no id of a session would address something else. Raises ProviderRefusedError."""
    if SESSION_ID.fullmatch(text) is None:
        raise ProviderRefusedError("This is not an id of a Checkout Session")
    return text

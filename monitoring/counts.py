"""How many payments there are, and what waits: counted by the database when Prometheus asks, and not too often."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from prometheus_client import CollectorRegistry, Gauge

from data.database import TROUBLE
from data.delivery_census import NOT_DONE, DeliveryCensus
from data.due import Unknown
from data.status import Status

COUNT_AGE = timedelta(seconds=15)
"""How long a count is used again: that of the payments looks at all of them."""
PAYMENTS, WAITING = "payments", "waiting"
"""What is counted: payments by status, and whatever waits for somebody's answer."""

Counted = TypeVar("Counted")
Waiting = tuple[Unknown, DeliveryCensus]

log = structlog.get_logger()


class Counts:
    def __init__(
        self,
        count_payments: Callable[[], Awaitable[dict[str, int]]],
        count_waiting: Callable[[], Awaitable[Waiting]],
        registry: CollectorRegistry,
    ) -> None:
        self._count_payments, self._count_waiting = count_payments, count_waiting
        self._tried_at: datetime | None = None
        self._counted_at: dict[str, datetime] = {}
        self._payments = Gauge("mesaya_payments", "Payments of this service, by status", ["status"], registry=registry)
        self._unknown = Gauge("mesaya_unknown_outcomes", "Payments whose provider has not answered", registry=registry)
        self._unknown_age = Gauge(
            "mesaya_unknown_outcome_age_seconds",
            "How long the oldest of them has been unknown",
            registry=registry,
        )
        self._deliveries = Gauge(
            "mesaya_deliveries", "Webhook deliveries that are not done, by state", ["state"], registry=registry
        )
        self._pending_age = Gauge(
            "mesaya_oldest_pending_delivery_age_seconds",
            "How long the oldest pending delivery has been under way",
            registry=registry,
        )
        self._count_age = Gauge(
            "mesaya_count_age_seconds",
            f"How long ago payments by status, and what waits, were counted; above {COUNT_AGE.seconds}, they cannot be",
            ["of"],
            registry=registry,
        )

    async def refresh(self, now: datetime) -> None:
        """What cannot be counted now stays as it was last counted, and says how long ago that was."""
        if self._tried_at is None or now - self._tried_at >= COUNT_AGE:
            self._tried_at = now
            await self._count(WAITING, self._count_waiting, self._show_waiting, now)
            await self._count(PAYMENTS, self._count_payments, self._show_payments, now)
        for what, counted_at in self._counted_at.items():
            self._count_age.labels(what).set((now - counted_at).total_seconds())

    async def _count(
        self,
        what: str,
        count: Callable[[], Awaitable[Counted]],
        show: Callable[[Counted, datetime], None],
        now: datetime,
    ) -> None:
        try:
            show(await count(), now)
        except TROUBLE as error:
            log.warning("figures are not counted", of=what, error=type(error).__name__)
        else:
            self._counted_at[what] = now

    def _show_payments(self, by_status: dict[str, int], _now: datetime) -> None:
        for status in Status:
            self._payments.labels(status).set(by_status.get(status, 0))

    def _show_waiting(self, waiting: Waiting, now: datetime) -> None:
        unknown, deliveries = waiting
        self._unknown.set(unknown.payments)
        self._unknown_age.set(_age(unknown.oldest, now))
        for state in NOT_DONE:
            self._deliveries.labels(state).set(deliveries.by_state[state])
        self._pending_age.set(_age(deliveries.oldest_pending, now))


def _age(since: datetime | None, now: datetime) -> float:
    return (now - since).total_seconds() if since else 0.0

"""What Prometheus reads at `/metrics`: figures and our own words, never an id, an e-mail or a secret."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from data.attempt import Attempt
from data.clock import Clock
from data.database import TROUBLE
from data.delivery_census import NOT_DONE, DeliveryCensus
from data.due import Census
from data.status import Status
from monitoring.tally import Count, Seconds

CENSUS_AGE = timedelta(seconds=15)
"""How long a count of the payments is used again: it looks at all of them."""
DELIVERED = "delivered"
REQUEST_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
STATEMENT_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)


class Metrics:
    """One registry an application, so that several may live in one process."""

    def __init__(
        self,
        take_census: Callable[[], Awaitable[tuple[Census, DeliveryCensus]]],
        open_subscriptions: Callable[[], int],
    ) -> None:
        self.registry = CollectorRegistry()
        self._take_census = take_census
        self._taken_at: datetime | None = None
        self.requests = Count("mesaya_requests", "Requests answered", ["method", "route", "status"], self.registry)
        self.request_seconds = Seconds(
            "mesaya_request_seconds", "Time to the end of the answer", "route", REQUEST_BUCKETS, self.registry
        )
        self.errors = Counter("mesaya_graphql_errors", "GraphQL errors shown", ["code"], registry=self.registry)
        self.statement_seconds = Seconds(
            "mesaya_statement_seconds",
            "Time of a statement at the database",
            "operation",
            STATEMENT_BUCKETS,
            self.registry,
        )
        self.time_statement = self.statement_seconds.add
        """Told the first word of each statement, and seconds."""
        subscriptions = Gauge("mesaya_open_subscriptions", "Open subscriptions to a payment", registry=self.registry)
        subscriptions.set_function(open_subscriptions)
        self._payments = Gauge(
            "mesaya_payments", "Payments of this service, by status", ["status"], registry=self.registry
        )
        self._unknown = Gauge(
            "mesaya_unknown_outcomes", "Payments whose provider has not answered", registry=self.registry
        )
        self._unknown_age = Gauge(
            "mesaya_unknown_outcome_age_seconds",
            "How long the oldest of them has been unknown",
            registry=self.registry,
        )
        self._deliveries = Gauge(
            "mesaya_deliveries", "Webhook deliveries that are not done, by state", ["state"], registry=self.registry
        )
        self._pending_age = Gauge(
            "mesaya_oldest_pending_delivery_age_seconds",
            "How long the oldest pending delivery has been under way",
            registry=self.registry,
        )
        self.delivery_attempts = Counter(
            "mesaya_delivery_attempts",
            "Attempts of this process to deliver a webhook, by outcome: delivered, or the class of the error",
            ["outcome"],
            registry=self.registry,
        )

    def count_requests(self, method: str, route: str, status: int, *seconds: float) -> None:
        """Those that were answered alike, each with how long it took."""
        self.requests.add(method, route, str(status), times=len(seconds))
        self.request_seconds.add(route, *seconds)

    def count_attempt(self, attempt: Attempt) -> None:
        self.delivery_attempts.labels(attempt.error or DELIVERED).inc()

    def count_error(self, code: str) -> None:
        self.errors.labels(code).inc()

    async def exposition(self, clock: Clock) -> bytes:
        """The text format. Without a database the payments are those last counted."""
        now = clock()
        if self._taken_at is None or now - self._taken_at >= CENSUS_AGE:
            self._taken_at = now
            with suppress(*TROUBLE):
                payments, deliveries = await self._take_census()
                self._show(payments, now)
                self._show_deliveries(deliveries, now)
        return generate_latest(self.registry)

    def _show_deliveries(self, census: DeliveryCensus, now: datetime) -> None:
        for state in NOT_DONE:
            self._deliveries.labels(state).set(census.by_state[state])
        age = now - census.oldest_pending if census.oldest_pending else timedelta(0)
        self._pending_age.set(age.total_seconds())

    def _show(self, census: Census, now: datetime) -> None:
        for status in Status:
            self._payments.labels(status).set(census.by_status.get(status, 0))
        self._unknown.set(census.unknown)
        age = now - census.oldest_unknown if census.oldest_unknown else timedelta(0)
        self._unknown_age.set(age.total_seconds())

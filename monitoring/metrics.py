"""What Prometheus reads at `/metrics`: figures and our own words, never an id, an e-mail or a secret."""

from collections.abc import Awaitable, Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from data.attempt import Attempt
from data.clock import Clock
from monitoring.counts import Counts, Waiting
from monitoring.tally import Count, Seconds

DELIVERED = "delivered"
REQUEST_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
STATEMENT_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)


class Metrics:
    """One registry an application, so that several may live in one process."""

    def __init__(
        self,
        count_payments: Callable[[], Awaitable[dict[str, int]]],
        count_waiting: Callable[[], Awaitable[Waiting]],
        open_subscriptions: Callable[[], int],
    ) -> None:
        self.registry = CollectorRegistry()
        self._counts = Counts(count_payments, count_waiting, self.registry)
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
        subscriptions = Gauge(
            "mesaya_open_subscriptions",
            "Open subscriptions, and checkouts that wait for an equal one",
            registry=self.registry,
        )
        subscriptions.set_function(open_subscriptions)
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
        """The text format. What cannot be counted now is as it was last counted, and says how long ago that was."""
        await self._counts.refresh(clock())
        return generate_latest(self.registry)

"""A circuit breaker: after several failures in a row nobody is made to wait for a provider that does not answer."""

import math
from datetime import datetime, timedelta

from data.clock import Clock
from providers.protocol import ProviderDownError

FAILURES = 5
"""Calls in a row that fail before no more are made."""
PAUSE = timedelta(seconds=10)
"""How long none is made; then one goes first, and its outcome decides for the others."""


class Breaker:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures = 0
        self._opened_at: datetime | None = None
        self._trying = False

    def admit(self) -> None:
        """Raises ProviderDownError, at once, while calls are held back. Whoever is admitted reports one outcome."""
        if self._opened_at is None:
            return
        now = self._clock()
        self._opened_at = min(self._opened_at, now)  # a clock that was set back does not make the pause longer
        left = self._opened_at + PAUSE - now
        if left > timedelta(0) or self._trying:
            raise ProviderDownError("the provider is not answering", max(1, math.ceil(left.total_seconds())))
        self._trying = True

    def answered(self) -> None:
        """Any answer, a refusal too."""
        self._failures, self._opened_at, self._trying = 0, None, False

    def failed(self) -> None:
        self._failures += 1
        if self._trying or self._failures >= FAILURES:
            self._opened_at, self._trying = self._clock(), False

    def abandoned(self) -> None:
        """The call was given up before it had an outcome."""
        self._trying = False

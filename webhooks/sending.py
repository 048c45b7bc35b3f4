"""What a sender of webhooks works with, put together once for a process, and the waits it keeps."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from data.attempt import Attempt
from data.clock import Clock
from data.database import Database
from webhooks.owe import Webhooks
from webhooks.target import Resolve, TargetRules

IN_ORDER = timedelta(minutes=10)
"""How long an event waits for the one before it, of the same payment to the same subscriber."""
PATIENCE = timedelta(days=5)
"""After nothing but failures for so long nothing more is sent, but kept."""
PROBE = timedelta(hours=1)
"""How often a subscriber that failed so long is tried with one delivery."""
OVERLAP = timedelta(hours=24)
"""How long a secret that was replaced still signs, beside the new one."""
JOB_LEASE = timedelta(seconds=10)
"""A job whose sender has not been heard of for so long is given to another."""


@dataclass(frozen=True, slots=True)
class Sending:
    database: Database
    dsn: str = field(repr=False)
    """Of the same database, for the queue's own connection."""
    webhooks: Webhooks
    rules: TargetRules
    clock: Clock
    random: Random
    scale: float = 1.0
    """Shortens every wait, for tests and demonstrations."""
    lease: timedelta = JOB_LEASE
    resolve: Resolve | None = None
    """The operating system's resolver unless said otherwise."""
    told: Callable[[Attempt], None] = lambda _: None
    """Hears of each attempt that is on record."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    retention: timedelta | None = None
    """How long deliveries are kept once they are done; None keeps all."""

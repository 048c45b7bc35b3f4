"""Everything the behaviour works with, put together once in `app.py`."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from uuid import UUID

from data.clock import Clock
from data.database import Database
from data.feed import Feed
from data.identifiers import uuid7
from providers.protocol import Provider, Truth
from webhooks.owe import Webhooks


@dataclass(frozen=True, slots=True)
class Rules:
    """What the operator decides."""

    public_url: str
    secret_keys: tuple[bytes, ...]
    """The first makes client secrets, all of them are taken."""
    redirect_origins: tuple[str, ...] | None
    """Where payers may be sent back to; None is anywhere."""
    success_url: str | None = None
    cancel_url: str | None = None
    user_checkout: bool = False
    """Whether people's own tokens may check out."""
    reuse_without_user: bool = True
    """Whether a checkout without key and without user finds the open one: two strangers may look alike."""
    delivery_retention: timedelta | None = None
    """How long deliveries are kept once they are done; None keeps all."""


@dataclass(frozen=True, slots=True)
class Runtime:
    database: Database
    provider: Provider
    feed: Feed
    clock: Clock
    random: Random
    rules: Rules
    webhooks: Webhooks | None = None
    """Who is told of changes; without it nobody is."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    asking: dict[UUID, "asyncio.Task[Truth | None]"] = field(default_factory=dict)
    """Questions to the provider under way, shared by all who ask the same."""

    def new_id(self) -> UUID:
        return uuid7(self.clock(), self.random)


def origins(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(value.rstrip("/").lower() for value in values)

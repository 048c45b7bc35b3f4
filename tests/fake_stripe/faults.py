"""Faults on demand: what goes wrong with the next calls of one kind, before or after they had their effect."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    RESET_BEFORE = "RESET_BEFORE"
    """The connection is gone, and nothing happened."""
    RESET_AFTER = "RESET_AFTER"
    """It happened, and the connection is gone."""
    ERROR_BEFORE = "ERROR_BEFORE"
    """500, and nothing happened; replayed under the same key."""
    ERROR_AFTER = "ERROR_AFTER"
    """500, and it happened; replayed under the same key."""
    TOO_MANY = "TOO_MANY"
    """429: nothing happened, and nothing is kept."""
    SILENT_BEFORE = "SILENT_BEFORE"
    """No answer, and nothing happened."""
    SILENT_AFTER = "SILENT_AFTER"
    """It happened, and no answer comes."""
    GARBAGE = "GARBAGE"
    """It happened, and something else than Stripe answers 200 with a page."""
    REFUSED = "REFUSED"
    """400 for a reason of its own: nothing happened, and nothing is kept."""
    BAD_GATEWAY = "BAD_GATEWAY"
    """502 from in between, and nothing happened."""


@dataclass
class Faults:
    """Kinds are "METHOD path" with ids as `*`: "POST /v1/checkout/sessions/*/expire"; `ANY` is all of them."""

    ANY = "*"
    planned: defaultdict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    lasting: dict[str, Fault] = field(default_factory=dict)
    before: dict[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    """A rival that acts when such a call has arrived and before it has its effect; each acts once."""
    after: dict[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    """As `before`, between the effect and the answer."""
    released: asyncio.Event = field(default_factory=asyncio.Event)
    """Ends every silence."""

    def plan(self, kind: str, *faults: Fault) -> None:
        self.planned[kind].extend(faults)

    def take(self, kind: str) -> Fault | None:
        for name in (kind, self.ANY):
            if self.planned[name]:
                return self.planned[name].popleft()
        return self.lasting.get(kind) or self.lasting.get(self.ANY)

    async def rival(self, rivals: dict[str, Callable[[], Awaitable[None]]], kind: str) -> None:
        act = rivals.pop(kind, None)
        if act is not None:
            await act()

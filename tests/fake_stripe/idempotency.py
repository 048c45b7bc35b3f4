"""Idempotency keys as Stripe keeps them: the first answer is replayed, a 500 too; a refusal before any work is not."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.fake_stripe.errors import Refusal, key_in_use, other_parameters

Answer = tuple[int, dict[str, object]]


@dataclass
class Kept:
    request: tuple[str, str]
    answer: Answer | None = None


class Keys:
    def __init__(self) -> None:
        self.kept: dict[str, Kept] = {}

    async def once(
        self, key: str, request: tuple[str, str], perform: Callable[[], Awaitable[Answer]]
    ) -> tuple[Answer, bool]:
        """The answer, and whether it is an earlier one."""
        known = self.kept.get(key)
        if known is not None:
            if known.request != request:
                raise other_parameters(key)
            if known.answer is None:
                raise key_in_use(key)
            return known.answer, True
        kept = self.kept[key] = Kept(request)
        try:
            kept.answer = await asyncio.shield(perform())
        except Refusal as refusal:
            if refusal.status < 500:
                del self.kept[key]
                raise
            kept.answer = (refusal.status, refusal.body)
        return kept.answer, False

    def forget(self) -> None:
        """As Stripe does after a day."""
        self.kept.clear()

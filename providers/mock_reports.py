"""The mock provider tells our service what happened, as a real one does: signed webhooks, in the background."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from random import Random
from uuid import UUID

import httpx
import structlog

from data.clock import Clock
from data.identifiers import uuid7
from data.mock_provider import MockCheckout
from providers.mock_outcomes import Report
from providers.mock_signature import HEADER, check, sign
from providers.protocol import Notice, SignatureRefusedError

RETRY_PAUSES_SECONDS = (0.5, 2.0, 8.0)
"""Before the second try, the third, the last. A report that never arrives is no loss: whoever asks finds out."""
REPORT_SECONDS = 12.0
"""How long an answer is waited for."""

log = structlog.get_logger()


class Reporter:
    def __init__(
        self,
        client: httpx.AsyncClient,
        url: str,
        keys: Sequence[bytes],
        clock: Clock,
        random: Random,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._client = client
        self._url = url
        self._keys = keys
        self._clock = clock
        self._random = random
        self._sleep = sleep
        self._running: set[asyncio.Task[None]] = set()

    def report(self, checkout: MockCheckout, report: Report) -> None:
        """Returns at once; each copy is a task of its own."""
        body = json.dumps(
            {
                "id": f"evt_{uuid7(self._clock(), self._random)}",
                "type": report.type,
                "checkout_id": checkout.id,
                "payment_id": str(checkout.payment_id),
            }
        ).encode()
        for _ in range(report.copies):
            task = asyncio.create_task(self._tell(body, report.after.total_seconds()))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def idle(self) -> None:
        """Returns once everything was reported or given up."""
        while self._running:
            await asyncio.wait(set(self._running))

    async def aclose(self) -> None:
        """Ends every report under way; what is not told stays to be asked for."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _tell(self, body: bytes, after_seconds: float) -> None:
        if after_seconds:
            await self._sleep(after_seconds)
        for pause in (*RETRY_PAUSES_SECONDS, None):
            problem = await self._post(body)
            if problem is None:
                return
            if pause is not None:
                await self._sleep(pause)
        log.warning("mock provider gave up a report", problem=problem)

    async def _post(self, body: bytes) -> str | None:
        """What went wrong."""
        headers = {HEADER: sign(self._keys[0], body, self._clock()), "content-type": "application/json"}
        try:
            answer = await self._client.post(self._url, content=body, headers=headers, timeout=REPORT_SECONDS)
        except httpx.HTTPError as error:
            return type(error).__name__
        return None if answer.is_success else f"HTTP {answer.status_code}"


def read(headers: Mapping[str, str], body: bytes, keys: Sequence[bytes], now: datetime) -> Notice:
    """Raises SignatureRefusedError, whatever comes in."""
    check(headers.get(HEADER), body, keys, now)
    try:
        event = json.loads(body)
        notice = Notice(str(event["id"]), str(event["type"]), UUID(event["payment_id"]), str(event["checkout_id"]))
        if not all(text.isprintable() for text in (notice.event_id, notice.type, str(notice.provider_payment_id))):
            raise ValueError("a text that no id or type is")
        return notice
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise SignatureRefusedError("signed, and yet no event of the mock provider") from error

"""The sender, supervised: it outlives its connection to the database, and stops without losing a job."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import structlog
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Job

from data import jobs
from data.database import TROUBLE
from webhooks.deliver import Deliverer
from webhooks.keeper import keep
from webhooks.queue import BATCH, Queue
from webhooks.replay import replay
from webhooks.retention import keep_retention
from webhooks.sending import Sending

RECONNECT_SECONDS = 1.0
IDLE_SECONDS = 1.0
"""The longest pause between two looks into the queue; a notice ends it early."""
STOP_SECONDS = 5.0
"""How long attempts under way may go on when the sender is to stop; those left are made again, under the same id."""

log = structlog.get_logger()


async def run(sending: Sending, workers: int = 1) -> None:
    """Sends until cancelled."""
    deliverer = Deliverer(sending)
    with suppress(*TROUBLE):
        await sending.webhooks.directory.now()  # else all would be held first, since no partner is known yet
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(keep(sending))
            group.create_task(keep_retention(sending))
            for _ in range(workers):
                group.create_task(_supervised(sending, deliverer))
    finally:
        await deliverer.aclose()


async def _supervised(sending: Sending, deliverer: Deliverer) -> None:
    """PgQueuer does not reconnect: a lost connection ends its run, and the next run makes another."""
    while True:
        try:
            await _connected(sending, deliverer)
        except TROUBLE as error:
            log.warning("sender lost its connection", error=type(error).__name__)
        except Exception as error:  # a sender that ends is worse than any error it can meet
            log.exception("sender failed", error=type(error).__name__)
        await sending.sleep(RECONNECT_SECONDS)


async def _connected(sending: Sending, deliverer: Deliverer) -> None:
    async def deliver(job: Job) -> None:
        await _deliver(deliverer, job)

    async def replay_all(job: Job) -> None:
        await replay(sending, job.payload or b"")

    async with jobs.connected(sending.dsn) as queries:
        await _run(sending, Queue(queries, deliver, replay_all))


async def _run(sending: Sending, queue: Queue) -> None:
    running = asyncio.create_task(
        queue.run(
            dequeue_timeout=timedelta(seconds=IDLE_SECONDS),
            batch_size=BATCH,
            heartbeat_timeout=sending.lease,
            log_aggregation_interval=timedelta(seconds=0),
            shutdown_on_listener_failure=True,
        )
    )
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        queue.shutdown.set()
        await asyncio.wait({running}, timeout=STOP_SECONDS)
        running.cancel()
        await asyncio.wait({running})
        raise


async def _deliver(deliverer: Deliverer, job: Job) -> None:
    wait = await deliverer.deliver(job.id, UUID(bytes=job.payload or b""))
    if wait is not None:
        raise RetryRequested(delay=wait, reason="not due yet")

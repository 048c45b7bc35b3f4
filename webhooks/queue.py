"""PgQueuer with a lane for each subscriber: one that hangs fills its own lane, and nobody else's."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import timedelta

from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.executors import EntrypointExecutor, EntrypointExecutorParameters
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Context, Job
from pgqueuer.domain.types import Channel, QueueEntrypoint

from data.jobs import DELIVER, QUEUE, REPLAY, lanes

LANE = 40
"""Deliveries to one subscriber under way at once, in one sender; a last batch may come on top."""
BATCH = 40

Handle = Callable[[Job], Awaitable[None]]


class Queue(QueueManager):
    """Runs once: a lost connection ends it, and another one is made."""

    def __init__(self, queries: Queries, deliver: Handle, replay: Handle) -> None:
        super().__init__(queries, Channel(QUEUE.channel))
        self._own = queries
        self._deliver = deliver
        self._under_way: defaultdict[str, set[int]] = defaultdict(set)
        self.register_executor(REPLAY, _executor(replay))

    async def fetch_jobs(
        self, batch_size: int, global_concurrency_limit: int | None, heartbeat_timeout: timedelta
    ) -> AsyncGenerator[Job, None]:
        for lane in await lanes(self._own):
            if lane.startswith(DELIVER) and QueueEntrypoint(lane) not in self.entrypoint_registry:
                self.register_executor(lane, _executor(self._in_lane))
        async for job in super().fetch_jobs(batch_size, global_concurrency_limit, heartbeat_timeout):
            self._under_way[job.entrypoint].add(job.id)
            yield job

    def entrypoints_below_capacity_limits(self) -> set[QueueEntrypoint]:
        return {lane for lane in self.entrypoint_registry if len(self._under_way[lane]) < LANE}

    async def _in_lane(self, job: Job) -> None:
        try:
            await self._deliver(job)
        finally:
            self._under_way[job.entrypoint].discard(job.id)


class _Executor(EntrypointExecutor):
    async def execute(self, job: Job, context: Context) -> None:
        """A job that is broken off goes back into the queue at once; PgQueuer would drop it."""
        try:
            await super().execute(job, context)
        except asyncio.CancelledError:
            raise RetryRequested(reason="the sender stops") from None


def _executor(handle: Handle) -> EntrypointExecutor:
    return _Executor(EntrypointExecutorParameters(concurrency_limit=0, func=handle))

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
from pgqueuer.ports.repository import EntrypointExecutionParameter

from data.database import TROUBLE
from data.jobs import DELIVER, QUEUE, REPLAY, lanes

LANE = 40
"""Deliveries to one subscriber under way at once, in one sender; a last batch may come on top."""
BATCH = 40
AGAIN = timedelta(seconds=1)
"""When a job is taken again that the database would not let us do."""

Handle = Callable[[Job], Awaitable[None]]


class Queue(QueueManager):
    """Runs once: a lost connection ends it, and another one is made. What handles a job may raise TROUBLE."""

    def __init__(self, queries: Queries, deliver: Handle, replay: Handle) -> None:
        super().__init__(queries, Channel(QUEUE.channel))
        self._own = queries
        self._due: set[QueueEntrypoint] = set()
        self._deliver = self._tracked(deliver)
        self._under_way: defaultdict[str, set[int]] = defaultdict(set)
        self.register_executor(REPLAY, _executor(self._tracked(replay)))

    async def fetch_jobs(
        self, batch_size: int, global_concurrency_limit: int | None, heartbeat_timeout: timedelta
    ) -> AsyncGenerator[Job, None]:
        """As PgQueuer's own, but looks for lanes each time: a new one does not wait for a busy one to end."""
        while not self.shutdown.is_set():
            await self._look_for_lanes()
            jobs = await self.queries.dequeue(
                batch_size=batch_size,
                entrypoints={
                    lane: EntrypointExecutionParameter(concurrency_limit=0)
                    for lane in self.entrypoints_below_capacity_limits()
                },
                queue_manager_id=self.queue_manager_id,
                global_concurrency_limit=global_concurrency_limit,
                heartbeat_timeout=heartbeat_timeout,
            )
            if not jobs:
                return
            for job in jobs:
                self._under_way[job.entrypoint].add(job.id)
                yield job

    def entrypoints_below_capacity_limits(self) -> set[QueueEntrypoint]:
        return {lane for lane in self._due if len(self._under_way[lane]) < LANE}

    async def _look_for_lanes(self) -> None:
        found = await lanes(self._own)
        for lane in found:
            if lane.startswith(DELIVER) and QueueEntrypoint(lane) not in self.entrypoint_registry:
                self.register_executor(lane, _executor(self._deliver))
        self._due = {lane for lane in self.entrypoint_registry if found.get(lane)}

    def _tracked(self, handle: Handle) -> Handle:
        async def tracked(job: Job) -> None:
            try:
                await handle(job)
            except TROUBLE as error:
                raise RetryRequested(AGAIN, reason=type(error).__name__) from error
            finally:
                self._under_way[job.entrypoint].discard(job.id)

        return tracked


class _Executor(EntrypointExecutor):
    async def execute(self, job: Job, context: Context) -> None:
        """A job that is broken off goes back into the queue at once; PgQueuer would drop it."""
        try:
            await super().execute(job, context)
        except asyncio.CancelledError:
            raise RetryRequested(reason="the sender stops") from None


def _executor(handle: Handle) -> EntrypointExecutor:
    return _Executor(EntrypointExecutorParameters(concurrency_limit=0, func=handle))

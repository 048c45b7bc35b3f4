"""A world of clients, payers, another service, two instances of ours and a clock; a seed decides what happens when."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

from providers.mock_outcomes import Outcome
from resolvers.reconcile import round_of
from resolvers.runtime import Runtime
from tests.races.arena import Arena, runtime_of
from tests.races.steps import FIRST_STATEMENT, DiedError, Operation
from tests.simulation.chance import Faults, one_of
from tests.simulation.clients import Clients

MOST_AT_ONCE = 8
ACTS = {"go_on": 160, "client": 40, "payer": 10, "reconciler": 14, "pass_time": 12, "foreign_write": 2, "crash": 3}
PASSING = {0.2: 40, 2.0: 30, 14.0: 20, 60.0: 6, 1900.0: 2, 90000.0: 1}
"""Seconds."""
PAYING = {
    Outcome.PAY_SILENTLY: 30,
    Outcome.PAY_ANYWAY: 10,
    Outcome.PAY_LATE: 10,
    Outcome.PAY_WRONG_AMOUNT: 6,
    Outcome.DECLINE: 10,
    Outcome.FAIL: 4,
    Outcome.CANCEL: 4,
}
LABELS = ("PENDING", "SUCCEEDED", "FAILED", "CANCELED")


@dataclass
class Running:
    operation: Operation
    instance: int
    judge: Callable[[Any], None]


@dataclass
class World:
    arena: Arena
    random: Random
    faults: Faults
    clients: Clients
    running: list[Running] = field(default_factory=list)
    story: list[str] = field(default_factory=list)
    """What has happened, the same for the same seed."""

    @property
    def instances(self) -> list[Runtime]:
        return [self.arena.here, self.arena.there]

    async def live(self, steps: int) -> None:
        for _ in range(steps):
            act: Callable[[], Awaitable[None]] = getattr(self, f"_{one_of(self.random, ACTS)}")
            await act()
            await self.arena.steps.settle()
            await self._judge()

    async def end(self) -> None:
        """Everybody finishes, the provider works again, and time passes until nothing is left to find out."""
        self.faults.on = False
        while self.running:
            await self._go_on()
            await self.arena.steps.settle()
            await self._judge()
        for seconds in (1, 14, 14, 30, 60, 120, 300, 600, 1800, 3600, 7200, 90000, 90000):
            self.arena.clock.advance(timedelta(seconds=seconds))
            while await round_of(self.arena.here):
                pass

    def _start(self, name: str, instance: int, work: Awaitable[Any], judge: Callable[[Any], None]) -> None:
        async def run() -> Any:
            return await work

        own = Random(self.random.getrandbits(64))
        operation = self.arena.steps.start(name, run(), random=own)
        self.story.append(f"{instance} {name}")
        self.running.append(Running(operation, instance, judge))

    async def _judge(self) -> None:
        """Whoever has ended has answered, in words that fit."""
        for ended in [each for each in self.running if each.operation.done]:
            self.running.remove(ended)
            ended.judge(await ended.operation.task)

    @property
    def _somebody_waits(self) -> bool:
        """For a lock. No second one is let wait: PostgreSQL may wake both at once, and no seed says who is faster."""
        return not all(each.operation.stands for each in self.running)

    async def _go_on(self) -> None:
        ready = [each for each in self.running if each.operation.stands]
        if self._somebody_waits:
            ready = [each for each in ready if each.operation.stands[0].at != FIRST_STATEMENT] or ready
        if ready:
            chosen = self.random.choice(ready).operation
            stands = sorted(stand.at for stand in chosen.stands)
            self.story.append(f"{chosen.name}: {stands[0]}")
            chosen.go([stand.at for stand in chosen.stands].index(stands[0]))

    async def _client(self) -> None:
        if len(self.running) < MOST_AT_ONCE:
            instance = self.random.randrange(2)
            name, work, judge = self.clients.next(self.instances[instance])
            self._start(name, instance, work, judge)

    async def _reconciler(self) -> None:
        instance = self.random.randrange(2)
        if not any(each.instance == instance and each.operation.name == "round" for each in self.running):
            self._start("round", instance, round_of(self.instances[instance]), lambda _: None)

    async def _payer(self) -> None:
        payment = self.clients.any_told()
        if payment is None or payment.provider_payment_id is None:
            return
        outcome = one_of(self.random, PAYING)
        with self.arena.steps.working():
            # A payer waits for nobody here: the provider's own transactions are never left standing.
            played = await self.arena.mock.play(payment.provider_payment_id, outcome)
        await self.arena.mock.aclose()
        self.story.append(f"payer: {outcome} {bool(played and played.accepted)}")

    async def _pass_time(self) -> None:
        seconds = one_of(self.random, PASSING)
        self.arena.clock.advance(timedelta(seconds=seconds))
        self.story.append(f"{seconds} s pass")

    async def _foreign_write(self) -> None:
        """Where somebody holds the row, it waits as everybody does."""
        payment = self.clients.any_told()
        if payment is not None and not self._somebody_waits:
            label = self.random.choice(LABELS)
            self._start(f"another service writes {label}", -1, self._write(payment.id, label), lambda _: None)

    async def _write(self, payment_id: UUID, label: str) -> None:
        statement = "UPDATE payments SET payment_status = mesaya_payments.label_of(:label) WHERE payment_id = :id"
        await self.arena.sql(statement, id=payment_id, label=label)

    async def _crash(self) -> None:
        """One process dies at whatever it does, and another one begins on the same database."""
        instance = self.random.randrange(2)
        self.story.append(f"{instance} crashes")
        gone = [each for each in self.running if each.instance == instance]
        for each in gone:
            each.operation.die()
        await self.arena.steps.settle()
        for each in gone:
            each.operation.task.cancel()
            self.running.remove(each)
        ends = await asyncio.gather(*(each.operation.task for each in gone), return_exceptions=True)
        for each, end in zip(gone, ends, strict=True):
            if not isinstance(end, BaseException):
                each.judge(end)
            elif not isinstance(end, DiedError | asyncio.CancelledError):
                raise end
        await self._restart(instance)

    async def _restart(self, instance: int) -> None:
        old, arena = self.instances[instance], self.arena
        await old.database.close()
        made = runtime_of(arena.database_url, arena.steps, old.provider, arena.clock, arena.random)
        if instance == 0:
            arena.here = made
        else:
            arena.there = made

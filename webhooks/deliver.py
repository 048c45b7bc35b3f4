"""One job, one attempt: look, sign, post with no transaction open, record."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network
from uuid import UUID

import structlog

from data import attempts, due_deliveries, partner_health
from data.attempt import Attempt
from data.attempts import Outcome
from data.database import TROUBLE
from data.delivery import N8N, Delivery, DeliveryState
from data.due_deliveries import Hold, Looked
from data.transaction import Transaction
from webhooks.batch import Batch
from webhooks.outcome import outcome_of, stop_of
from webhooks.sender import Sender
from webhooks.sending import IN_ORDER, OVERLAP, Sending
from webhooks.signature import sign
from webhooks.subscriber import Subscriber, Subscribers
from webhooks.target import SystemResolver, TargetRules

BATCH = 100
"""How many deliveries are read or recorded by one transaction, when that many are under way."""
RECORD_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""An attempt that was made is recorded even if the database is away for a moment: else it would be made again."""
ANYWHERE = TargetRules(https_only=False, allowed_networks=(ip_network("0.0.0.0/0"), ip_network("::/0")))
"""For n8n, whose URL is the operator's own."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Ready:
    delivery: Delivery
    subscriber: Subscriber
    kept_back: str | None
    """Set for a probe: what it may put an end to."""


@dataclass(frozen=True, slots=True)
class Wanted:
    job_id: int
    delivery_id: UUID


@dataclass(frozen=True, slots=True)
class Made:
    ready: Ready
    attempt: Attempt


class Deliverer:
    """Any number of deliveries at once. Close it at the end."""

    def __init__(self, sending: Sending) -> None:
        self._sending = sending
        self._own_names = None if sending.resolve else SystemResolver()
        names = sending.resolve or self._own_names
        assert names is not None
        self._sender = Sender(sending.rules, names, sending.clock)
        self._n8n_sender = Sender(ANYWHERE, names, sending.clock)
        self._looks: Batch[Wanted, Ready | timedelta | None] = Batch(self._look, BATCH)
        self._records: Batch[Made, None] = Batch(self._record, BATCH)

    async def deliver(self, job_id: int, delivery_id: UUID) -> timedelta | None:
        """Makes the attempt that is due, if this job still stands for it. Answers how long the job has to wait, if so.

        Raises data.database.TROUBLE: the job is to be taken again.
        """
        found = await self._looks.submit(Wanted(job_id, delivery_id))
        if not isinstance(found, Ready):
            return found
        await self._recorded(Made(found, await self._post(found)))
        return None

    async def aclose(self) -> None:
        await self._sender.aclose()
        await self._n8n_sender.aclose()
        if self._own_names is not None:
            self._own_names.close()

    async def _post(self, ready: Ready) -> Attempt:
        delivery, subscriber = ready.delivery, ready.subscriber
        signed = sign(subscriber.secrets, str(delivery.id), self._sending.clock(), delivery.body)
        sender = self._n8n_sender if subscriber.is_n8n else self._sender
        return await sender.post(subscriber.url, signed | subscriber.headers() | dict(delivery.trace), delivery.body)

    async def _recorded(self, made: Made) -> None:
        for seconds in RECORD_SECONDS:
            try:
                return await self._records.submit(made)
            except TROUBLE as error:
                log.warning("attempt is not recorded yet", error=type(error).__name__)
                await self._sending.sleep(seconds)
        return await self._records.submit(made)

    async def _look(self, wanted: Sequence[Wanted]) -> list[Ready | timedelta | None]:
        now = self._sending.clock()
        async with self._sending.database.transaction() as connection:
            looked = await due_deliveries.look(connection, [one.delivery_id for one in wanted])
            ids = {one.delivery.subscriber_id for one in looked.values()}
            known = await subscribers(self._sending, connection, ids, now)
            current = {one: _current(looked.get(one.delivery_id), one) for one in wanted}
            holds = [hold for one in current.values() if one is not None and (hold := _hold(one, known))]
            await due_deliveries.hold(connection, holds, now)
            held = {hold.delivery.id for hold in holds}
            found = [None if one.delivery_id in held else self._ready(current[one], known, now) for one in wanted]
            in_order = {one.delivery.id for one in looked.values() if one.behind is not None}
            return await self._claimed(connection, found, in_order, now)

    async def _claimed(
        self,
        connection: Transaction,
        found: list[Ready | timedelta | None],
        in_order: Set[UUID],
        now: datetime,
    ) -> list[Ready | timedelta | None]:
        """Without those that another job has taken over since, which comes of having waited for an earlier event."""
        may_be_lost = [one.delivery for one in found if isinstance(one, Ready) and one.delivery.id in in_order]
        lost = {one.id for one in may_be_lost} - await due_deliveries.claim(connection, may_be_lost, now)
        return [None if isinstance(one, Ready) and one.delivery.id in lost else one for one in found]

    def _ready(self, looked: Looked | None, known: Subscribers, now: datetime) -> Ready | timedelta | None:
        if looked is None:
            return None
        delivery = looked.delivery
        until = delivery.next_attempt_at or now
        if looked.behind:
            until = max(until, delivery.ready_at + IN_ORDER * self._sending.scale)
        if until > now:
            return until - now
        subscriber = known.subscriber(delivery.subscriber_id)
        return Ready(delivery, subscriber, known.kept_back(delivery.subscriber_id))

    async def _record(self, made: Sequence[Made]) -> list[None]:
        sending, now = self._sending, self._sending.clock()
        failures = [one for one in made if one.attempt.error is not None]
        async with sending.database.transaction() as connection:
            first = {one.ready.subscriber.id: _failure(one) for one in reversed(failures)}
            failing = await partner_health.failed(connection, first)
            well = [one.ready.subscriber.id for one in made if one.attempt.error is None]
            await partner_health.well(connection, list(set(well)))
            outcomes = [await self._outcome(connection, one, failing, now) for one in made]
            for each_once in _rounds(outcomes):
                await attempts.record(connection, each_once, now)
        for outcome in outcomes:
            sending.told(outcome.attempt)
        await self._wake_next(outcomes)
        return [None] * len(made)

    async def _outcome(
        self, connection: Transaction, made: Made, failing: dict[UUID, datetime], now: datetime
    ) -> Outcome:
        ready, scale = made.ready, self._sending.scale
        because = ready.kept_back
        since = failing.get(ready.subscriber.id) if made.attempt.error is not None else None
        stop = stop_of(ready.subscriber, made.attempt, since, scale)
        if stop is not None and (because is None or stop.for_good):
            await partner_health.stop(connection, stop, now)
            log.warning("partner is sent nothing for now", partner_id=str(stop.subscriber_id), because=stop.because)
            because = stop.because
        return outcome_of(ready.delivery, made.attempt, because, self._sending.random, scale)

    async def _wake_next(self, outcomes: Sequence[Outcome]) -> None:
        """Not even the database's trouble may make the attempts before it be recorded twice."""
        over = (DeliveryState.DELIVERED, DeliveryState.FAILED)
        done = [one.delivery for one in outcomes if one.state in over]
        since = self._sending.clock() - IN_ORDER * self._sending.scale
        try:
            async with self._sending.database.transaction() as connection:
                await due_deliveries.wake_next(connection, done, since)
        except TROUBLE as error:
            log.warning("events wait in order longer than they need", error=type(error).__name__)


async def subscribers(sending: Sending, connection: Transaction, ids: set[UUID], now: datetime) -> Subscribers:
    """Known of these now: from the directory, and from what we keep of them."""
    webhooks, wanted = sending.webhooks, sorted(ids)
    partners = await webhooks.directory.of(connection, [id_ for id_ in wanted if id_ != N8N])
    health = await partner_health.of(connection, wanted)
    old = await webhooks.directory.replaced(connection, wanted, now - OVERLAP * sending.scale)
    return Subscribers(partners, webhooks.n8n_url, health, old)


def _current(looked: Looked | None, wanted: Wanted) -> Looked | None:
    if looked is None or looked.delivery.job_id != wanted.job_id:
        return None
    return looked if looked.delivery.state is DeliveryState.PENDING else None


def _rounds(outcomes: Sequence[Outcome]) -> list[list[Outcome]]:
    """Each delivery once in a round: one that was sent again while an attempt was under way may come twice."""
    rounds: list[dict[UUID, Outcome]] = []
    for one in outcomes:
        room = next((round_ for round_ in rounds if one.delivery.id not in round_), None)
        if room is None:
            rounds.append(room := {})
        room[one.delivery.id] = one
    return [list(round_.values()) for round_ in rounds]


def _failure(made: Made) -> partner_health.Failure:
    return partner_health.Failure(made.attempt.started_at, made.ready.subscriber.url)


def _hold(looked: Looked, known: Subscribers) -> Hold | None:
    delivery = looked.delivery
    if delivery.probing and known.may_probe(delivery.subscriber_id):
        return None
    because = known.kept_back(delivery.subscriber_id)
    return None if because is None else Hold(delivery, because)

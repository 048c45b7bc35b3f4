"""Owing: what every subscriber hears of a change is written in the change's own transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from data import debts
from data.debts import Debt, KeptEvent
from data.delivery import N8N
from data.partners import Partner
from data.transaction import Transaction
from monitoring.trace import carried
from webhooks.body import Form, bodies
from webhooks.directory import Directory
from webhooks.event import Told
from webhooks.subscriber import form_of, kept_back
from webhooks.subscription import subscribed

FAN_OUT_BATCH = 100


@dataclass(frozen=True, slots=True)
class Webhooks:
    """Whom to tell; `app.py` makes one for the whole process."""

    directory: Directory
    new_id: Callable[[], UUID]
    n8n_url: str | None = None

    async def owe(self, connection: Transaction, told: Sequence[Told], now: datetime) -> None:
        """While partners are not known for certain, those known are told, and the others once they are.

        No network: commits or goes with the transaction.
        """
        if not told:
            return
        snapshot = await self.directory.within(connection)
        owed: list[Debt] = []
        for one in told:
            at = one.snapshot
            event = KeptEvent(self.new_id(), one.type, at.payment_id, at.sequence, now)
            mine = self._debts(event, snapshot.partners)
            if mine or snapshot.stale:
                forms = bodies(one)
                written = (forms.v1, forms.v2, forms.n8n)
                if await debts.keep(connection, event, written, carried(), fanned_out=not snapshot.stale):
                    owed += mine
        await debts.owe(connection, owed, now)

    async def fan_out(self, connection: Transaction, now: datetime) -> int:
        """Tells of events that were kept while partners were not known. How many there were; 0 while they still are.

        Whoever became a partner since is not told of what was before.
        """
        snapshot = await self.directory.within(connection)
        if snapshot.stale:
            return 0
        events = await debts.waiting(connection, FAN_OUT_BATCH)
        for event in events:
            then = [partner for partner in snapshot.partners if partner.created_at <= event.created_at]
            await debts.owe(connection, self._debts(event, then), now)
        await debts.fanned_out(connection, events)
        return len(events)

    def _debts(self, event: KeptEvent, partners: Sequence[Partner]) -> list[Debt]:
        owed = [
            Debt(self.new_id(), event, partner.id, form_of(partner), kept_back(partner))
            for partner in partners
            if subscribed(partner.events, event.type)
        ]
        if self.n8n_url is not None:
            owed.append(Debt(self.new_id(), event, N8N, Form.N8N, None))
        return owed

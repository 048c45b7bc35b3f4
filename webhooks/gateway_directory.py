"""Partners from mesaYA_Res's HTTP API: cached, and served from the cache while mesaYA_Res is away."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import structlog

from data.clock import Clock, instant
from data.partners import Partner, events_of, status_of
from data.secret import Secret, secret_of
from data.transaction import Transaction
from webhooks.directory import Snapshot

PATH = "/api/v1/partners"
FRESH = timedelta(seconds=10)
"""How long an answer is used again, and how long nobody waits for mesaYA_Res anew when it gave none."""
REFRESH_SECONDS = 5.0
"""The pace in the background; an answer that is overdue by far is stale."""
STALE = timedelta(seconds=30)
TIMEOUT_SECONDS = 5.0
NEVER = datetime(1970, 1, 1, tzinfo=UTC)

log = structlog.get_logger()


class SecretsFileError(ValueError):
    """PARTNER_SECRETS_FILE cannot be read; the text does not repeat what is in it."""


class GatewayDirectory:
    """The client is the caller's to close, and has the base URL."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        clock: Clock,
        secrets_file: Path | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Raises SecretsFileError."""
        self._client = client
        self._clock = clock
        self._sleep = sleep
        self._secrets_file = secrets_file
        self._secrets = read_secrets(secrets_file)
        self._known: tuple[Partner, ...] = ()
        self._replaced: dict[UUID, dict[Secret, datetime]] = {}
        self._asked_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._away = False
        self._asking = asyncio.Lock()

    async def within(self, connection: Transaction) -> Snapshot:  # noqa: ARG002 - the cache is all there is
        return self._snapshot()

    async def of(self, connection: Transaction, ids: Sequence[UUID]) -> dict[UUID, Partner]:  # noqa: ARG002
        wanted = frozenset(ids)
        return {partner.id: partner for partner in self._known if partner.id in wanted}

    async def replaced(
        self,
        connection: Transaction,  # noqa: ARG002
        ids: Sequence[UUID],
        since: datetime,
    ) -> dict[UUID, list[Secret]]:
        """As far as this process has seen it happen."""
        found = {id_: self._replaced[id_] for id_ in ids if id_ in self._replaced}
        return {id_: [secret for secret, at in reversed(each.items()) if at > since] for id_, each in found.items()}

    async def now(self) -> Snapshot:
        async with self._asking:
            if self._tried_at is None or self._clock() - self._tried_at > FRESH:
                await self._ask()
        return self._snapshot()

    async def run(self) -> None:
        while True:
            async with self._asking:
                await self._ask()
            await self._sleep(REFRESH_SECONDS)

    def _snapshot(self) -> Snapshot:
        overdue = self._asked_at is None or self._clock() - self._asked_at > STALE
        return Snapshot(self._known, self._away or overdue, self._asked_at)

    async def _ask(self) -> None:
        self._tried_at = self._clock()
        try:
            answer = await self._client.get(PATH, timeout=TIMEOUT_SECONDS)
            answer.raise_for_status()
            told = _list_of(answer.json())
        except (httpx.HTTPError, ValueError) as error:
            if not self._away:
                log.warning("partners are not told, the last known serve", error=type(error).__name__)
            self._away = True
            return
        self._read_secrets_again()
        read = [partner_of(entry, self._secrets) for entry in told]
        known = [partner for partner in read if partner is not None]
        if len(known) < len(told):
            log.warning("partners without a usable id or URL are left out", count=len(told) - len(known))
        self._keep_replaced({partner.id: partner.secret for partner in known})
        self._known = tuple(sorted(known, key=lambda partner: (partner.created_at, partner.id), reverse=True))
        self._asked_at = self._clock()
        self._away = False

    def _keep_replaced(self, secrets: Mapping[UUID, Secret | None]) -> None:
        for before in self._known:
            if before.secret is not None and secrets.get(before.id, before.secret) != before.secret:
                kept = self._replaced.setdefault(before.id, {})
                kept.pop(before.secret, None)
                kept[before.secret] = self._clock()

    def _read_secrets_again(self) -> None:
        """The file may change while we run; one that is half written does not take the secrets away."""
        try:
            self._secrets = read_secrets(self._secrets_file)
        except SecretsFileError as error:
            log.warning("partner secrets are not read, the last known serve", error=str(error))


def read_secrets(path: Path | None) -> Mapping[UUID, Secret]:
    """JSON, id → secret. Raises SecretsFileError."""
    if path is None:
        return {}
    try:
        content = json.loads(path.read_bytes())
        found = {UUID(id_): secret_of(text) for id_, text in content.items()}
    except (OSError, ValueError, AttributeError):
        raise SecretsFileError("is not a readable JSON file of partner id → secret") from None
    return {id_: secret for id_, secret in found.items() if secret is not None}


def partner_of(entry: object, secrets: Mapping[UUID, Secret]) -> Partner | None:
    """None for an entry that is no partner."""
    if not isinstance(entry, dict):
        return None
    try:
        id_ = UUID(str(entry.get("id")))
    except ValueError:
        return None
    url = _text(entry.get("webhookUrl"))
    if url is None:
        return None
    events = entry.get("events")
    return Partner(
        id=id_,
        name=_text(entry.get("name")) or str(id_),
        webhook_url=url,
        status=status_of(entry.get("status")),
        events=events_of(entry.get("subscribedEvents") if events is None else events),
        created_at=_created_at(entry.get("createdAt")),
        secret=secret_of(_text(entry.get("secret"))) or secrets.get(id_),
        description=_text(entry.get("description")),
        contact_email=_text(entry.get("contactEmail")),
        api_version=_text(entry.get("apiVersion")) or "v1",
    )


def _list_of(answer: Any) -> list[object]:
    told = answer.get("data") if isinstance(answer, dict) else answer
    if not isinstance(told, list):
        raise ValueError("neither a list nor an envelope with one")
    return told


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _created_at(value: object) -> datetime:
    try:
        return instant(str(value))
    except ValueError:
        return NEVER

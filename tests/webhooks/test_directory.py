"""Both sources of partners, with every shape they come in."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from data.database import Database
from data.partners import Partner, PartnerPosition, PartnerStatus
from data.secret import Secret
from data.transaction import Transaction
from tests.serving import NO_TLS
from tests.webhooks.partners import HEX, WHSEC, add_partner, change_partner
from tests.webhooks.receiver import How, Receiver, Reply, receiver_on_loopback
from webhooks.directory import DatabaseDirectory, Snapshot, by_ids, page
from webhooks.gateway_directory import FRESH, STALE, GatewayDirectory, SecretsFileError, read_secrets
from webhooks.subscription import subscribed

PARTNER_ID = UUID("4a1f5b0e-2f1e-4f6e-9d3b-0c6a1f2b3c01")
ENTRY: dict[str, Any] = {
    "id": str(PARTNER_ID),
    "name": "pos-system",
    "webhookUrl": "https://pos.example/hooks",
    "status": "ACTIVE",
    "events": ["payment.succeeded"],
    "createdAt": "2026-01-01T00:00:00.000Z",
    "updatedAt": "2026-01-01T00:00:00.000Z",
}


class TestDatabase:
    async def test_it_reads_the_shared_table(self, database: Database) -> None:
        created_at = datetime(2026, 1, 1)  # noqa: DTZ001 - as the shared column has it
        id_ = await add_partner(
            database,
            "https://pos.example/hooks",
            secret=HEX,
            events="payment.succeeded, payment.*",
            created_at=created_at,
        )
        directory = DatabaseDirectory(database)
        (partner,) = (await directory.now()).partners
        assert partner == Partner(
            id=id_,
            name=f"partner {id_}",
            webhook_url="https://pos.example/hooks",
            status=PartnerStatus.ACTIVE,
            events=("payment.succeeded", "payment.*"),
            created_at=datetime(2026, 1, 1, tzinfo=UTC),
            secret=Secret(HEX),
        )
        await directory.run()

    async def test_it_sees_what_its_transaction_sees(self, database: Database) -> None:
        id_ = await add_partner(database)
        directory = DatabaseDirectory(database)
        async with database.transaction() as connection:
            assert len((await directory.within(connection)).partners) == 1
        await change_partner(database, id_, status="suspended", secret="")
        (partner,) = (await directory.now()).partners
        assert (partner.status, partner.secret) == (PartnerStatus.SUSPENDED, None)

    async def test_pages_are_by_key_newest_first(self, database: Database) -> None:
        same = datetime(2026, 1, 1)  # noqa: DTZ001
        for number in range(5):
            events = "payment.succeeded" if number % 2 else "payment.failed"
            await add_partner(database, created_at=same, events=events, name=f"n{number}")
        await add_partner(database, created_at=same + timedelta(days=1), name="newest", status="inactive")
        snapshot = await DatabaseDirectory(database).now()
        found: list[Partner] = []
        after = None
        while part := page(snapshot, None, None, 2, after):
            found += part
            after = PartnerPosition(part[-1].created_at, part[-1].id)
        assert found == list(snapshot.partners)
        assert found[0].name == "newest"
        assert len({partner.id for partner in found}) == 6
        assert {p.name for p in page(snapshot, "payment.success", None, 9, None)} == {"newest", "n1", "n3"}
        assert {p.name for p in page(snapshot, "payment.success", PartnerStatus.ACTIVE, 9, None)} == {"n1", "n3"}

    async def test_by_ids_keeps_the_order_and_the_gaps(self, database: Database) -> None:
        first, second = await add_partner(database), await add_partner(database)
        found = await by_ids(DatabaseDirectory(database), [second, uuid4(), first])
        assert [partner and partner.id for partner in found] == [second, None, first]

    async def test_no_secret_is_shown(self, database: Database) -> None:
        await add_partner(database, secret=WHSEC)
        snapshot = await DatabaseDirectory(database).now()
        assert snapshot.partners[0].secret == Secret(WHSEC)
        assert "MfKQ" not in repr(snapshot)


class Now:
    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
async def mesaya_res() -> AsyncIterator[Receiver]:
    async with receiver_on_loopback() as started:
        yield started


def answer(body: object, status: int = 200) -> Reply:
    return Reply(status, {"content-type": "application/json"}, json.dumps(body).encode())


class TestGateway:
    @pytest.fixture
    async def client(self, mesaya_res: Receiver) -> AsyncIterator[httpx.AsyncClient]:
        async with httpx.AsyncClient(base_url=mesaya_res.url("/"), verify=NO_TLS) as client:
            yield client

    async def read(self, client: httpx.AsyncClient, receiver: Receiver, body: object) -> tuple[Partner, ...]:
        receiver.behave("/api/v1/partners", answer(body))
        return (await GatewayDirectory(client, Now()).now()).partners

    @pytest.mark.parametrize("envelope", [lambda one: [one], lambda one: {"data": [one]}])
    @pytest.mark.parametrize(
        "changes",
        [
            {},
            {"status": "active"},
            {"events": None, "subscribedEvents": ["payment.succeeded"]},
            {"events": "payment.succeeded,payment.failed"},
            {"events": ["payment.completed"]},
            {"events": ["payment.*"]},
            {"events": ["*"]},
        ],
    )
    async def test_every_shape(
        self, client: httpx.AsyncClient, mesaya_res: Receiver, envelope: Any, changes: dict[str, Any]
    ) -> None:
        entry = {name: value for name, value in (ENTRY | changes).items() if value is not None}
        (partner,) = await self.read(client, mesaya_res, envelope(entry))
        assert (partner.id, partner.name, partner.status) == (PARTNER_ID, "pos-system", PartnerStatus.ACTIVE)
        assert partner.created_at == datetime(2026, 1, 1, tzinfo=UTC)
        assert partner.webhook_url == "https://pos.example/hooks"
        assert partner.secret is None
        assert subscribed(partner.events, "payment.succeeded")

    async def test_entries_that_are_no_partners_are_left_out(
        self, client: httpx.AsyncClient, mesaya_res: Receiver
    ) -> None:
        odd: list[object] = [None, 1, [], {}, {"id": "x", "webhookUrl": "https://a.example"}, {"id": str(uuid4())}]
        weird = ENTRY | {"id": str(uuid4()), "status": "BANNED", "events": 7, "createdAt": "soon", "secret": 5}
        read = await self.read(client, mesaya_res, [*odd, ENTRY, weird])
        assert [partner.status for partner in read] == [PartnerStatus.ACTIVE, PartnerStatus.INACTIVE]
        assert (read[1].events, read[1].secret) == ((), None)

    async def test_secrets_from_the_answer_or_else_from_the_file(
        self, client: httpx.AsyncClient, mesaya_res: Receiver, tmp_path: Path
    ) -> None:
        other, unknown = uuid4(), uuid4()
        file = tmp_path / "secrets.json"
        file.write_text(json.dumps({str(PARTNER_ID): "from the file", str(other): HEX, str(unknown): ""}))
        entries = [ENTRY | {"secret": WHSEC}, ENTRY | {"id": str(other)}, ENTRY | {"id": str(unknown)}]
        mesaya_res.behave("/api/v1/partners", answer(entries))
        clock = Now()
        directory = GatewayDirectory(client, clock, file)
        known = (await directory.now()).by_id()
        assert (known[PARTNER_ID].secret, known[other].secret) == (Secret(WHSEC), Secret(HEX))
        assert known[unknown].secret is None
        for content, secret in ((json.dumps({str(other): WHSEC}), WHSEC), ("{half", WHSEC)):
            file.write_text(content)
            clock.moment += FRESH + timedelta(seconds=1)
            assert (await directory.now()).by_id()[other].secret == Secret(secret)

    async def test_a_secret_that_was_replaced_is_known_for_as_long_as_it_is_asked_for(
        self, client: httpx.AsyncClient, mesaya_res: Receiver, connection: Transaction
    ) -> None:
        mesaya_res.behave(
            "/api/v1/partners", *(answer([ENTRY | {"secret": secret}]) for secret in (HEX, HEX, WHSEC, "third"))
        )
        clock = Now()
        began = clock.moment
        directory = GatewayDirectory(client, clock)
        replaced: list[list[Secret]] = []
        for _ in range(4):
            await directory.now()
            replaced.append((await directory.replaced(connection, [PARTNER_ID, uuid4()], began)).get(PARTNER_ID, []))
            clock.moment += FRESH + timedelta(seconds=1)
        assert replaced == [[], [], [Secret(HEX)], [Secret(WHSEC), Secret(HEX)]]
        assert await directory.replaced(connection, [PARTNER_ID], clock.moment) == {PARTNER_ID: []}

    async def test_it_is_cached_and_asked_once_by_many(self, client: httpx.AsyncClient, mesaya_res: Receiver) -> None:
        mesaya_res.behave("/api/v1/partners", answer([ENTRY]))
        clock = Now()
        directory = GatewayDirectory(client, clock)
        await asyncio.gather(*(directory.now() for _ in range(10)))
        assert len(mesaya_res.received) == 1
        clock.moment += FRESH + timedelta(seconds=1)
        await directory.now()
        assert len(mesaya_res.received) == 2

    @pytest.mark.parametrize(
        "reply",
        [
            Reply(500),
            Reply(404),
            Reply(302, {"location": "http://127.0.0.1:9/"}),
            Reply(body=b"<html>"),
            answer({"data": None}),
            answer("no"),
            Reply(how=How.DROP),
        ],
    )
    async def test_while_mesaya_res_is_away_the_last_known_serve_with_a_mark(
        self, client: httpx.AsyncClient, mesaya_res: Receiver, reply: Reply, connection: Transaction
    ) -> None:
        mesaya_res.behave("/api/v1/partners", answer([ENTRY]), reply, answer([]))
        clock = Now()
        directory = GatewayDirectory(client, clock)
        before = await directory.now()
        assert not before.stale
        clock.moment += FRESH + timedelta(seconds=1)
        away = await directory.now()
        assert (away.partners, away.stale, away.asked_at) == (before.partners, True, before.asked_at)
        assert await directory.within(connection) == await directory.now() == away
        clock.moment += FRESH + timedelta(seconds=1)
        assert await directory.now() == Snapshot((), False, clock.moment)

    async def test_before_the_first_answer_it_says_so(
        self, client: httpx.AsyncClient, mesaya_res: Receiver, connection: Transaction
    ) -> None:
        mesaya_res.behave("/api/v1/partners", Reply(503), answer([ENTRY]))
        clock = Now()
        directory = GatewayDirectory(client, clock)
        assert await directory.within(connection) == Snapshot((), stale=True)
        assert mesaya_res.received == []
        assert await directory.now() == Snapshot((), stale=True)
        clock.moment += FRESH + timedelta(seconds=1)
        assert not (await directory.now()).stale

    async def test_the_background_keeps_it_fresh(self, client: httpx.AsyncClient, mesaya_res: Receiver) -> None:
        mesaya_res.behave("/api/v1/partners", answer([ENTRY]))
        clock, paces = Now(), asyncio.Semaphore(0)

        async def pace(seconds: float) -> None:
            await paces.acquire()

        directory = GatewayDirectory(client, clock, sleep=pace)
        running = asyncio.create_task(directory.run())
        await mesaya_res.until_received(1)
        paces.release()
        await mesaya_res.until_received(2)
        running.cancel()

    async def test_what_is_long_not_told_is_stale(
        self, client: httpx.AsyncClient, mesaya_res: Receiver, connection: Transaction
    ) -> None:
        mesaya_res.behave("/api/v1/partners", answer([ENTRY]))
        clock = Now()
        directory = GatewayDirectory(client, clock)
        await directory.now()
        clock.moment += STALE
        assert not (await directory.within(connection)).stale
        clock.moment += timedelta(seconds=1)
        assert (await directory.within(connection)).stale

    async def test_no_secret_is_logged(
        self, client: httpx.AsyncClient, mesaya_res: Receiver, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        (partner,) = await self.read(client, mesaya_res, [ENTRY | {"secret": WHSEC}])
        await self.read(client, mesaya_res, {"nothing": WHSEC})
        assert partner.secret == Secret(WHSEC)
        assert "MfKQ" not in caplog.text + repr(partner)


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[Transaction]:
    async with database.transaction() as opened:
        yield opened


@pytest.mark.parametrize("content", ["", "[]", "{half", '{"x": "y"}', '"text"'])
def test_a_secrets_file_that_is_none(content: str, tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    file.write_text(content)
    with pytest.raises(SecretsFileError):
        read_secrets(file)
    with pytest.raises(SecretsFileError):
        read_secrets(tmp_path / "nothing.json")

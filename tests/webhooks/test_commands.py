"""The commands, run as they are run: in a process of their own, with words and exit codes."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO, TextIOWrapper
from pathlib import Path
from uuid import uuid4

import pytest

from data.delivery import DeliveryState
from data.secret import Secret
from tests.serving import free_port
from tests.webhooks.house import House
from tests.webhooks.partners import HEX, WHSEC, add_partner
from tests.webhooks.receiver import Receiver
from webhooks.__main__ import main
from webhooks.signature import sign

ROOT = Path(__file__).parents[2]
BODY = '{"event":"payment.succeeded","name":"Ñandú"}'.encode()


@asynccontextmanager
async def command(*arguments: str, **environment: str) -> AsyncIterator[Process]:
    """With these settings and no others."""
    clean = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "webhooks", *arguments),
        cwd=ROOT,
        env=clean | {"PYTHONUTF8": "1"} | environment,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.wait()


async def said(
    *arguments: str, given: bytes = b"", environment: dict[str, str] | None = None
) -> tuple[int | None, str, str]:
    async with command(*arguments, **(environment or {})) as process:
        out, err = await process.communicate(given)
        return process.returncode, out.decode(), err.decode()


def request(secret: str, body: bytes = BODY, at: datetime | None = None, line: bytes = b"\r\n") -> bytes:
    headers = sign([Secret(secret)], "msg_1", at or datetime.now(UTC), body)
    head = [b"POST /hooks HTTP/1.1", *(f"{name}: {value}".encode() for name, value in headers.items())]
    return line.join(head) + line * 2 + body


async def test_verify_says_which_family_holds() -> None:
    code, out, _ = await said("verify", "--secret", WHSEC, given=request(WHSEC))
    assert code == 0
    assert out.splitlines() == [
        "webhook-signature (Standard Webhooks) holds",
        "X-Webhook-Signature (older family) holds",
        "X-MesaYa-Signature (older family) holds",
    ]


@pytest.mark.parametrize(
    ("secret", "given", "code", "words"),
    [
        (HEX, lambda: request(WHSEC), 1, "is wrong"),
        (WHSEC, lambda: request(WHSEC) + b" ", 1, "is wrong"),
        (WHSEC, lambda: request(WHSEC, at=datetime(2026, 1, 1, tzinfo=UTC)), 1, "more than five minutes"),
        ("short", lambda: request("short"), 0, "is not there"),
        (WHSEC, lambda: b"POST / HTTP/1.1\r\n\r\n{}", 1, "is not there"),
        (WHSEC, lambda: b"webhook-id: a\nwebhook-timestamp: 1\nwebhook-signature: v1,zzz\n\n{}", 1, "is no signature"),
        (WHSEC, lambda: b"nothing", 2, ""),
        (WHSEC, lambda: request(WHSEC, line=b"\n"), 0, "holds"),
    ],
)
def test_verify_says_why_not(
    secret: str,
    given: Callable[[], bytes],
    code: int,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Signed when it runs: the whole run may take longer than a signature is good for. In this process, since that it
    reads what it is given in one of its own is seen above.
    """
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(given())))
    returned = main(["verify", "--secret", secret])
    out, err = capfd.readouterr()
    assert (returned, words in out) == (code, True), (out, err)
    assert WHSEC not in out + err


def test_verify_needs_a_secret(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["verify", "--secret", "whsec_"])
    assert ended.value.code == 2 and "is empty" in capfd.readouterr().err


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
async def test_the_sender_alone_and_a_replay(
    house: House, database_url: str, receiver: Receiver, stop: signal.Signals
) -> None:
    partner_id = await add_partner(house.database, receiver.url())
    await house.create_many(3)
    settings = {"DATABASE_URL": database_url, "WEBHOOK_SCHEDULE_SCALE": "0.001"}
    since = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    async with command(**settings) as sender:
        await house.until(DeliveryState.DELIVERED, 3)
        await house.sql("UPDATE mesaya_payments.deliveries SET state = 'FAILED'")
        code, out, err = await said("replay", "--partner", str(partner_id), "--since", since, environment=settings)
        assert (code, out) == (0, "3 deliveries are sent again\n"), err
        await receiver.until_received(6)
        await house.until(DeliveryState.DELIVERED, 3)
        again = ("replay", "--partner", str(partner_id), "--since", since, "--states", "PENDING", "HELD")
        code, out, err = await said(*again, environment=settings)
        assert (code, out) == (0, "no delivery to this partner then is PENDING or HELD\n"), err
        sender.send_signal(stop)
        assert await asyncio.wait_for(sender.wait(), 10) == 0
    assert len({one.webhook_id for one in receiver.received}) == 3


@pytest.mark.parametrize(
    ("days_ago", "problem"), [(-1, "in the past"), (91, "A stretch is 90 days"), (31, "kept for 30 days")]
)
def test_a_replay_of_no_stretch(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], days_ago: int, problem: str
) -> None:
    """Refused before anything is asked of the database."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("DELIVERY_RETENTION_DAYS", "30")
    since = (datetime.now(UTC) - timedelta(days=days_ago)).isoformat()
    assert main(["replay", "--partner", str(uuid4()), "--since", since]) == 2
    assert problem in capfd.readouterr().err


async def test_without_a_database_there_is_nothing_to_send() -> None:
    code, _, err = await said()
    assert code == 1 and err.startswith("DATABASE_URL is not set")


async def test_listen_prints_and_verifies_what_comes(house: House) -> None:
    port = free_port()
    async with command("listen", "--secret", WHSEC, "--port", str(port)) as listener:
        assert listener.stdout is not None
        assert await listener.stdout.readline() == f"Listening on http://127.0.0.1:{port}/webhooks\n".encode()
        await add_partner(house.database, f"http://127.0.0.1:{port}/webhooks")
        await add_partner(house.database, f"http://127.0.0.1:{port}/webhooks", secret=HEX)
        await house.create()
        house.send(scale=1.0)
        (delivery,) = await house.until(DeliveryState.DELIVERED)
        heard = b""
        while heard.count(b'"payment_id"') < 2:
            heard += await asyncio.wait_for(listener.stdout.readline(), 10)
        assert f"{delivery.id}\nwebhook-signature (Standard Webhooks) holds" in heard.decode()
        assert "webhook-signature (Standard Webhooks) is wrong" in heard.decode()

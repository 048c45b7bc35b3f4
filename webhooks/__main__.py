"""`python -m webhooks`: the sender alone, and commands for operators and for partners' developers."""

import argparse
import asyncio
import signal
import sys
from contextlib import suppress
from datetime import UTC, datetime
from random import SystemRandom
from uuid import UUID

import uvloop

from data.clock import instant, system_clock
from data.database import LAST_PORT, Database
from data.delivery import DeliveryState
from data.demonstration import PORT, SECRET
from data.secret import Secret, secret_of
from monitoring.logs import configure_logs
from settings import Settings, SettingsError, load_settings
from webhooks.assembly import assemble
from webhooks.connections import client
from webhooks.listen import listen
from webhooks.replay import MISSED
from webhooks.replay_command import replay
from webhooks.retention import retention_of
from webhooks.verify_command import verify
from webhooks.worker import run


async def send(settings: Settings, database_url: str) -> None:
    """Until it is stopped; any number of these may run, beside any number of servers."""
    sending = asyncio.create_task(_send(settings, database_url))
    for stop in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(stop, sending.cancel)
    with suppress(asyncio.CancelledError):
        await sending


async def _send(settings: Settings, database_url: str) -> None:
    database = Database(database_url)
    async with client(settings.mesa_ya_res_url or "") as gateway:
        sending = assemble(settings, database, database_url, gateway, system_clock, SystemRandom())
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(sending.webhooks.directory.run())
                group.create_task(run(sending, max(settings.webhook_workers, 1)))
        finally:
            await database.close()


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m webhooks", description="Sends webhooks until it is stopped.")
    commands = made.add_subparsers(dest="command", metavar="COMMAND")
    again = commands.add_parser("replay", help="send again what a partner missed")
    again.add_argument("--partner", required=True, type=UUID, help="the partner's id")
    again.add_argument("--since", required=True, type=instant, help="2026-01-31T12:00:00Z")
    again.add_argument("--until", type=instant, default=None, help="now unless given")
    again.add_argument(
        "--states",
        nargs="+",
        choices=list(DeliveryState),
        type=DeliveryState,
        default=MISSED,
        help="FAILED and HELD unless given; PENDING ones, which wait for their next attempt, are sent now",
    )
    check = commands.add_parser("verify", help="check the signatures of a request on standard input")
    check.add_argument("--secret", required=True, type=_secret, help="the partner's secret")
    check.add_argument("--at", type=instant, default=None, help="as if it had come at this time")
    hear = commands.add_parser("listen", help="print and verify what comes, as a partner would")
    hear.add_argument("--secret", type=_secret, default=Secret(SECRET), help="the demonstration partner's unless given")
    hear.add_argument("--port", type=_port, default=PORT)
    return made


def main(arguments: list[str] | None = None) -> int:
    given = parser().parse_args(arguments)
    match given.command:
        case "verify":
            return verify(given.secret, sys.stdin.buffer.read(), given.at or datetime.now(UTC))
        case "listen":
            return asyncio.run(listen(given.secret, given.port))
    try:
        settings = load_settings()
        if settings.database_url is None:
            raise SettingsError("DATABASE_URL is not set; the embedded database's deliveries are sent by the service")
        url = settings.database_url.get_secret_value()
        if given.command == "replay":
            retention = retention_of(settings.delivery_retention_days)
            until, states = given.until or datetime.now(UTC), tuple(given.states)
            return asyncio.run(replay(url, given.partner, given.since, until, retention, states))
        configure_logs(for_people=not settings.production)
        uvloop.run(send(settings, url))
    except SettingsError as error:
        sys.exit(str(error))
    return 0


def _port(value: str) -> int:
    if not value.isdecimal() or not 0 < int(value) <= LAST_PORT:
        raise argparse.ArgumentTypeError(f"is none of 1 to {LAST_PORT}")
    return int(value)


def _secret(value: str) -> Secret:
    secret = secret_of(value)
    if secret is None:
        raise argparse.ArgumentTypeError("is empty")
    return secret


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)

"""Writes: a checkout and the verifyPayment that finds it paid, against pgbench running the very same statements.

Both have both cores, and PostgreSQL with them, once scheduled as a patient process and once as any other. The mock
provider's payers pay at once, by a trigger that both have; one partner subscribes to everything, so that debts are
written too, and nobody sends them meanwhile.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from statistics import median

import asyncpg

from benchmarks import payers, pgbench
from benchmarks.contenders import OURS, running
from benchmarks.load import CONNECTIONS
from benchmarks.place import BOTH, FOLDER, Place
from benchmarks.recording import Log
from benchmarks.section import Goal, Section, Table
from data.database import plain_dsn

ROUNDS, SECONDS = 7, 5
GOAL = 0.5
"""Of pgbench's rate."""
WARM_SECONDS = 2
WARM_PAIRS = 30
"""asyncpg looks up types and prepares statements at first."""
QUIET_SECONDS = 0.3
DATABASE = "writes"
PATIENT, USUAL = "PostgreSQL as SCHED_BATCH", "PostgreSQL scheduled as usual"
_PREPARED = """
INSERT INTO partners (name, webhook_url, secret, events, api_version)
VALUES ('bench', 'https://partner.example/hooks', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', '*', 'v2');
CREATE FUNCTION pay() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.state := 'PAID'; RETURN NEW; END $$;
CREATE FUNCTION charge() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO mesaya_payments.mock_charges VALUES (NEW.id, NEW.amount, NEW.currency, NEW.created_at); RETURN NEW;
END $$;
CREATE TRIGGER pay BEFORE INSERT ON mesaya_payments.mock_checkouts FOR EACH ROW EXECUTE FUNCTION pay();
CREATE TRIGGER charge AFTER INSERT ON mesaya_payments.mock_checkouts FOR EACH ROW EXECUTE FUNCTION charge()
"""


@dataclass(frozen=True, slots=True)
class Written:
    """Payments a second, from checkout to SUCCEEDED."""

    ours: float
    pgbench: float
    cpu: float
    """Microseconds of the service's CPU for a payment."""
    ratio: float
    """Ours to pgbench's."""


@dataclass(frozen=True, slots=True)
class Results:
    patient: Written
    """PostgreSQL lets others end their turn."""
    usual: Written
    statements: int


def run(place: Place) -> Section:
    found = measured(place, ROUNDS, SECONDS)
    about = (
        f"Payments a second, from checkout to SUCCEEDED, medians of {ROUNDS} rounds of {SECONDS} s in turn, as is how "
        "many times pgbench's rate each round gave by itself; "
        f"{CONNECTIONS} connections of wrk to the service, {pgbench.CLIENTS} clients of pgbench. pgbench runs the "
        f"{found.statements} statements that PostgreSQL's log has of one payment, and one more for new ids. Everybody "
        "has both cores. One partner subscribes to everything; payers pay at once. PostgreSQL's processes run as "
        "SCHED_BATCH, and then as usual: on one machine with whoever asks them, they otherwise take the core that the "
        "question came from, though another one is free."
    )
    rows = [
        row
        for scheduled, one in ((PATIENT, found.patient), (USUAL, found.usual))
        for row in (
            (f"{OURS.title}, {scheduled}", f"{one.ours:,.0f}", f"{one.ratio:.2f}", f"{one.cpu:,.0f}"),
            (f"pgbench, {scheduled}", f"{one.pgbench:,.0f}", "1.00", ""),
        )
    ]
    table = Table("", ("", "payments/s", "× pgbench", "CPU µs a payment"), tuple(rows))
    return Section("Writes", about, (table,), (_goal(PATIENT, found.patient), _goal(USUAL, found.usual)))


def _goal(scheduled: str, found: Written) -> Goal:
    return Goal(
        f"`checkout` + `verifyPayment`, {scheduled}",
        f"{found.ours:,.0f}/s",
        f"pgbench, the same statements: {found.pgbench:,.0f}/s",
        f"{GOAL} ×",
        f"{found.ratio:.2f} ×, round by round",
        found.ratio >= GOAL,
    )


def measured(place: Place, rounds: int, seconds: int) -> Results:
    """Medians of rounds, ours and pgbench's in turn."""
    url = place.database(DATABASE, fresh=True)
    dsn = plain_dsn(url)
    place.pin(*BOTH)
    _execute(dsn, _PREPARED)
    script, statements = _recorded(url, dsn)
    found: defaultdict[bool, list[Written]] = defaultdict(list)
    for number in range(rounds):
        for patient in (True, False) if number % 2 else (False, True):
            with place.patient() if patient else nullcontext():
                one = _round(url, dsn, script, seconds)
            found[patient].append(one)
            how = PATIENT if patient else USUAL
            print(f"{number + 1}/{rounds} writes, {how}: {one.ours:,.0f}/s, pgbench {one.pgbench:,.0f}/s", flush=True)
    return Results(_middle(found[True]), _middle(found[False]), statements)


def _round(url: str, dsn: str, script: str, seconds: int) -> Written:
    with running(OURS, url, *BOTH) as server:  # away after it: its reconciler would look after pgbench's payments
        payers.paid(server, WARM_SECONDS)
        before = server.seconds_of_cpu()
        ours = payers.paid(server, seconds)
        cpu = (server.seconds_of_cpu() - before) / (ours * seconds) * 1e6
    theirs = pgbench.run(dsn, script, seconds)
    return Written(ours, theirs, cpu, ours / theirs)


def _middle(several: Sequence[Written]) -> Written:
    """The medians."""
    return Written(*(median(getattr(one, name) for one in several) for name in ("ours", "pgbench", "cpu", "ratio")))


def _recorded(url: str, dsn: str) -> tuple[str, int]:
    """pgbench's script, and of how many statements it is."""
    _execute(dsn, f"ALTER DATABASE {DATABASE} SET log_statement = 'all'")
    with running(OURS, url, *BOTH, RECONCILER="false") as server:
        for _ in range(WARM_PAIRS):
            payers.pay_once(server)
        recordings = []
        for _ in range(2):
            time.sleep(QUIET_SECONDS)
            log = Log(FOLDER / "log")
            payers.pay_once(server)
            time.sleep(QUIET_SECONDS)
            recordings.append(log.statements())
    _execute(dsn, f"ALTER DATABASE {DATABASE} RESET log_statement")
    return pgbench.script_of(*recordings), len(recordings[0])


def _execute(dsn: str, sql: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(dsn)
        await connection.execute(sql)
        await connection.close()

    asyncio.run(run())

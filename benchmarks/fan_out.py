"""Fan-out: from the commit of a status to the client that watches, and what a subscription costs while nothing happens.

Every payer watches their own payment, over a WebSocket of their own. Each status is committed as any instance of the
service would do it, by a process that is none of the servers.
"""

import asyncio
import os
from collections.abc import Mapping

import uvloop

from benchmarks.contenders import OTHERS_WATCHED, OURS, Contender, running
from benchmarks.data import grow
from benchmarks.place import OTHER_CORE, SERVER_CORE, Place
from benchmarks.section import Bars, Goal, Section, Table
from benchmarks.status_changes import RATE, FannedOut, fanned_out
from data.database import plain_dsn

SUBSCRIPTIONS = (1_000, 10_000)
GOAL_P50, GOAL_P99 = 10.0, 50.0
"""Milliseconds, with the fewer subscriptions."""
GOAL_KIB = 30
"""A subscription with its connection, while nothing happens."""
SECONDS = 10
DATABASE = "fan_out"
Results = Mapping[tuple[str, int], FannedOut]


def run(place: Place) -> Section:
    found: dict[tuple[str, int], FannedOut] = {}
    for subscriptions in SUBSCRIPTIONS:
        for contender in (OURS, *OTHERS_WATCHED):
            one = found[contender.name, subscriptions] = _of(place, contender, subscriptions)
            said = f"median {one.p50:.1f} ms, p99 {one.p99:.1f} ms, {one.kib_each:.0f} KiB each"
            print(f"{subscriptions:,} subscriptions, {contender.title}: {said}", flush=True)
    return section((OURS, *OTHERS_WATCHED), found)


def _of(place: Place, contender: Contender, subscriptions: int) -> FannedOut:
    url = place.database(DATABASE, fresh=True)
    asyncio.run(grow(plain_dsn(url), subscriptions))
    place.pin(OTHER_CORE)
    before = os.sched_getaffinity(0)
    with running(contender, url, SERVER_CORE) as server:
        os.sched_setaffinity(0, {OTHER_CORE})
        try:
            return uvloop.run(fanned_out(server, plain_dsn(url), subscriptions, SECONDS))
        finally:
            os.sched_setaffinity(0, before)


def section(contenders: tuple[Contender, ...], results: Results) -> Section:
    about = (
        f"{RATE} status changes a second for {SECONDS} s, each committed by another process; milliseconds from the "
        "commit to the client. Every payer watches their own payment over a WebSocket of their own, so that the memory "
        "is that of a subscription with its connection. One core for the server."
    )
    head = ("", "subscriptions", "median ms", "p99 ms", "KiB each", "CPU µs a change")
    rows = tuple(_row(one, results[one.name, number]) for number in SUBSCRIPTIONS for one in contenders)
    few, many = SUBSCRIPTIONS
    memory = tuple((one.title, results[one.name, many].kib_each) for one in contenders)
    return Section(
        "Fan-out",
        about,
        (Table("", head, rows),),
        (_speed(contenders, results, few), _memory(contenders, results, few)),
        (Bars("Memory of a subscription, with its connection", " KiB", memory),),
    )


def _row(contender: Contender, found: FannedOut) -> tuple[str, ...]:
    waits = f"{found.p50:.1f}", f"{found.p99:.1f}"
    return contender.title, f"{found.subscriptions:,}", *waits, f"{found.kib_each:.0f}", f"{found.cpu:,.0f}"


def _speed(contenders: tuple[Contender, ...], results: Results, number: int) -> Goal:
    ours, *others = (results[one.name, number] for one in contenders)
    beside = (
        f"{one.title} {other.p50:.1f}, {other.p99:.1f} ms" for one, other in zip(contenders[1:], others, strict=True)
    )
    found = f"median {ours.p50:.1f} ms, p99 {ours.p99:.1f} ms"
    return Goal(
        f"From commit to client, {number:,} subscriptions",
        found,
        "; ".join(beside),
        f"median below {GOAL_P50:.0f} ms, p99 below {GOAL_P99:.0f} ms",
        found,
        ours.p50 < GOAL_P50 and ours.p99 < GOAL_P99,
    )


def _memory(contenders: tuple[Contender, ...], results: Results, number: int) -> Goal:
    ours, *others = (results[one.name, number] for one in contenders)
    beside = (f"{one.title} {other.kib_each:.0f} KiB" for one, other in zip(contenders[1:], others, strict=True))
    found = f"{ours.kib_each:.0f} KiB"
    goal = f"below {GOAL_KIB} KiB"
    return Goal("Memory of an idle subscription", found, "; ".join(beside), goal, found, ours.kib_each < GOAL_KIB)

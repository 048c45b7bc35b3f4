"""Fan-out: from the commit of a status to the client that watches, and what a subscription costs while nothing happens.

Every payer watches their own payment, over a WebSocket of their own. Each status is committed as any instance of the
service would do it, by a process that is none of the servers.
"""

import asyncio
import os
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

import uvloop

from benchmarks.contenders import OTHERS_WATCHED, OURS, Contender, Running, running
from benchmarks.data import grow
from benchmarks.place import OTHER_CORE, SERVER_CORE, Place
from benchmarks.section import Bars, Goal, Section, Table
from benchmarks.status_changes import RATE, FannedOut, fanned_out, memory_each
from data.database import plain_dsn

SUBSCRIPTIONS = (1_000, 10_000)
GOAL_P50, GOAL_P99 = 10.0, 50.0
"""Milliseconds, with the fewer subscriptions."""
GOAL_KIB = 30
"""A subscription, while nothing happens."""
TOGETHER = 50
"""Subscriptions to a connection, as a gateway has them."""
SECONDS = 10
DATABASE = "fan_out"
CONTENDERS = (OURS, *OTHERS_WATCHED)
Results = Mapping[tuple[str, int], FannedOut]
Found = TypeVar("Found")


def run(place: Place) -> Section:
    found: dict[tuple[str, int], FannedOut] = {}
    for subscriptions in SUBSCRIPTIONS:
        for contender in CONTENDERS:
            one = _of(place, contender, subscriptions, lambda s, dsn, n: fanned_out(s, dsn, n, SECONDS))
            found[contender.name, subscriptions] = one
            said = f"median {one.p50:.1f} ms, p99 {one.p99:.1f} ms, {one.kib_each:.0f} KiB each"
            print(f"{subscriptions:,} subscriptions, {contender.title}: {said}", flush=True)
    few = SUBSCRIPTIONS[0]
    shared = {one.name: _of(place, one, few, lambda s, _, n: memory_each(s, n, TOGETHER)) / 1024 for one in CONTENDERS}
    return section(found, shared)


def _of(
    place: Place,
    contender: Contender,
    subscriptions: int,
    measure: Callable[[Running, str, int], Coroutine[Any, Any, Found]],
) -> Found:
    """By a server of its own, over a database of its own."""
    url = place.database(DATABASE, fresh=True)
    asyncio.run(grow(plain_dsn(url), subscriptions))
    place.pin(OTHER_CORE)
    before = os.sched_getaffinity(0)
    with running(contender, url, SERVER_CORE) as server:
        os.sched_setaffinity(0, {OTHER_CORE})
        try:
            return uvloop.run(measure(server, plain_dsn(url), subscriptions))
        finally:
            os.sched_setaffinity(0, before)


def section(results: Results, shared: Mapping[str, float]) -> Section:
    """`shared`: KiB of a subscription that shares its connection."""
    about = (
        f"{RATE} status changes a second for {SECONDS} s, each committed by another process; milliseconds from the "
        "commit to the client. Every payer watches their own payment over a WebSocket of their own: the memory is that "
        f"of a subscription with its connection, and in the last column that of one of {TOGETHER} to a connection; the "
        "first fifth, which pays for what a server has once, is not counted. One core for the "
        "server."
    )
    head = ("", "subscriptions", "median ms", "p99 ms", "KiB each", "CPU µs a change", "KiB, shared")
    few, many = SUBSCRIPTIONS
    rows = [(*_row(one, results[one.name, few]), f"{shared[one.name]:.0f}") for one in CONTENDERS]
    rows += [(*_row(one, results[one.name, many]), "") for one in CONTENDERS]
    with_connection, together = f"with its connection, of {many:,}", f"{TOGETHER} to a connection"
    own = {one.name: results[one.name, many].kib_each for one in CONTENDERS}
    return Section(
        "Fan-out",
        about,
        (Table("", head, tuple(rows)),),
        (_speed(results, few), _memory(with_connection, own), _memory(together, shared)),
        (
            Bars(
                f"Memory of a subscription, {with_connection}",
                " KiB",
                tuple((o.title, own[o.name]) for o in CONTENDERS),
            ),
        ),
    )


def _row(contender: Contender, found: FannedOut) -> tuple[str, ...]:
    waits = f"{found.p50:.1f}", f"{found.p99:.1f}"
    return contender.title, f"{found.subscriptions:,}", *waits, f"{found.kib_each:.0f}", f"{found.cpu:,.0f}"


def _speed(results: Results, number: int) -> Goal:
    ours = results[OURS.name, number]
    others = ((one.title, results[one.name, number]) for one in OTHERS_WATCHED)
    found = f"median {ours.p50:.1f} ms, p99 {ours.p99:.1f} ms"
    return Goal(
        f"From commit to client, {number:,} subscriptions",
        found,
        "; ".join(f"{title} {other.p50:.1f}, {other.p99:.1f} ms" for title, other in others),
        f"median below {GOAL_P50:.0f} ms, p99 below {GOAL_P99:.0f} ms",
        found,
        ours.p50 < GOAL_P50 and ours.p99 < GOAL_P99,
    )


def _memory(how: str, kib: Mapping[str, float]) -> Goal:
    found, goal = f"{kib[OURS.name]:.0f} KiB", f"below {GOAL_KIB} KiB"
    beside = "; ".join(f"{one.title} {kib[one.name]:.0f} KiB" for one in OTHERS_WATCHED)
    return Goal(f"An idle subscription, {how}", found, beside, goal, found, kib[OURS.name] < GOAL_KIB)

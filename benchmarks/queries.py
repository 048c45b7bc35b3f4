"""Queries a second, against those of other servers: one core, one database, turn by turn."""

import asyncio
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import httpx

from benchmarks.contenders import MERCURIUS, OTHERS, OURS, Contender, Running, running
from benchmarks.data import PAYMENTS, grow
from benchmarks.load import CONNECTIONS, Measured, in_turn, measure, middle, times
from benchmarks.ours import TOKEN
from benchmarks.place import OTHER_CORE, SERVER_CORE, Place
from benchmarks.section import Bars, Goal, Section, Table
from benchmarks.workloads import ALL, W1, W3, Workload
from data.database import plain_dsn

GOAL = 1.5
"""Times as many requests as Mercurius, and a p99 that is no worse."""
WARM_SECONDS = 1
ROUNDS, SECONDS = 3, 3
MORE, MORE_OF_QUICK = 12, 2
"""Further rounds of those two that the goal is about. Many and short: a shared machine changes from one to the next."""
DATABASE = "queries"
Results = Mapping[tuple[str, str], Sequence[Measured]]
"""Of each round."""


def run(place: Place) -> Section:
    return section((OURS, *OTHERS), ALL, compared(place, (OURS, *OTHERS), ALL, MORE))


def run_quick(place: Place) -> Section:
    """Mercurius alone, one payment and a hundred."""
    return section((OURS, MERCURIUS), (W1, W3), compared(place, (OURS, MERCURIUS), (W1, W3), MORE_OF_QUICK))


def compared(place: Place, contenders: Sequence[Contender], workloads: Sequence[Workload], more: int) -> Results:
    """Interleaved rounds, once all servers have given the same; `more` of the first two contenders.

    Whoever follows another one finds another machine, so each round begins with the next.
    """
    url = place.database(DATABASE)
    asyncio.run(grow(plain_dsn(url)))
    place.pin(OTHER_CORE)
    found: defaultdict[tuple[str, str], list[Measured]] = defaultdict(list)
    with ExitStack() as stack:
        servers = [stack.enter_context(running(one, url, SERVER_CORE)) for one in contenders]
        check_same(servers, workloads)
        for number in range(ROUNDS + more):
            for workload in workloads:
                for server in in_turn(servers if number < ROUNDS else servers[:2], number):
                    measure(server, workload, WARM_SECONDS)
                    one = measure(server, workload, SECONDS)
                    found[server.contender.name, workload.name].append(one)
                    said = f"{one.rate:,.0f}/s, p99 {one.p99:.1f} ms"
                    print(f"{number + 1}/{ROUNDS + more} {workload.name} {server.contender.title}: {said}", flush=True)
    return found


def check_same(servers: Sequence[Running], workloads: Sequence[Workload]) -> None:
    """Exits where a server's content differs from that of the first one."""
    for workload in workloads:
        answers = [answer_of(server, workload) for server in servers]
        for server, answer in zip(servers, answers, strict=True):
            if answer != answers[0] or "errors" in answer:
                sys.exit(f"{server.contender.title} answers {workload.name} otherwise: {str(answer)[:500]}")


def answer_of(server: Running, workload: Workload) -> Any:
    text = (server.contender.texts or {}).get(workload.name, workload.text)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = httpx.post(server.url, json={"query": text, "variables": workload.sample}, headers=headers, timeout=30)
    return server.contender.in_our_words(answer.json())


def section(contenders: Sequence[Contender], workloads: Sequence[Workload], results: Results) -> Section:
    """`contenders` begin with ours and Mercurius."""
    rounds = len(results[OURS.name, workloads[0].name])
    about = (
        f"{PAYMENTS:,} payments, {CONNECTIONS} connections of wrk, medians of {ROUNDS} interleaved rounds of {SECONDS} "
        f"s, {rounds} for the first two, each begun by another one. How many times Mercurius is the median of what "
        "each round gave by itself, as the machine is not equally fast in all. One core for the server, the other one "
        "for PostgreSQL and wrk. Ours runs with authorization, limits, metrics, request ids and its log; every server "
        "was first seen to give the same content. What requests ask for at the same time ours reads in one statement, "
        "in all four: what is the same, as the page of W3 is, once. The others load what one request asks for "
        "together. Strawberry and Ariadne are as their guides begin, without their optional caches of documents."
    )
    return Section(
        "Queries",
        about,
        tuple(_table(workload, contenders, results) for workload in workloads),
        tuple(goal_of(workload, results) for workload in workloads),
        tuple(_bars(workload, contenders, results) for workload in workloads),
    )


def goal_of(workload: Workload, results: Results) -> Goal:
    ours, theirs = middle(results[OURS.name, workload.name]), middle(results[MERCURIUS.name, workload.name])
    ratio = _ratio(OURS, workload, results)
    return Goal(
        f"{workload.name}: {workload.title}",
        f"{ours.rate:,.0f}/s, p99 {ours.p99:.1f} ms",
        f"{MERCURIUS.title} {theirs.rate:,.0f}/s, p99 {theirs.p99:.1f} ms",
        f"{GOAL} ×, p99 no worse",
        f"{ratio:.2f} ×, round by round",
        ratio >= GOAL and ours.p99 <= theirs.p99,
    )


def _ratio(contender: Contender, workload: Workload, results: Results) -> float:
    return times(results[contender.name, workload.name], results[MERCURIUS.name, workload.name])


def _table(workload: Workload, contenders: Sequence[Contender], results: Results) -> Table:
    rows = []
    for one in contenders:
        found, ratio = middle(results[one.name, workload.name]), _ratio(one, workload, results)
        figures = f"{found.rate:,.0f}", f"{ratio:.2f}", f"{found.p50:.1f}", f"{found.p99:.1f}"
        rows.append((one.title, *figures, f"{found.cpu:,.0f}"))
    head = ("", "requests/s", "× Mercurius", "p50 ms", "p99 ms", "CPU µs a request")
    return Table(f"{workload.name}: {workload.title}", head, tuple(rows))


def _bars(workload: Workload, contenders: Sequence[Contender], results: Results) -> Bars:
    values = tuple((one.title, middle(results[one.name, workload.name]).rate) for one in contenders)
    return Bars(f"{workload.name}: {workload.title}", "/s", values)

"""`make bench`: all parts one after the other, and the report. `PART=fan-out` runs one of them and shows what it found.

`QUICK=1` asks for a payment and for a hundred, of Mercurius and of us. Ends with 1 where a goal is missed.
"""

import argparse
import sys
from collections.abc import Callable, Mapping

from benchmarks import fan_out, growth, queries, start, writes
from benchmarks.machine import machine, versions
from benchmarks.place import HERE, Place, place
from benchmarks.report import report, said, write_report
from benchmarks.section import Section

PARTS: Mapping[str, Callable[[Place], Section]] = {
    "queries": queries.run,
    "writes": writes.run,
    "fan-out": fan_out.run,
    "growth": growth.run,
    "start": start.run,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="make bench QUICK=1")
    parser.add_argument("--part", choices=PARTS, help="make bench PART=…")
    given = parser.parse_args()
    with place() as here:
        if given.quick:
            sections = [queries.run_quick(here)]
        elif given.part:
            sections = [PARTS[given.part](here)]
            print(report(sections, machine(here), versions()))
        else:
            sections = [run(here) for run in PARTS.values()]
            write_report(HERE, HERE.parent / "README.md", sections, machine(here), versions())
    goals = [goal for section in sections for goal in section.goals]
    print("\n".join(map(said, goals)))
    sys.exit(not all(goal.reached for goal in goals))


if __name__ == "__main__":
    main()

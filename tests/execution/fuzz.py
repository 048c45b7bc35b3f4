"""Made-up queries, compiled and by graphql-core: `python -m tests.execution.fuzz 20000` (`make fuzz-execution`)."""

import asyncio
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil
from random import Random
from typing import Any

from graphql import GraphQLSchema

from execution import CompiledOperation
from tests.execution import library, payments, zoo
from tests.execution.compare import World, compared
from tests.execution.documents import Query, query
from tests.execution.literals import Scalars

RUNS = 4
"""Of each query, each with other variables in another world."""
MUTATIONS = 0.15
"""How many of the queries are mutations of one field."""


@dataclass(frozen=True)
class Subject:
    """A schema, and the worlds its resolvers live in."""

    schema: GraphQLSchema
    scalars: Scalars
    world: Callable[[int], World]


@dataclass
class Tally:
    """What the cases were like: a comparison of nothing but nulls would prove nothing."""

    cases: int = 0
    with_data: int = 0
    with_errors: int = 0
    late: int = 0


def subjects() -> dict[str, Subject]:
    return {
        "zoo": Subject(zoo.make_schema(), {"Day": zoo.DAYS}, World),
        "library": Subject(library.make_schema(), {}, World),
        "payments": Subject(payments.make_schema(), payments.SCALARS, payments.PaymentWorld),
    }


async def check(subject: Subject, first: int, cases: int) -> Tally:
    """Raises AssertionError with the query on the first difference."""
    tally = Tally()
    for number in range(first, first + ceil(cases / RUNS)):
        random = Random(number)
        made = query(subject.schema, random, subject.scalars, MUTATIONS)
        compiled = CompiledOperation(subject.schema, made.document)
        for run in range(RUNS):
            await _case(subject, made, compiled, number * RUNS + run, tally)
    return tally


async def _case(subject: Subject, made: Query, compiled: CompiledOperation, seed: int, tally: Tally) -> None:
    variables = made.variables()
    reference, ours = await compared(
        subject.schema, made.document, variables, lambda: subject.world(seed), compiled=compiled
    )
    assert ours == reference, "\n".join(_differences(made, variables, seed, reference, ours))
    tally.cases += 1
    tally.with_data += reference.get("data") not in (None, b"null")
    tally.with_errors += reference.get("errors") != b"[]"
    tally.late += bool(reference["log"])


def _differences(
    made: Query, variables: Any, seed: int, reference: dict[str, Any], ours: dict[str, Any]
) -> Iterator[str]:
    yield f"world {seed}, variables {variables!r}\n{made.text}"
    for name, expected in reference.items():
        if ours.get(name) != expected:
            yield f"{name}\n  graphql-core: {expected}\n  compiled:     {ours.get(name)}"


def main() -> None:
    sys.unraisablehook = lambda _: None  # coroutines that an error has overtaken, of graphql-core's and of ours
    warnings.simplefilter("ignore", RuntimeWarning)
    cases, first = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    found = subjects()
    for name, subject in found.items():
        print(name, asyncio.run(check(subject, first, ceil(cases / len(found)))), flush=True)


if __name__ == "__main__":
    main()

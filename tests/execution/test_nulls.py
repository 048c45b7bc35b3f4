"""Nulls and errors bubble to the nearest place that may be null."""

from typing import Any

import pytest
from graphql import GraphQLError, build_schema

from tests.execution.compare import late, same

NEST = """
type Query { nest: Nest nests: [Nest!] }
type Nest { sync: String syncNonNull: String! late: String lateNonNull: String! nest: Nest nestNonNull: Nest!
  lateNest: Nest lateNestNonNull: Nest! nests: [Nest!]! }
"""


class Nest:
    """Null, or raising, everywhere."""

    def __init__(self, bad: Any) -> None:
        self.bad = bad

    def sync(self, _info: Any) -> Any:
        if isinstance(self.bad, Exception):
            raise self.bad
        return self.bad

    syncNonNull = sync

    def late(self, _info: Any) -> Any:
        return late(self.bad)

    lateNonNull = late

    def nest(self, _info: Any) -> Any:
        return Nest(self.bad)

    nestNonNull = nest

    def lateNest(self, _info: Any) -> Any:
        return late(Nest(self.bad))

    lateNestNonNull = lateNest

    def nests(self, _info: Any) -> Any:
        return [Nest("fine"), Nest(self.bad), late(Nest(self.bad))]


LEAVES = ["sync", "syncNonNull", "late", "lateNonNull", "sync late", "lateNonNull syncNonNull late", "late lateNonNull"]
AROUND = [
    "{ nest { %s } }",
    "{ nest { nest { %s } sync } }",
    "{ nest { nestNonNull { %s } late } }",
    "{ nest { lateNest { %s } lateNestNonNull { sync } } }",
    "{ nest { lateNestNonNull { nestNonNull { lateNestNonNull { %s } } } nest { late } } }",
    "{ nests { %s } a: nest { late nests { %s } } }",
]


@pytest.mark.parametrize("bad", [None, ValueError("bad"), GraphQLError("refused", extensions={"code": "NO"}), "fine"])
@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("leaves", LEAVES)
async def test_nulls_bubble(leaves: str, around: str, bad: Any) -> None:
    root = {"nest": Nest(bad), "nests": lambda _: [Nest("fine"), Nest(bad)]}
    await same(build_schema(NEST), around.replace("%s", leaves), root=root)

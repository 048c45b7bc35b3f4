"""A kind of value, and the field it belongs to."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from graphql import FieldNode, GraphQLObjectType, Undefined
from graphql.pyutils import Path

from execution.errors import null_error
from execution.run import Info, Run

Done = Any
"""What is sent for a value, or a coroutine of ours that gives it."""
Execute = Callable[[Any, Path | None, Run], Done]
"""A compiled selection set: source, path of that source, run."""


@dataclass(slots=True, eq=False)
class At:
    """The field a value belongs to."""

    parent: GraphQLObjectType
    name: str
    nodes: list[FieldNode]


class Kind(ABC):
    """How the values of one type are completed."""

    non_null: ClassVar[bool] = False

    @property
    def needs_info(self) -> bool:
        """Whether a GraphQLResolveInfo has to be there to complete a value."""
        return False

    @abstractmethod
    def complete(self, value: Any, at: At, path: Path, info: Info | None, run: Run) -> Done: ...


class Nullable(Kind):
    def complete(self, value: Any, at: At, path: Path, info: Info | None, run: Run) -> Done:
        if isinstance(value, Exception):
            raise value
        if value is None or value is Undefined:
            return None
        return self.complete_value(value, at, path, info, run)

    @abstractmethod
    def complete_value(self, value: Any, at: At, path: Path, info: Info | None, run: Run) -> Done: ...


@dataclass(slots=True, eq=False)
class NonNull(Kind):
    of: Kind
    non_null: ClassVar[bool] = True

    @property
    def needs_info(self) -> bool:
        return self.of.needs_info

    def complete(self, value: Any, at: At, path: Path, info: Info | None, run: Run) -> Done:
        done = self.of.complete(value, at, path, info, run)
        if done is None:
            raise null_error(at.parent, at.name)
        return done


def nullable(kind: Kind) -> Kind:
    return kind.of if isinstance(kind, NonNull) else kind

"""Fields that say which values of a row they read, so that a query reads those it selects and no more."""

from collections.abc import Mapping
from typing import Any

import strawberry

from execution.reads import NEEDS, READ, Entry

PART = "schema.part"
ROW = "row"


def column(name: str, type_: Any, description: str | None = None) -> Any:
    """A value of `self.row`, as it stands there."""

    def read(self: Any) -> Any:
        return self.row[name]

    read.__annotations__["return"] = type_
    metadata = {READ: Entry(ROW, name), NEEDS: frozenset((name,))}
    return strawberry.field(read, metadata=metadata, description=description)


def columns(names: Mapping[str, str], *, or_null: bool = False) -> Any:
    """An object of some values of `self.row`: its attributes and their names there.

    `or_null`: null where all of them are, as the method has it.
    """
    return strawberry.field(metadata={PART: (names, or_null), NEEDS: frozenset(names.values())})


def computed(*names: str, description: str | None = None) -> Any:
    """A field made of these values of `self.row`."""
    return strawberry.field(metadata={NEEDS: frozenset(names)}, description=description)

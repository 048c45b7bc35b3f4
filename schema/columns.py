"""Fields that say which values of a row they read, so that a query reads those it selects and no more."""

from typing import Any

import strawberry

from execution.reads import NEEDS, READ, Entry


def column(name: str, type_: Any) -> Any:
    """A value of `self.row`, as it stands there."""

    def read(self: Any) -> Any:
        return self.row[name]

    read.__annotations__["return"] = type_
    return strawberry.field(read, metadata={READ: Entry("row", name), NEEDS: frozenset((name,))})


def computed(*names: str, description: str | None = None) -> Any:
    """A field made of these values of the row."""
    return strawberry.field(metadata={NEEDS: frozenset(names)}, description=description)

"""What a schema may say of its fields, so that less is done for them.

`field.extensions[READ]` is for a field whose resolver needs neither `info` nor arguments; it is then not called at all.
The field's own resolver has to give the same for every source: graphql-core goes on using it, and the two must not
differ.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLField

READ = "execution.read"
CALL = "execution.call"
"""`field.extensions[CALL]` is called instead of the field's resolver, with the same arguments, and gives the same."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """The field is this attribute of its source."""

    name: str


Read = Attribute | Callable[[Any], Any]
"""A function takes the source alone."""


def read_of(field: GraphQLField) -> Read | None:
    read: Read | None = (field.extensions or {}).get(READ)
    return read

"""What a schema may say of a field whose resolver needs neither `info` nor arguments, so that it is not called at all.

`field.extensions[READ]` holds one of the two; the field's own resolver has to give the same for every source, as a
plain call: graphql-core goes on using it, and the two must not differ.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLField

READ = "execution.read"


@dataclass(frozen=True, slots=True)
class Attribute:
    """The field is this attribute of its source."""

    name: str


Read = Attribute | Callable[[Any], Any]
"""A function takes the source alone."""


def read_of(field: GraphQLField) -> Read | None:
    read: Read | None = (field.extensions or {}).get(READ)
    return read

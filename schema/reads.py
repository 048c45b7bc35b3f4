"""Which fields only read their source, told to `execution/`: Strawberry's way to them costs more than they do."""

from keyword import iskeyword
from typing import Any

from graphql import GraphQLField, GraphQLObjectType
from strawberry.schema import BaseSchema
from strawberry.types.field import StrawberryField

from execution.reads import READ, Attribute, Read


def mark_reads(schema: BaseSchema) -> None:
    """For fields that are attributes, and for resolvers that take nothing but `self`: no `info`, no argument."""
    converter: Any = schema.schema_converter
    if converter.exception_handlers or schema.config.default_resolver is not getattr:
        return
    for type_ in schema._schema.type_map.values():  # type: ignore[attr-defined]
        if isinstance(type_, GraphQLObjectType):
            for field in type_.fields.values():
                read = _read_of(field)
                if read is not None:
                    field.extensions[READ] = read


def _read_of(field: GraphQLField) -> Read | None:
    definition = field.extensions.get("strawberry-definition")
    if not isinstance(definition, StrawberryField) or definition.extensions or definition.is_subscription:
        return None
    resolver = definition.base_resolver
    if resolver is None:
        name = definition.python_name
        return Attribute(name) if name.isidentifier() and not iskeyword(name) else None
    taken = resolver.signature.parameters
    if resolver.is_async or resolver.self_parameter is None or len(taken) != 1:
        return None
    read: Read = resolver.wrapped_func  # type: ignore[assignment]
    return read

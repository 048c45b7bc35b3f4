"""What graphql-core says when a value does not fit its type, word for word."""

from typing import Any

from graphql import FieldNode, GraphQLError, GraphQLObjectType, GraphQLSchema, is_object_type
from graphql.pyutils import inspect
from graphql.type import GraphQLAbstractType, GraphQLLeafType


class UnsupportedError(Exception):
    """This operation is not compiled; graphql-core executes it."""


def null_error(parent: GraphQLObjectType, field: str) -> TypeError:
    return TypeError(f"Cannot return null for non-nullable field {parent}.{field}.")


def no_iterable_error(parent: GraphQLObjectType, field: str) -> GraphQLError:
    return GraphQLError(f"Expected Iterable, but did not find one for field '{parent}.{field}'.")


def no_output_error(type_: GraphQLLeafType, value: Any, coerced: Any) -> TypeError:
    return TypeError(
        f"Expected `{inspect(type_)}.coerce_output_value({inspect(value)})` to return non-nullable value, "
        f"returned: {inspect(coerced)}"
    )


def other_type_error(type_: GraphQLObjectType, value: Any, nodes: list[FieldNode]) -> GraphQLError:
    return GraphQLError(f"Expected value of type '{type_}' but got: {inspect(value)}.", nodes)


def no_type_error(
    schema: GraphQLSchema,
    abstract: GraphQLAbstractType,
    found: Any,
    field: str,
    value: Any,
    nodes: list[FieldNode],
) -> GraphQLError:
    """`found` is what the abstract type was resolved to, and none of its possible types; `field` is `Parent.name`."""
    resolve = f"Abstract type '{abstract}' must resolve to an Object type at runtime for field '{field}'"
    resolved = f"Abstract type '{abstract}' was resolved to"
    if found is None:
        message = (
            f"{resolve}. Either the '{abstract}' type should provide a 'resolve_type' function or each possible type "
            "should provide an 'is_type_of' function."
        )
    elif not isinstance(found, str):
        received = f"received '{inspect(found)}', which is not a valid Object type name."
        message = f"{resolve} with value {inspect(value)}, {received}"
    elif (type_ := schema.get_type(found)) is None:
        message = f"{resolved} a type '{found}' that does not exist inside the schema."
    elif not is_object_type(type_):
        message = f"{resolved} a non-object type '{found}'."
    else:
        message = f"Runtime Object type '{type_}' is not a possible type for '{abstract}'."
    return GraphQLError(message, nodes)

"""The schema, put together. `python -m schema` prints it, and `schema/schema.graphql` is that print."""

from collections.abc import Iterable
from typing import Literal

from graphql import GraphQLInputObjectType, GraphQLObjectType, GraphQLSchema, Undefined
from strawberry.extensions import SchemaExtension
from strawberry.federation import Schema
from strawberry.schema.config import StrawberryConfig

from schema.mutation import Mutation
from schema.payment import Payment
from schema.query import Query
from schema.reservation import Reservation
from schema.scalars import SCALARS
from schema.subscription import Subscription

FEDERATION: Literal["2.9"] = "2.9"
"""The newest that every composition takes."""


def build_schema(extensions: Iterable[type[SchemaExtension]] = (), *, suggestions: bool = True) -> Schema:
    schema = Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[Payment, Reservation],
        extensions=extensions,
        config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=not suggestions),
        federation_version=FEDERATION,
    )
    _drop_null_defaults(schema._schema)
    return schema


def sdl() -> str:
    return build_schema().as_str() + "\n"


def _drop_null_defaults(schema: GraphQLSchema) -> None:
    """A Python default of None is `= null` to Strawberry; in the contract what may be left out just has no default."""
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType):
            for field in type_.fields.values():
                for argument in field.args.values():
                    if argument.default_value is None:
                        argument.default_value = Undefined
        if isinstance(type_, GraphQLInputObjectType):
            for taken in type_.fields.values():
                if taken.default_value is None:
                    taken.default_value = Undefined

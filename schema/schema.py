"""The schema, put together. `python -m schema` prints it; `schema/schema.graphql` is that print, reviewed in every diff."""

from collections.abc import Iterable

from strawberry.extensions import SchemaExtension
from strawberry.federation import Schema
from strawberry.schema.config import StrawberryConfig

from schema.mutation import Mutation
from schema.query import Query
from schema.scalars import SCALARS
from schema.subscription import Subscription

FEDERATION = "2.9"
"""The newest that every composition takes."""


def build_schema(
    extensions: Iterable[type[SchemaExtension]] = (), *, suggestions: bool = True
) -> Schema:
    config = StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=not suggestions)
    return Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        extensions=extensions,
        config=config,
        federation_version=FEDERATION,
    )


def sdl() -> str:
    return build_schema().as_str() + "\n"



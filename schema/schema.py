"""The schema, put together. `python -m schema` prints it, and `schema/schema.graphql` is that print."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from graphql import GraphQLError, GraphQLInputObjectType, GraphQLObjectType, GraphQLSchema, Undefined
from strawberry.extensions import DisableIntrospection, SchemaExtension
from strawberry.federation import Schema
from strawberry.federation.schema import FederationAny
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.schema.schema import StreamResult
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.graphql import OperationType

from schema import entities
from schema.context import Info
from schema.documents import Documents
from schema.errors import ShownErrors
from schema.known_subscriptions import StreamArguments, known_subscription, results
from schema.limits import Checks
from schema.mutation import Mutation
from schema.partner import Partner
from schema.payment import Payment
from schema.query import Query
from schema.reads import mark_reads
from schema.reservation import Reservation
from schema.scalars import SCALARS
from schema.subscription import Subscription

FEDERATION: Literal["2.9"] = "2.9"
"""The newest that every composition takes."""


MUTATION_BY_GET = "A mutation is sent with POST"


@dataclass(frozen=True, slots=True)
class Openness:
    """What development shows to everybody, and production does not."""

    introspection: bool = True
    suggestions: bool = True
    service: bool = True
    """The subgraph's SDL, `_service`."""


class NotStreamedError(InvalidOperationTypeError):
    """A subscription in a request that takes one answer."""

    def as_http_error_reason(self, method: str) -> str:  # noqa: ARG002 - whichever it is
        return "A subscription is answered as text/event-stream or multipart/mixed, or over a WebSocket"


class ByGetError(InvalidOperationTypeError):
    """A mutation in a request that must not change anything."""

    def as_http_error_reason(self, method: str) -> str:  # noqa: ARG002 - whichever it is
        return MUTATION_BY_GET


class QuietSchema(Schema):
    documents: Documents
    """Those that requests brought, with what was made of them."""
    openness: Openness

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Nothing here: ShownErrors logs what nobody expected, with the request's id, and nothing else."""

    async def execute(self, *args: Any, **given: Any) -> ExecutionResult:
        """One answer. Raises NotStreamedError where many are asked for."""
        allowed = set(given.get("allowed_operation_types") or OperationType) - {OperationType.SUBSCRIPTION}
        try:
            return await super().execute(*args, **{**given, "allowed_operation_types": allowed})
        except InvalidOperationTypeError as error:
            streamed = error.operation_type is OperationType.SUBSCRIPTION
            raise (NotStreamedError if streamed else ByGetError)(error.operation_type) from None

    async def stream(self, query: str | None, *args: Any, **given: Any) -> StreamResult:
        """Many answers: in the short way, where there is one."""
        asked = StreamArguments(query, *args, **given)
        subscription = known_subscription(self.documents, self._schema, asked)
        if subscription is None:
            return await super().stream(query, *args, **given)
        return results(subscription, asked, suggestions=self.openness.suggestions)

    def entities_resolver(  # type: ignore[override]  # told by its config which class it is given
        self, info: Info, representations: list[FederationAny]
    ) -> list[FederationAny]:
        return entities.resolve(info, representations)


def build_schema(openness: Openness | None = None) -> QuietSchema:
    """Built once in a process for each openness."""
    return _built(openness or Openness())


@cache
def _built(openness: Openness) -> QuietSchema:
    documents = Documents()
    schema = QuietSchema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[Payment, Reservation, Partner],
        extensions=_extensions(openness, documents),
        config=StrawberryConfig(
            scalar_map=SCALARS, info_class=Info, disable_field_suggestions=not openness.suggestions
        ),
        federation_version=FEDERATION,
    )
    _drop_null_defaults(schema._schema)
    mark_reads(schema)
    schema.documents, schema.openness = documents, openness
    return schema


def sdl() -> str:
    return build_schema().as_str() + "\n"


def _extensions(openness: Openness, documents: Documents) -> Iterable[Callable[[], SchemaExtension]]:
    """What they refuse and show has to hold for `schema/known_operations.py` too."""
    checks = [
        lambda: ShownErrors(suggestions=openness.suggestions),
        lambda: Checks(documents, open_service=openness.service),
    ]
    return checks if openness.introspection else [*checks, DisableIntrospection]


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

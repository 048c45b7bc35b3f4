"""The short way for subscriptions that came before: no extensions and no executor stand by while nothing happens.

What Strawberry's own way would give is what is given here; whatever is not plainly such a subscription, a text that
nobody has sent before, one that is refused or too dear, goes there.
"""

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any, cast

from graphql import ExecutionResult as GraphQLResult
from graphql import GraphQLError, GraphQLSchema
from strawberry.types.execution import ExecutionResult, PreExecutionError
from strawberry.types.graphql import OperationType

from execution import CompiledSubscription
from schema.context import Context
from schema.documents import Documents
from schema.errors import shown_and_counted
from schema.limits import cost_errors, wants_cost


@dataclass(frozen=True, slots=True)
class StreamArguments:
    """What `Schema.stream` is given."""

    query: str | None
    variable_values: dict[str, Any] | None = None
    context_value: Context | None = None
    root_value: None = None
    operation_name: str | None = None
    operation_extensions: dict[str, Any] | None = None
    allowed_operation_types: Iterable[OperationType] | None = None


def known_subscription(
    documents: Documents, schema: GraphQLSchema, asked: StreamArguments
) -> CompiledSubscription | None:
    """None where Strawberry's own way is the one to take."""
    document, name, allowed = documents.get(asked.query or ""), asked.operation_name, asked.allowed_operation_types
    if document is None or document.errors != () or wants_cost(asked.operation_extensions):
        return None
    if allowed is not None and OperationType.SUBSCRIPTION not in allowed:
        return None
    if cost_errors(document.cost(schema, name, asked.variable_values or {})):
        return None
    return document.subscription(schema, name)


async def results(
    subscription: CompiledSubscription, asked: StreamArguments, *, suggestions: bool
) -> AsyncGenerator[ExecutionResult, None]:
    """Each with its errors as a client may see them."""
    context, variables = cast(Context, asked.context_value), asked.variable_values

    def shown(found: GraphQLResult, kind: type[ExecutionResult] = ExecutionResult) -> ExecutionResult:
        errors = found.errors and shown_and_counted(found.errors, context, suggestions=suggestions)
        return kind(found.data, errors or None)

    try:
        source = await subscription.subscribe(variables, context)
        if isinstance(source, GraphQLResult):
            yield shown(source, PreExecutionError)
            return
        async with aclosing(cast("AsyncGenerator[Any, None]", source)):
            async for event in source:
                result = subscription(variables, context, event)
                yield shown(await result if isawaitable(result) else result)
                del event, result  # there may be a long time until the next one
    except Exception as error:
        located = error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)
        yield shown(GraphQLResult(None, [located]))

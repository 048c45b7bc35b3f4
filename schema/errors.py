"""What leaves as `errors[]`: a code for each, and no inner text of what nobody expected."""

import re
from collections.abc import Iterator

import structlog
from graphql import ExecutionResult as GraphQLResult
from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.extensions import SchemaExtension
from strawberry.types.execution import ExecutionResult, StreamExecutionResult

from resolvers.refusals import Refusal

BAD_USER_INPUT = "BAD_USER_INPUT"
LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
INTERNAL = "INTERNAL"
TOO_MANY_TOKENS = "Document contains more than"
"""How graphql-core's parser begins when it gives up."""

_SUGGESTION = re.compile(r" Did you mean .*\?$", re.DOTALL)

log = structlog.get_logger()


def limit_error(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": LIMIT_EXCEEDED})


def shown(error: GraphQLError, request_id: str, *, suggestions: bool) -> GraphQLError:
    """The error as a client may see it. What nobody expected is logged once, with the request's id."""
    code = _code(error)
    message = error.message
    if code == INTERNAL:
        cause = error.original_error
        log.error("request failed", request_id=request_id, path=error.path, error=error.message, exc_info=cause)
        message = f"Something went wrong here; ask about request {request_id}"
    elif not suggestions:
        message = _SUGGESTION.sub("", message)
    extensions = {**(error.extensions or {}), "code": code}
    if code == INTERNAL:
        extensions["requestId"] = request_id
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )


class ShownErrors(SchemaExtension):
    """Every result, of a query, a mutation or each step of a subscription, passes here on its way out."""

    suggestions = True

    def on_operation(self) -> Iterator[None]:
        self._streams = False
        yield
        result = self.execution_context.result
        if not self._streams and isinstance(result, GraphQLResult | ExecutionResult):
            self._pass(result)

    def on_stream_result(self, result: StreamExecutionResult) -> Iterator[None]:
        self._streams = True
        if isinstance(result, GraphQLResult | ExecutionResult):
            self._pass(result)
        yield

    def _pass(self, result: GraphQLResult | ExecutionResult) -> None:
        if result.errors:
            request_id = self.execution_context.context.request_id
            result.errors = [shown(error, request_id, suggestions=self.suggestions) for error in result.errors]


class BareErrors(ShownErrors):
    """Without “Did you mean …”."""

    suggestions = False


def _code(error: GraphQLError) -> str:
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    if isinstance(cause, Refusal):
        return cause.code
    if error.extensions and "code" in error.extensions:
        return str(error.extensions["code"])
    if isinstance(error, GraphQLSyntaxError) and TOO_MANY_TOKENS in error.message:
        return LIMIT_EXCEEDED
    if error.path is None:
        return BAD_USER_INPUT
    refused_argument = error.message.startswith("Argument ") and (cause is None or isinstance(cause, GraphQLError))
    return BAD_USER_INPUT if refused_argument else INTERNAL

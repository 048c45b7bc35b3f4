"""What leaves as `errors[]`: a code for each, and no inner text of what nobody expected."""

from collections.abc import Iterator

import structlog
from graphql import ExecutionResult as GraphQLResult
from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.exceptions import MissingQueryError
from strawberry.extensions import SchemaExtension
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.execution import ExecutionResult, StreamExecutionResult

from data.database import AWAY, RETRY_SECONDS
from resolvers.refusals import Refusal
from schema.context import Context

BAD_USER_INPUT = "BAD_USER_INPUT"
LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
INTERNAL = "INTERNAL"
UNAVAILABLE = "UNAVAILABLE"
"""Nothing is wrong with the request: the database is away."""
TOO_MANY_TOKENS = "Document contains more than"
"""How graphql-core's parser begins when it gives up."""

CLIENT_MISTAKES = (CannotGetOperationTypeError, InvalidOperationTypeError, MissingQueryError)
"""What Strawberry raises about a request instead of answering it."""

SUGGESTION = " Did you mean "
MAX_MESSAGE = 2000
"""Characters: graphql-core prints what it was given, in each of its errors."""

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
    elif code == UNAVAILABLE:
        log.error("request failed, the database is away", request_id=request_id, path=error.path, error=error.message)
        message = "Not available at this moment; try again"
    elif not suggestions:
        message = message.rpartition(SUGGESTION)[0] if message.endswith("?") and SUGGESTION in message else message
    if len(message) > MAX_MESSAGE:
        message = f"{message[:MAX_MESSAGE]}…"
    extensions = {**(error.extensions or {}), "code": code}
    if code in (INTERNAL, UNAVAILABLE):
        extensions["requestId"] = request_id
    if code == UNAVAILABLE:
        extensions["retryAfterSeconds"] = RETRY_SECONDS
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )


def shown_and_counted(errors: list[GraphQLError], context: Context, *, suggestions: bool) -> list[GraphQLError]:
    """Of a result on its way out."""
    found = [shown(error, context.request_id, suggestions=suggestions) for error in errors]
    for error in found:
        context.count_error(str((error.extensions or {})["code"]))
    return found


class ShownErrors(SchemaExtension):
    """Every result, of a query, a mutation or each step of a subscription, passes here on its way out."""

    def __init__(self, *, suggestions: bool) -> None:
        """`suggestions`: whether “Did you mean …” is shown."""
        self._suggestions = suggestions
        self._streams = False

    def on_operation(self) -> Iterator[None]:
        try:
            yield
        except CLIENT_MISTAKES:
            raise
        except Exception as error:  # of what stands around the execution: it would leave as it is
            raise self._masked(error) from error
        result = self.execution_context.result
        if not self._streams and isinstance(result, GraphQLResult | ExecutionResult):
            self._pass(result)

    def on_stream_result(self, result: StreamExecutionResult) -> Iterator[None]:
        self._streams = True
        if isinstance(result, GraphQLResult | ExecutionResult):
            self._pass(result)
        yield

    def _masked(self, error: Exception) -> GraphQLError:
        wrapped = GraphQLError(str(error), original_error=error)
        return shown_and_counted([wrapped], self.execution_context.context, suggestions=self._suggestions)[0]

    def _pass(self, result: GraphQLResult | ExecutionResult) -> None:
        if result.errors:
            context = self.execution_context.context
            result.errors = shown_and_counted(result.errors, context, suggestions=self._suggestions)


def _code(error: GraphQLError) -> str:
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    if isinstance(cause, Refusal):
        return cause.code
    if isinstance(cause, AWAY):
        return UNAVAILABLE
    if error.extensions and "code" in error.extensions:
        return str(error.extensions["code"])
    if isinstance(error, GraphQLSyntaxError) and TOO_MANY_TOKENS in error.message:
        return LIMIT_EXCEEDED
    if error.path is None:
        return INTERNAL if _unexpected(error) else BAD_USER_INPUT
    refused_argument = error.message.startswith("Argument ") and (cause is None or isinstance(cause, GraphQLError))
    return BAD_USER_INPUT if refused_argument else INTERNAL


def _unexpected(error: GraphQLError) -> bool:
    """An exception that ended a whole operation: neither at a place in the document nor one of its variables."""
    cause = error.original_error
    return cause is not None and not error.nodes and not isinstance(cause, (GraphQLError, *CLIENT_MISTAKES))

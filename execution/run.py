"""One run of an operation: its variables and its errors. And what is left of any run, to end by itself."""

import asyncio
from collections.abc import Awaitable, Sequence
from inspect import iscoroutine
from typing import Any

from graphql import (
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    located_error,
)
from graphql.execution.executor import CollectedErrors
from graphql.execution.values import VariableValues
from graphql.pyutils import Path, gather_with_cancel, is_awaitable
from graphql.type import GraphQLResolveInfo, GraphQLResolveInfoHelpers

Info = GraphQLResolveInfo[Any]


_ending: set[asyncio.Future[Any]] = set()
"""Of all runs: a run holds nothing that holds it, and is gone with its last reference."""


def settle(awaitables: Sequence[Awaitable[Any]]) -> None:
    """An error has overtaken these: they end in the background, and nobody looks at what they give."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        for awaitable in awaitables:
            if iscoroutine(awaitable):
                awaitable.close()
        return
    future: asyncio.Future[Any] = asyncio.gather(*awaitables, return_exceptions=True)
    _ending.add(future)
    future.add_done_callback(_ending.discard)


def _track(values: Sequence[Any]) -> None:
    awaitables = [value for value in values if is_awaitable(value)]
    if awaitables:
        settle(awaitables)


def _gather(values: Sequence[Awaitable[Any]]) -> Awaitable[list[Any]]:
    return gather_with_cancel(*values)


_HELPERS = GraphQLResolveInfoHelpers(gather=_gather, track=_track)


class Run:
    __slots__ = ("_errors", "hide_suggestions", "shared", "values", "variables")

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: dict[str, FragmentDefinitionNode],
        operation: OperationDefinitionNode,
        values: VariableValues,
        context: Any,
        root: Any,
        *,
        hide_suggestions: bool,
    ) -> None:
        self.values = values
        self.hide_suggestions = hide_suggestions
        self.variables = values.coerced
        self._errors: CollectedErrors | None = None
        self.shared: tuple[Any, ...] = (
            schema,
            fragments,
            root,
            operation,
            values,
            context,
            is_awaitable,
            None,
            _HELPERS,
        )
        """The end of every GraphQLResolveInfo of this run."""

    def result(self, data: dict[str, Any] | None) -> ExecutionResult:
        """With the errors so far."""
        return ExecutionResult(data, None if self._errors is None else self._errors.errors)

    def add(self, error: GraphQLError, path: Path | None) -> None:
        """Without a `path`, that of the whole operation."""
        if self._errors is None:
            self._errors = CollectedErrors()
        self._errors.add(error, path)

    def failed(self, error: Exception, nodes: list[FieldNode], path: Path, *, non_null: bool) -> None:
        """The field or item is null and its error noted; where it may not be null, raises that error."""
        located = located_error(error, nodes, path.as_list())
        if non_null:
            raise located
        self.add(located, path)

"""A subscription: graphql-core makes its source, and each event is completed as a query is, by a compiled function."""

from collections.abc import AsyncIterable, Mapping
from inspect import isawaitable
from typing import Any

from graphql import ExecutionResult, Executor, OperationType, create_source_event_stream

from execution.operation import CompiledOperation


class CompiledSubscription(CompiledOperation):
    """Called with an event as its root value, it gives what is sent of it."""

    operation_types = (OperationType.SUBSCRIPTION,)

    async def subscribe(
        self, variables: Mapping[str, Any] | None = None, context: Any = None, root: Any = None
    ) -> AsyncIterable[Any] | ExecutionResult:
        """The source of events, or why there is none. Nothing here keeps what was needed to make it."""
        executor = Executor.build(
            self._schema,
            self._document,
            root,
            context,
            None if variables is None else dict(variables),
            self._operation_name,
            hide_suggestions=self._hide_suggestions,
        )
        if isinstance(executor, list):
            return ExecutionResult(None, executor)
        source = create_source_event_stream(executor)
        return await source if isawaitable(source) else source

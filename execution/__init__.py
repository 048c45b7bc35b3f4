"""GraphQL queries compiled into Python functions of their own, with the results of graphql-core, byte for byte.

    run = compile_operation(schema, document, operation_name)
    result = run(variables, context, root)

The document has been validated. A query, or a mutation of one field, becomes one function that does the work of
graphql-core's executor without looking anything up; whatever is not compiled is executed by graphql-core, from the
beginning.
"""

from collections.abc import Callable
from typing import Any

from graphql import DocumentNode, GraphQLSchema, execute

from execution.errors import UnsupportedError
from execution.operation import CompiledOperation, Result
from execution.subscription import CompiledSubscription
from execution.waiting import Waiting

Operation = Callable[..., Result]
"""Takes variables, a context and a root value."""


def compile_operation(
    schema: GraphQLSchema, document: DocumentNode, operation_name: str | None = None, *, hide_suggestions: bool = False
) -> Operation:
    """Never raises for a document that is valid: what cannot be compiled is graphql-core's to execute."""
    try:
        return CompiledOperation(schema, document, operation_name, hide_suggestions=hide_suggestions)
    except UnsupportedError:
        return _interpreted(schema, document, operation_name, hide_suggestions=hide_suggestions)


def _interpreted(
    schema: GraphQLSchema, document: DocumentNode, operation_name: str | None, *, hide_suggestions: bool
) -> Operation:
    def run(variables: dict[str, Any] | None = None, context: Any = None, root: Any = None) -> Result:
        return execute(schema, document, root, context, variables, operation_name, hide_suggestions=hide_suggestions)

    return run


__all__ = [
    "CompiledOperation",
    "CompiledSubscription",
    "Operation",
    "Result",
    "UnsupportedError",
    "Waiting",
    "compile_operation",
]

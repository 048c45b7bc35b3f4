"""`python -m execution explain query.graphql --schema module:attribute`: the Python an operation is compiled to."""

import argparse
import importlib
import sys
from pathlib import Path

from graphql import GraphQLError, GraphQLSchema, OperationType, get_operation_ast, parse, validate

from execution.errors import UnsupportedError
from execution.operation import CompiledOperation
from execution.subscription import CompiledSubscription


def explain(path: Path, schema: GraphQLSchema, operation: str | None, *, false: list[str]) -> str:
    """Raises GraphQLError for what is no valid document."""
    document = parse(path.read_text())
    for error in validate(schema, document):
        raise error
    asked = get_operation_ast(document, operation)
    subscribes = asked is not None and asked.operation is OperationType.SUBSCRIPTION
    try:
        compiled = (CompiledSubscription if subscribes else CompiledOperation)(schema, document, operation)
        return compiled.source(dict.fromkeys(false, False))
    except UnsupportedError as reason:
        return f"# Executed by graphql-core: {reason}\n"


def schema_of(where: str) -> GraphQLSchema:
    """`module:attribute`; what is there is the schema, holds it as `_schema`, or gives it when called."""
    sys.path.insert(0, ".")
    module, _, attribute = where.partition(":")
    try:
        found = getattr(importlib.import_module(module), attribute, None)
    except ModuleNotFoundError:
        found = None
    if callable(found) and not hasattr(found, "_schema"):
        found = found()
    schema = getattr(found, "_schema", found)
    if not isinstance(schema, GraphQLSchema):
        sys.exit(f"{where} is no schema")
    return schema


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m execution", description=__doc__)
    command = parser.add_subparsers(required=True).add_parser("explain", help="print the source of a query")
    command.add_argument("query", type=Path, help="a file with a document")
    command.add_argument("--schema", required=True, help="module:attribute")
    command.add_argument("--operation", help="its name, where the document has more than one")
    command.add_argument("--false", nargs="*", default=[], help="variables of @skip and @include that are false")
    given = parser.parse_args()
    try:
        print(explain(given.query, schema_of(given.schema), given.operation, false=given.false), end="")
    except GraphQLError as error:
        sys.exit(str(error))
    except (OSError, UnicodeDecodeError):
        sys.exit(f"{given.query} cannot be read")


if __name__ == "__main__":
    main()

"""What is not compiled is executed by graphql-core, whole and once."""

from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema, parse

from execution import CompiledOperation, UnsupportedError, compile_operation
from execution.operation import MAX_VARIANTS

SCHEMA = """
directive @stream(if: Boolean! = true, initialCount: Int = 0) on FIELD
type Query { a: String n: Query list: [Int] } type Mutation { set: Int }
type Subscription { told: Int }
"""


def counting(calls: list[str]) -> GraphQLSchema:
    schema = build_schema(SCHEMA.replace("directive @stream(if: Boolean! = true, initialCount: Int = 0) on FIELD", ""))

    def resolve(_source: Any, info: Any) -> str:
        calls.append(info.field_name)
        return str(info.path.key)

    schema.type_map["Query"].fields["a"].resolve = resolve  # type: ignore[attr-defined]
    return schema


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("mutation { set again: set }", None),
        ("subscription { told }", None),
        ("query A { a } query B { a }", None),
        ("query A { a }", "C"),
        ("{ list @stream(initialCount: 1) }", None),
        ("{ " + "n { " * 61 + "a" + " }" * 62, None),
        ("query @experimental_disableErrorPropagation { a }", None),
    ],
)
def test_refused_when_compiled(text: str, name: str | None) -> None:
    with pytest.raises(UnsupportedError):
        CompiledOperation(build_schema(SCHEMA), parse(text), name)


def test_graphql_core_says_which_operation_is_missing() -> None:
    result: Any = compile_operation(counting([]), parse("query A { a }"), "C")()
    assert [error.message for error in result.errors] == ["Unknown operation named 'C'."]


def test_a_mutation_of_several_fields_runs() -> None:
    result: Any = compile_operation(counting([]), parse("mutation { set again: set }"))(root={"set": 5})
    assert result.data == {"set": 5, "again": 5}


def test_a_mutation_with_conditions_is_compiled_where_one_field_is_left() -> None:
    text = "mutation ($both: Boolean!) { set again: set @include(if: $both) }"
    compiled = CompiledOperation(counting([]), parse(text))
    for both, data in ((True, {"set": 5, "again": 5}), (False, {"set": 5})):
        result: Any = compiled({"both": both}, None, {"set": 5})
        assert result.data == data
    assert "again" not in compiled.source({"both": False})


def test_more_combinations_than_are_kept_run_all_the_same() -> None:
    calls: list[str] = []
    declared = ", ".join(f"$b{number}: Boolean!" for number in range(5))
    fields = " ".join(f"a{number}: a @include(if: $b{number})" for number in range(5))
    query = CompiledOperation(counting(calls), parse(f"query ({declared}) {{ {fields} }}"))
    for bits in range(2 * MAX_VARIANTS):
        calls.clear()
        wanted = {f"b{number}": bool(bits >> number & 1) for number in range(5)}
        result: Any = query(wanted)
        assert list(result.data) == [f"a{number}" for number in range(5) if wanted[f"b{number}"]]
        assert len(calls) == len(result.data)


def test_a_failing_query_runs_once() -> None:
    calls: list[str] = []
    schema = counting(calls)

    def fail(_source: Any, _info: Any) -> None:
        calls.append("n")
        raise ValueError("no")

    schema.type_map["Query"].fields["n"].resolve = fail  # type: ignore[attr-defined]
    result: Any = CompiledOperation(schema, parse("{ a n { a } }"))()
    assert calls == ["a", "n"]
    assert result.data == {"a": "a", "n": None}

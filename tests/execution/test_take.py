"""Entries taken at once are those that are taken one by one, by name or by place."""

from collections import UserDict
from collections.abc import Sequence
from typing import Any

import pytest
from graphql import build_schema, parse
from hypothesis import given
from hypothesis import strategies as st

from execution import CompiledOperation
from execution.reads import READ, Entry
from execution.take import MAX_CLASSES, Take

NAMES = st.lists(st.sampled_from("abcdefgh"), min_size=2, unique=True)


def row_class(fields: Sequence[str]) -> type:
    """As a database's row: a tuple whose values are found by name as well."""

    class Row(tuple[Any, ...]):
        _fields = tuple(fields)

        def __getitem__(self, at: Any) -> Any:
            return tuple.__getitem__(self, fields.index(at) if isinstance(at, str) else at)

    return Row


@given(NAMES, NAMES)
def test_by_place_and_by_name(fields: list[str], wanted: list[str]) -> None:
    names = sorted({*wanted} & {*fields})
    if len(names) < 2:
        return
    row = row_class(fields)([f"value of {field}" for field in fields])
    take = Take(names)
    for mapping in (row, dict(zip(fields, row, strict=True)), UserDict(zip(fields, row, strict=True))):
        assert list(take[type(mapping)](mapping)) == [mapping[name] for name in names]


def test_what_is_missing_is_an_error() -> None:
    take = Take(("a", "b"))
    for mapping in ({"a": 1}, row_class(())((1, 2))):
        with pytest.raises((KeyError, ValueError)):
            take[type(mapping)](mapping)


def test_only_so_many_classes_are_remembered() -> None:
    take = Take(("a", "b"))
    for _ in range(2 * MAX_CLASSES):
        row = row_class(("b", "a"))((2, 1))
        assert list(take[type(row)](row)) == [1, 2]
        assert len(take) <= MAX_CLASSES


class Source:
    def __init__(self, row: Any) -> None:
        self.a = row
        self.a_b = {"c": "of a_b", "0": "nought"}


def test_names_that_look_alike_are_told_apart() -> None:
    """`b_c` of `a` and `c` of `a_b`, names that are no identifiers, and one entry for two fields."""
    schema = build_schema(
        "type Query { source: Source } type Source { one: String two: String three: String four: ID }"
    )
    source = schema.type_map["Source"]
    entries = {"one": ("a", "b_c"), "two": ("a_b", "c"), "three": ("a_b", "0"), "four": ("a", "b_c")}
    for name, entry in entries.items():
        source.fields[name].extensions[READ] = Entry(*entry)  # type: ignore[attr-defined]
        source.fields[name].resolve = lambda *_: None  # type: ignore[attr-defined]
    operation = CompiledOperation(schema, parse("{ source { one two three four again: one } }"))
    for row in ({"b_c": "of a"}, {"b_c": "of a", "more": None}):
        result: Any = operation(root={"source": Source(row)})
        assert result.data == {
            "source": {"one": "of a", "two": "of a_b", "three": "nought", "four": "of a", "again": "of a"}
        }
    assert "def quick_" in operation.source()

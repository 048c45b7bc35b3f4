"""Shorter ways to fields and resolvers, told to `execution/`: Strawberry's own costs more than most of them do."""

from collections.abc import Callable, Mapping
from inspect import iscoroutinefunction
from keyword import iskeyword
from typing import Any, cast

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    is_specified_scalar_type,
)
from strawberry.schema import BaseSchema
from strawberry.types.field import StrawberryField

from execution.reads import (
    CALL,
    NAMES,
    NEEDS,
    READ,
    SENT_AS,
    Attribute,
    Call,
    Entry,
    MakeCall,
    Part,
    Read,
    TakesInfo,
    Together,
)
from schema.columns import PART, ROW
from schema.context import Info
from schema.input_objects import Make, maker_of
from schema.scalars import WRITTEN_ALIKE

TOGETHER = "schema.together"


def mark_reads(schema: BaseSchema) -> None:
    """For attributes, resolvers that take nothing but `self`, and those with plain arguments or objects of scalars."""
    converter: Any = schema.schema_converter
    if converter.exception_handlers or schema.config.default_resolver is not getattr:
        return
    for type_ in schema._schema.type_map.values():  # type: ignore[attr-defined]
        if type_.name in WRITTEN_ALIKE:
            type_.extensions[SENT_AS] = WRITTEN_ALIKE[type_.name]
        if isinstance(type_, GraphQLObjectType):
            for field in type_.fields.values():
                _mark(field, converter)


def _mark(field: GraphQLField, converter: Any) -> None:
    definition = field.extensions.get("strawberry-definition")
    if not isinstance(definition, StrawberryField) or definition.extensions or definition.is_subscription:
        return
    if NEEDS in definition.metadata:
        field.extensions[NEEDS] = definition.metadata[NEEDS]
    read = _read_of(definition)
    if read is not None:
        field.extensions[READ] = read
    elif (make_call := _make_call_of(field, definition, converter)) is not None:
        field.extensions[CALL] = make_call
        field.extensions[NAMES] = _names(definition, converter)


def _read_of(definition: StrawberryField) -> Read | None:
    resolver = definition.base_resolver
    if resolver is None:
        name = definition.python_name
        return Attribute(name) if name.isidentifier() and not iskeyword(name) else None
    if READ in definition.metadata:
        entry: Entry = definition.metadata[READ]
        return entry
    taken = resolver.signature.parameters
    if resolver.is_async or resolver.self_parameter is None or len(taken) != 1:
        return None
    read: Callable[[Any], Any] = resolver.wrapped_func  # type: ignore[assignment]
    if PART in definition.metadata:
        entries, or_null = definition.metadata[PART]
        return Part(ROW, entries, or_null, read)
    return read


def _make_call_of(field: GraphQLField, definition: StrawberryField, converter: Any) -> MakeCall | None:
    """The resolver without Strawberry's conversion of arguments: they stay what they are, or are objects of scalars."""
    resolver = definition.base_resolver
    if resolver is None or resolver.root_parameter or resolver.parent_parameter:
        return None
    if resolver.is_async and not iscoroutinefunction(resolver.wrapped_func):
        return None  # Strawberry makes coroutines of asynchronous generators, which start a turn later
    objects = {name: maker_of(one.type) for name, one in field.args.items() if not _is_plain(one.type)}
    if None in objects.values():
        return None
    function = cast("Callable[..., Any]", resolver.wrapped_func)
    if objects:
        names = _names(definition, converter)
        function = _given_objects(function, {names[name]: cast("Make", make) for name, make in objects.items()})
    takes_source = resolver.self_parameter is not None  # federation's own take none
    info = resolver.info_parameter
    assert info is not None or TOGETHER not in definition.metadata, "what asks for aliases takes an info"
    if info is None:
        return lambda _wanted: Call(function, takes_source)
    aliases = definition.metadata.get(TOGETHER)
    return lambda wanted: Call(function, takes_source, TakesInfo(info.name, Info, (definition, wanted)), aliases)


def together(argument: str, function: Callable[[Info, list[Any]], Any]) -> dict[str, Together]:
    """Metadata of a field that may be asked for at once under aliases which only this argument tells apart."""
    return {TOGETHER: Together(argument, function)}


def _given_objects(function: Callable[..., Any], makers: Mapping[str, Make]) -> Callable[..., Any]:
    """The same, with these arguments made of what is given for them."""

    def call(*source: Any, **given: Any) -> Any:
        for name in makers.keys() & given.keys():
            given[name] = makers[name](given[name])
        return function(*source, **given)

    return call


def _names(definition: StrawberryField, converter: Any) -> dict[str, str]:
    return {converter.config.name_converter.from_argument(one): one.python_name for one in definition.arguments}


def _is_plain(type_: Any) -> bool:
    """A built-in scalar, or a list of them, of an enum's values or of federation's representations."""
    inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    if isinstance(inner, GraphQLList):
        item = inner.of_type.of_type if isinstance(inner.of_type, GraphQLNonNull) else inner.of_type
        return is_specified_scalar_type(item) or isinstance(item, GraphQLEnumType) or item.name == "_Any"
    return is_specified_scalar_type(inner)

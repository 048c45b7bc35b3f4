"""What is needed below a field: told to its resolver, so that it loads no more than that."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from graphql import GraphQLField

from execution.completion import Abstract, Object
from execution.kind import Kind, nullable
from execution.lists import ListOf
from execution.place import Place, Selection
from execution.reads import Needs, make_call_of, needs_of


def look_ahead(selections: Sequence[Selection]) -> None:
    """Gives each place of a field with a CALL what is called there; the same at all places, so that they load alike."""
    below = _Below(selections)
    places: defaultdict[int, list[Place]] = defaultdict(list)
    definitions: dict[int, GraphQLField] = {}
    for selection in selections:
        for place in selection.places:
            definitions[id(place.definition)] = place.definition
            places[id(place.definition)].append(place)
    for id_, definition in definitions.items():
        make_call = make_call_of(definition)
        if make_call is not None:
            call = make_call(frozenset().union(*(below.needs(place) for place in places[id_])))
            for place in places[id_]:
                place.call = call


class _Below:
    def __init__(self, selections: Sequence[Selection]) -> None:
        self._selections = {id(one.object): one for one in selections}

    def needs(self, place: Place) -> Needs:
        found: set[str] = set()
        for object_ in _objects(place.kind):
            for inner in self._selections[id(object_)].places:
                found |= needs_of(inner.definition)
                if make_call_of(inner.definition) is None:
                    found |= self.needs(inner)
        return frozenset(found)


def _objects(kind: Kind) -> Iterator[Object]:
    kind = nullable(kind)
    if isinstance(kind, Object):
        yield kind
    elif isinstance(kind, Abstract):
        yield from kind.objects.values()
    elif isinstance(kind, ListOf):
        yield from _objects(kind.item)

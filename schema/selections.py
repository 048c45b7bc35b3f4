"""What an operation selects in one place, fragments spread."""

from collections import defaultdict
from collections.abc import Sequence

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, InlineFragmentNode, SelectionSetNode

DEEPEST = 32
"""Levels looked at; fragments that spread themselves have no end, and validation refuses them."""


def fields_of(
    selections: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode], seen: set[str] | None = None
) -> list[FieldNode]:
    """The fields of one level, those in fragments too; each fragment once, since spread twice it selects the same."""
    seen = set() if seen is None else seen
    found: list[FieldNode] = []
    for node in selections.selections:
        if isinstance(node, FieldNode):
            found.append(node)
        elif isinstance(node, InlineFragmentNode):
            found += fields_of(node.selection_set, fragments, seen)
        elif isinstance(node, FragmentSpreadNode) and node.name.value in fragments and node.name.value not in seen:
            seen.add(node.name.value)
            found += fields_of(fragments[node.name.value].selection_set, fragments, seen)
    return found


def most_repeated(
    places: Sequence[SelectionSetNode], fragments: dict[str, FragmentDefinitionNode], level: int = 0
) -> int:
    """How often the response name that is selected most often in one place is. `places` are merged into one."""
    seen: set[str] = set()
    named: defaultdict[str, list[FieldNode]] = defaultdict(list)
    for place in places:
        for field in fields_of(place, fragments, seen):
            named[(field.alias or field.name).value].append(field)
    most = max(map(len, named.values()), default=0)
    if level == DEEPEST:
        return most
    below = ([field.selection_set for field in fields if field.selection_set] for fields in named.values())
    return max(most, *(most_repeated(inner, fragments, level + 1) for inner in below if inner), 0)

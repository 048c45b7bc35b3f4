"""`_entities`: what other subgraphs refer to, looked up together. A reference to nothing is that one's error alone."""

from collections.abc import Mapping, Sequence
from typing import Any

from resolvers.refusals import BadInputError, LimitError
from schema.context import Info
from schema.partner import Partner
from schema.payment import Payment
from schema.reservation import Reservation

ENTITIES: Mapping[str, Any] = {entity.__name__: entity for entity in (Payment, Reservation, Partner)}
MAX_REPRESENTATIONS = 1000
"""Of one request; a gateway that joins ten pages of 100 needs as many."""


def resolve(info: Info, representations: Sequence[object]) -> list[Any]:
    """In the order asked for; an exception in the list becomes an error at its place. Raises LimitError."""
    if len(representations) > MAX_REPRESENTATIONS:
        raise LimitError(f"A request has at most {MAX_REPRESENTATIONS} representations")
    return [_resolved(info, representation) for representation in representations]


def _resolved(info: Info, representation: object) -> Any:
    if not isinstance(representation, Mapping):
        return BadInputError("A representation is an object")
    entity, id_ = ENTITIES.get(str(representation.get("__typename"))), representation.get("id")
    if entity is None:
        return BadInputError(f"__typename is one of {', '.join(ENTITIES)}")
    if not isinstance(id_, str):
        return BadInputError("id is a text")
    try:
        return entity.resolve_reference(info, id_)
    except BadInputError as error:
        return error

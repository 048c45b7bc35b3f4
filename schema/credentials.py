"""What a caller shows of themselves: headers of HTTP, or the same words in `connection_init` of a WebSocket."""

from collections.abc import Mapping

from starlette.requests import HTTPConnection

from resolvers.refusals import NotSignedInError

NAMES = ("authorization", "x-user-id", "x-user-roles")


def credentials(connection: HTTPConnection) -> dict[str, str]:
    """Raises NotSignedInError where one of them comes twice: whose is it, the gateway's or its user's?"""
    shown = {name: connection.headers.getlist(name) for name in NAMES}
    for name, values in shown.items():
        if len(values) > 1:
            raise NotSignedInError(f"{name} is there more than once")
    return {name: values[0] for name, values in shown.items() if values}


def said_at_init(payload: Mapping[str, object]) -> dict[str, str]:
    """Raises NotSignedInError, as for headers, and for what is no text."""
    said: dict[str, str] = {}
    for key, value in payload.items():
        name = key.lower()
        if name not in NAMES or value is None:
            continue
        if name in said or not isinstance(value, str):
            raise NotSignedInError(f"{name} is one text")
        said[name] = value
    return said

"""Reading a request's body, and no more of it than there should be."""

from starlette.requests import Request
from starlette.types import Message


class BodyTooLargeError(Exception):
    """The rest of the body was not read."""


def limited(request: Request, most_bytes: int) -> Request:
    """The same request; reading its body beyond `most_bytes` raises BodyTooLargeError, whatever its length claims."""
    read = 0

    async def receive() -> Message:
        nonlocal read
        message = await request.receive()
        read += len(message.get("body", b""))
        if read > most_bytes:
            raise BodyTooLargeError
        return message

    return Request(request.scope, receive)

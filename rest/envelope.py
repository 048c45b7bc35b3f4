"""The envelope every answer comes in, and the statuses that refusals have."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from schema.encoding import encode

STATUS_OF_CODE = {
    "UNAUTHENTICATED": 401,
    "FORBIDDEN": 403,
    "NOT_FOUND": 404,
    "BAD_USER_INPUT": 422,
    "LIMIT_EXCEEDED": 413,
    "UNAVAILABLE": 503,
}
"""By the code of a GraphQL error; any other is 500."""
STATUS_OF_REFUSAL = {
    "InvalidInputError": 422,
    "PaymentNotFoundError": 404,
    "IdempotencyConflictError": 409,
    "IdempotencyInProgressError": 409,
    "ProviderUnavailableError": 503,
}
"""By the type of a mutation's answer."""
NOT_FOUND = "Payment not found"


class Refused(Exception):
    """The request ends with this status; the texts are fit to show."""

    def __init__(self, status: int, *texts: str, retry_after: int | None = None) -> None:
        super().__init__(texts[0])
        self.status = status
        self.texts = texts
        self.retry_after = retry_after


def done(message: str, data: object, status: int = 200) -> Response:
    return _enveloped({"success": True, "message": message, "data": data, "errors": None}, status, {})


def refused(refusal: Refused) -> Response:
    body = {"success": False, "message": refusal.texts[0], "data": None, "errors": list(refusal.texts)}
    headers = {} if refusal.retry_after is None else {"retry-after": str(refusal.retry_after)}
    return _enveloped(body, refusal.status, headers)


def of_errors(errors: Sequence[Mapping[str, Any]]) -> Refused:
    """Of what GraphQL answers as `errors[]`."""
    said = errors[0].get("extensions", {})
    status, texts = STATUS_OF_CODE.get(str(said.get("code")), 500), [str(error["message"]) for error in errors]
    return Refused(status, *texts, retry_after=said.get("retryAfterSeconds"))


def of_refusal(answer: Mapping[str, Any]) -> Refused:
    """Of a mutation's answer that is no success."""
    kind = str(answer["__typename"])
    message = NOT_FOUND if kind == "PaymentNotFoundError" else str(answer["message"])
    named = ".".join(answer.get("path", ())[1:])
    texts = (f"{named}: {message}" if named else message,)
    return Refused(STATUS_OF_REFUSAL[kind], *texts, retry_after=answer.get("wait") or answer.get("after"))


def _enveloped(body: object, status: int, headers: Mapping[str, str]) -> Response:
    return Response(encode(body), status, headers, "application/json")

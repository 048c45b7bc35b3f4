"""Errors in the shape and the words Stripe gives them."""

from typing import Any


class Refusal(Exception):
    """An answer of 4xx or 5xx with Stripe's error object."""

    def __init__(
        self, status: int, type_: str, message: str, code: str | None = None, param: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        error = {"type": type_, "message": message, "code": code, "param": param}
        self.body: dict[str, Any] = {"error": {name: value for name, value in error.items() if value is not None}}


def invalid(message: str, param: str | None = None, code: str | None = None, status: int = 400) -> Refusal:
    return Refusal(status, "invalid_request_error", message, code, param)


def missing(kind: str, id_: str) -> Refusal:
    return invalid(f"No such {kind}: '{id_}'", "id", "resource_missing", 404)


def unknown_parameter(name: str) -> Refusal:
    return invalid(f"Received unknown parameter: {name}", name, "parameter_unknown")


def missing_parameter(name: str) -> Refusal:
    return invalid(f"Missing required param: {name}.", name, "parameter_missing")


def other_parameters(key: str) -> Refusal:
    message = "Keys for idempotent requests can only be used with the same parameters they were first used with."
    return Refusal(400, "idempotency_error", f"{message} Try using a key other than '{key}'.")


def key_in_use(key: str) -> Refusal:
    message = f"There is currently another in-progress request using this Idempotent Key ({key})."
    return Refusal(409, "idempotency_error", message, "idempotency_key_in_use")


def broken() -> Refusal:
    return Refusal(500, "api_error", "An unknown error occurred")


def too_many() -> Refusal:
    return Refusal(429, "invalid_request_error", "Too many requests hit the API too quickly.", "rate_limit")

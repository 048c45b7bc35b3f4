"""What a caller may see: decided before anything is loaded."""

from dataclasses import dataclass
from uuid import UUID

from resolvers.caller import Caller, Kind
from resolvers.client_secret import opens
from resolvers.refusals import ForbiddenError, NotSignedInError
from resolvers.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Sight:
    """`user_id` is the user whose payments alone are seen; None sees all."""

    user_id: UUID | None


EVERYTHING = Sight(None)


def sight_of(caller: Caller) -> Sight:
    """Raises NotSignedInError for nobody, who sees nothing but by a client secret."""
    if caller.sees_all:
        return EVERYTHING
    if caller.kind is Kind.NOBODY or caller.user_id is None:
        raise NotSignedInError("Sign in to see payments")
    return Sight(caller.user_id)


def sight_of_one(runtime: Runtime, caller: Caller, payment_id: UUID, secret: str | None) -> Sight | None:
    """As `sight_of`, for one payment; its client secret opens it to anybody. None: not to be seen at all."""
    if caller.sees_all or opens(secret, payment_id, runtime.rules.secret_keys):
        return EVERYTHING
    return sight_without_secret(caller)


def sight_without_secret(caller: Caller) -> Sight | None:
    """Of payments by their ids: None where a secret would be needed."""
    return None if caller.kind is Kind.NOBODY else sight_of(caller)


def require_operator(caller: Caller) -> None:
    """Partners and deliveries are for ADMIN and services. Raises NotSignedInError and ForbiddenError."""
    _require(caller, allowed=caller.may_operate)


def require_operator_within(caller: Caller) -> None:
    """As `require_operator`, below something the caller sees already. Raises ForbiddenError: whoever holds a client
    secret lacks no sign-in.
    """
    if not caller.may_operate:
        raise ForbiddenError("For ADMIN and services")


def require_refunder(caller: Caller) -> None:
    """Refunds are, too. Raises NotSignedInError and ForbiddenError."""
    _require(caller, allowed=caller.may_refund)


def _require(caller: Caller, *, allowed: bool) -> None:
    if caller.kind is Kind.NOBODY:
        raise NotSignedInError("Sign in as ADMIN or as a service")
    if not allowed:
        raise ForbiddenError("For ADMIN and services")

"""Who calls: a person by a token of mesaYA-auth or with a gateway that names them, a service by a token, or nobody."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from resolvers.caller import ANYBODY, NOBODY, Caller, Kind

ALGORITHM = "RS256"
"""The only one: what the token's own header says never chooses how it is verified."""
ISSUER = "mesaYA-auth"
LEEWAY = timedelta(seconds=5)
"""How far the clocks of mesaYA-auth and ours may be apart."""
MAX_CREDENTIALS = 8 * 1024
"""Characters of a token."""
MAX_GOOD = 1000
"""Tokens that were found good before are looked up, since a signature costs more than most queries; their moments are
compared each time.
"""
MAX_ROLES = 1024
"""Characters of the header that lists them."""
ADMIN = "ADMIN"

REASONS: dict[type[Exception], str] = {
    jwt.InvalidSignatureError: "This token's signature is wrong",
    jwt.InvalidAlgorithmError: f"This token is not signed with {ALGORITHM}",
    jwt.InvalidIssuerError: f"This token was not issued by {ISSUER}",
    jwt.MissingRequiredClaimError: "This token lacks exp, iss or sub",
}
UNKNOWN = "This token is not known, or malformed"
OPTIONS: jwt.types.Options = {
    "require": ["exp", "iss", "sub"],
    "verify_exp": False,  # by our own clock, below
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
}


class CredentialsRefusedError(Exception):
    """Credentials that were shown and are not good; the text is fit to show and holds nothing of them."""


@dataclass(frozen=True, slots=True)
class Forwarded:
    """Whom a gateway forwards for. Counts with a gateway's token only: without one anybody could write it."""

    user_id: str | None = None
    """`X-User-Id`"""
    roles: str | None = None
    """`X-User-Roles`, with commas."""


class Identity:
    """Without a public key, where `open_to_all`, everything is open to those who show nothing.

    `services` are the names of services by their tokens; those without a name are one service.
    """

    def __init__(
        self,
        public_key: str | None,
        services: Mapping[str, str],
        *,
        gateway_tokens: Sequence[str] = (),
        open_to_all: bool,
    ) -> None:
        self._public_key: Any = load_pem_public_key(public_key.encode()) if public_key else None
        self._services = [(token.encode(), _service(name)) for token, name in services.items()]
        self._gateways = [(token.encode(), NOBODY) for token in gateway_tokens]
        self._good: dict[str, _Good] = {}
        self._without = ANYBODY if open_to_all and public_key is None else NOBODY

    def caller(self, authorization: str | None, now: datetime, forwarded: Forwarded | None = None) -> Caller:
        """Raises CredentialsRefusedError: bad credentials are never taken for none."""
        if not authorization:
            return self._without
        scheme, _, token = authorization.strip().partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token or len(token) > MAX_CREDENTIALS:
            raise CredentialsRefusedError("Authorization is “Bearer” and a token")
        good = self._good.get(token)
        if good is not None and good.refusal(now) is None:
            return good.caller
        given = token.encode("utf-8", "surrogatepass")
        service = _whose(given, self._services)
        if service is None and _whose(given, self._gateways) is not None:
            return _forwarded(forwarded)
        return self._remembered(token, self._person(token, now) if service is None else _Good(service)).caller

    def _remembered(self, token: str, good: "_Good") -> "_Good":
        if len(self._good) >= MAX_GOOD:
            del self._good[next(iter(self._good))]
        self._good[token] = good
        return good

    def _person(self, token: str, now: datetime) -> "_Good":
        if self._public_key is None:
            raise CredentialsRefusedError(UNKNOWN)
        try:
            claims = jwt.decode(token, self._public_key, algorithms=[ALGORITHM], issuer=ISSUER, options=OPTIONS)
            user_id, expires_at = _user_id(claims["sub"]), _moment(claims["exp"])
            begins_at = _moment(claims["nbf"]) if "nbf" in claims else None
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, OSError) as error:
            raise CredentialsRefusedError(REASONS.get(type(error), UNKNOWN)) from None
        kind = Kind.ADMIN if ADMIN in _roles(claims) else Kind.USER
        good = _Good(Caller(kind, f"user:{user_id}", user_id, expires_at), begins_at)
        if (refusal := good.refusal(now)) is not None:
            raise CredentialsRefusedError(refusal)
        return good


class _Good(NamedTuple):
    caller: Caller
    begins_at: datetime | None = None

    def refusal(self, now: datetime) -> str | None:
        """Why the token is not good at this moment."""
        expires_at, begins_at = self.caller.expires_at, self.begins_at
        if expires_at is not None and expires_at <= now - LEEWAY:
            return "This token has expired"
        if begins_at is not None and begins_at > now + LEEWAY:
            return "This token is not valid yet"
        return None


def _whose(given: bytes, known: Sequence[tuple[bytes, Caller]]) -> Caller | None:
    """In the same time whichever it is, or none."""
    found = [caller for token, caller in known if hmac.compare_digest(token, given)]
    return found[0] if found else None


def _service(name: str) -> Caller:
    """The same whichever of its tokens it shows: what it has an idempotency key for outlives a token."""
    return Caller(Kind.SERVICE, f"service:{name}" if name else "service")


def _forwarded(forwarded: Forwarded | None) -> Caller:
    """The gateway never acts for itself: without a user it is nobody."""
    if forwarded is None or not forwarded.user_id:
        return NOBODY
    try:
        user_id = _user_id(forwarded.user_id)
    except ValueError:
        raise CredentialsRefusedError("X-User-Id is not a UUID") from None
    if len(forwarded.roles or "") > MAX_ROLES:
        raise CredentialsRefusedError(f"X-User-Roles is at most {MAX_ROLES} characters")
    roles = {role.strip() for role in (forwarded.roles or "").split(",")}
    kind = Kind.ADMIN if ADMIN in roles else Kind.USER
    return Caller(kind, f"user:{user_id}", user_id, vouched=True)


def _user_id(text: str) -> UUID:
    """Raises ValueError unless it is written as UUIDs are: to Python, signs and underscores are none of its digits."""
    found = UUID(text)
    if str(found) != text.lower():
        raise ValueError("not a UUID")
    return found


def _moment(seconds: Any) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _roles(claims: dict[str, Any]) -> list[str]:
    roles = claims.get("roles")
    return [role for role in roles if isinstance(role, str)] if isinstance(roles, list) else []

"""Who calls: a person by a token of mesaYA-auth, a service by one of ours, or nobody."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt

from resolvers.caller import ANYBODY, NOBODY, Caller, Kind

ALGORITHM = "RS256"
ISSUER = "mesaYA-auth"
LEEWAY = timedelta(seconds=5)
"""How far the clocks of mesaYA-auth and ours may be apart."""
MAX_CREDENTIALS = 8 * 1024
"""Characters of an Authorization header."""
ADMIN = "ADMIN"


class CredentialsRefusedError(Exception):
    """Credentials that were shown and are not good; the text is fit to show."""


class Identity:
    """Without a public key, in development, everything is open to those who show nothing."""

    def __init__(self, public_key: str | None, service_tokens: Sequence[str], *, open_to_all: bool) -> None:
        self._public_key = public_key
        self._service_tokens = [token.encode() for token in service_tokens]
        self._without = ANYBODY if open_to_all and public_key is None else NOBODY

    def caller(self, authorization: str | None, now: datetime) -> Caller:
        """Raises CredentialsRefusedError: bad credentials are never taken for none."""
        if not authorization:
            return self._without
        scheme, _, token = authorization.strip().partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token or len(token) > MAX_CREDENTIALS:
            raise CredentialsRefusedError("Authorization is “Bearer” and a token")
        return self._service(token) or self._person(token, now)

    def _service(self, token: str) -> Caller | None:
        given = token.encode("utf-8", "replace")
        matches = [hmac.compare_digest(known, given) for known in self._service_tokens]
        if not any(matches):
            return None
        return Caller(Kind.SERVICE, f"service:{hashlib.sha256(given).hexdigest()[:8]}")

    def _person(self, token: str, now: datetime) -> Caller:
        if self._public_key is None:
            raise CredentialsRefusedError("This token is not known here")
        try:
            claims = jwt.decode(
                token,
                self._public_key,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                options={"require": ["exp", "sub"], "verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
            user_id, expires_at = UUID(claims["sub"]), datetime.fromtimestamp(claims["exp"], UTC)
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError, OverflowError, OSError) as error:
            raise CredentialsRefusedError("This token is not valid") from error
        if expires_at + LEEWAY <= now:
            raise CredentialsRefusedError("This token has expired")
        kind = Kind.ADMIN if ADMIN in _roles(claims) else Kind.USER
        return Caller(kind, f"user:{user_id}", user_id, expires_at)


def _roles(claims: dict[str, Any]) -> list[str]:
    roles = claims.get("roles")
    return [role for role in roles if isinstance(role, str)] if isinstance(roles, list) else []

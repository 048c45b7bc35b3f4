"""A secret that opens one payment to its holder: an HMAC of the payment's id, so nothing has to be stored."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from uuid import UUID

PURPOSE = b"mesaya-payments client secret v1"


def client_secret(payment_id: UUID, keys: Sequence[bytes]) -> str:
    """Made with the first key."""
    return _made(payment_id, keys[0])


def opens(secret: str | None, payment_id: UUID, keys: Sequence[bytes]) -> bool:
    """Whether one of the keys made this secret for this payment; takes the same time for every wrong one."""
    if secret is None:
        return False
    given = secret.encode("utf-8", "replace")
    return any([hmac.compare_digest(_made(payment_id, key).encode(), given) for key in keys])


def _made(payment_id: UUID, key: bytes) -> str:
    derived = hmac.digest(key, PURPOSE, hashlib.sha256)
    proof = hmac.digest(derived, payment_id.bytes, hashlib.sha256)
    return f"pay_{payment_id.hex}_secret_{urlsafe_b64encode(proof).rstrip(b'=').decode()}"

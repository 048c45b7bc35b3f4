"""Secrets that open one payment to their holder: HMACs of the payment's id, so nothing has to be stored."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from enum import Enum
from functools import lru_cache
from uuid import UUID

MAX_DERIVED = 16
"""Keys that are remembered: one for each secret key and purpose."""


class Purpose(Enum):
    """Each has a key of its own: a secret made for one opens nothing of another."""

    CLIENT_SECRET = b"mesaya-payments client secret v1"
    RESULT_PAGE = b"mesaya-payments result page v1"


def client_secret(payment_id: UUID, keys: Sequence[bytes]) -> str:
    """Made with the first key."""
    return f"pay_{payment_id.hex}_secret_{proof(payment_id, keys, Purpose.CLIENT_SECRET)}"


def opens(secret: str | None, payment_id: UUID, keys: Sequence[bytes]) -> bool:
    """Whether one of the keys made this secret for this payment; takes the same time for every wrong one."""
    if secret is None:
        return False
    prefix = f"pay_{payment_id.hex}_secret_"
    if not secret.startswith(prefix):
        return False
    return proves(secret.removeprefix(prefix), payment_id, keys, Purpose.CLIENT_SECRET)


def proof(payment_id: UUID, keys: Sequence[bytes], purpose: Purpose) -> str:
    return _made(payment_id, keys[0], purpose)


def proves(given: str, payment_id: UUID, keys: Sequence[bytes], purpose: Purpose) -> bool:
    said = given.encode("utf-8", "replace")
    return any([hmac.compare_digest(_made(payment_id, key, purpose).encode(), said) for key in keys])  # noqa: C419 - all keys, always


def _made(payment_id: UUID, key: bytes, purpose: Purpose) -> str:
    made = hmac.digest(_derived(key, purpose), payment_id.bytes, hashlib.sha256)
    return urlsafe_b64encode(made).rstrip(b"=").decode()


@lru_cache(MAX_DERIVED)
def _derived(key: bytes, purpose: Purpose) -> bytes:
    return hmac.digest(key, purpose.value, hashlib.sha256)

"""The mock provider's signature: an HMAC over the time and the exact bytes, with keys derived for this alone."""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from hmac import compare_digest, digest

from providers.protocol import SignatureRefusedError

HEADER = "mock-signature"
TOLERANCE_SECONDS = 300

_PURPOSE = b"mesaya-payments mock provider webhook v1"
_FORM = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})")


def derived(secret_keys: Sequence[bytes]) -> tuple[bytes, ...]:
    """Keys good for nothing but these webhooks."""
    return tuple(digest(key, _PURPOSE, hashlib.sha256) for key in secret_keys)


def sign(key: bytes, body: bytes, now: datetime) -> str:
    timestamp = str(int(now.timestamp()))
    return f"t={timestamp},v1={_mac(key, timestamp, body)}"


def check(header: str | None, body: bytes, keys: Sequence[bytes], now: datetime) -> None:
    """Takes the same time for every wrong signature. Raises SignatureRefusedError, and nothing else."""
    match = _FORM.fullmatch(header or "")
    if match is None:
        raise SignatureRefusedError("no signature, or none of the form t=…,v1=…")
    timestamp, given = match.groups()
    if not any([compare_digest(_mac(key, timestamp, body), given) for key in keys]):  # noqa: C419 - all keys, always
        raise SignatureRefusedError("another key, or another body")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE_SECONDS:
        raise SignatureRefusedError("signed too long ago, or in the future")


def _mac(key: bytes, timestamp: str, body: bytes) -> str:
    return digest(key, f"{timestamp}.".encode() + body, hashlib.sha256).hex()

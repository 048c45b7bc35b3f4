"""Signing: both families of headers that partners' receivers verify, on every request."""

import base64
import binascii
import hmac
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from data.secret import PREFIX, Secret

MIN_KEY_BYTES = 16
"""A shorter key is not used for the Standard Webhooks header."""

STANDARD_ID = "webhook-id"
STANDARD_TIMESTAMP = "webhook-timestamp"
STANDARD_SIGNATURE = "webhook-signature"
OLDER_HEADERS = ("X-Webhook-Signature", "X-MesaYa-Signature")
"""As the payment service before this one sent it, and as mesaYA_Res sends it: the same value."""


def sign(secrets: Sequence[Secret], webhook_id: str, sent_at: datetime, body: bytes) -> dict[str, str]:
    """Headers over exactly these bytes.

    `secrets` begins with the one that counts now; a secret it has replaced may follow. The Standard Webhooks header
    carries a signature by each, save those that are no key there. The older header, of which receivers read one
    signature only, is by the first. Without any secret nothing is signed, and no header says otherwise.
    """
    timestamp = str(int(sent_at.timestamp()))
    headers = {STANDARD_ID: webhook_id, STANDARD_TIMESTAMP: timestamp}
    keys = [key for key in map(standard_key, secrets) if key]
    if keys:
        headers[STANDARD_SIGNATURE] = " ".join(
            f"v1,{base64.b64encode(standard_mac(key, webhook_id, timestamp, body)).decode()}" for key in keys
        )
    for name in OLDER_HEADERS if secrets else ():
        headers[name] = f"t={timestamp},v1={older_mac(secrets[0], timestamp, body).hex()}"
    return headers


def standard_key(secret: Secret) -> bytes | None:
    """The key as every Standard Webhooks library reads it: base64 after an optional `whsec_`, padded or not.

    A secret of 64 hex characters is base64 too, of 48 bytes, and the libraries take it as that.
    """
    text = secret.reveal().removeprefix(PREFIX).rstrip("=")
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) >= MIN_KEY_BYTES else None


def standard_mac(key: bytes, webhook_id: str, timestamp: str, body: bytes) -> bytes:
    return hmac.digest(key, f"{webhook_id}.{timestamp}.".encode() + body, sha256)


def older_mac(secret: Secret, timestamp: str, body: bytes) -> bytes:
    """The key is the secret's literal text."""
    return hmac.digest(secret.reveal().encode(), f"{timestamp}.".encode() + body, sha256)

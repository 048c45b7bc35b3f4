"""Tokens of mesaYA-auth for tests, and what a forger makes."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from identity import ISSUER

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
EXPIRES = NOW + timedelta(hours=1)
USER = UUID("0190a1b2-0000-7000-8000-000000000001")
KEY = rsa.generate_private_key(65537, 2048)
ANOTHER_KEY = rsa.generate_private_key(65537, 2048)
PEM = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
CLAIMS: dict[str, Any] = {"iss": ISSUER, "sub": str(USER), "exp": int(EXPIRES.timestamp()), "iat": 0}
HEADER = {"alg": "RS256", "typ": "JWT"}


def signed(without: str = "", **claims: Any) -> str:
    chosen = {name: value for name, value in {**CLAIMS, **claims}.items() if name != without}
    return by_hand(HEADER, chosen, sign)


def by_hand(header: Any, claims: Any, signature: Callable[[bytes], bytes]) -> str:
    """What a library would refuse to make."""
    return raw(json.dumps(header), json.dumps(claims), signature)


def raw(header: str, claims: str, signature: Callable[[bytes], bytes]) -> str:
    begin = f"{part(header.encode())}.{part(claims.encode())}"
    return f"{begin}.{part(signature(begin.encode()))}"


def part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def sign(message: bytes) -> bytes:
    return KEY.sign(message, padding.PKCS1v15(), SHA256())


def sign_with_another_key(message: bytes) -> bytes:
    return ANOTHER_KEY.sign(message, padding.PKCS1v15(), SHA256())


def sign_with_public_key(message: bytes) -> bytes:
    return hmac.digest(PEM.encode(), message, hashlib.sha256)


def nothing(_: bytes) -> bytes:
    return b""


def tampered() -> str:
    header, _, signature = signed().split(".")
    return f"{header}.{part(json.dumps({**CLAIMS, 'roles': ['ADMIN']}).encode())}.{signature}"

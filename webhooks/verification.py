"""Checking signatures as a receiver does: for the command line, for the tests and as a pattern for partners."""

import base64
import binascii
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hmac import compare_digest

from data.secret import Secret
from webhooks.signature import (
    OLDER_HEADERS,
    STANDARD_ID,
    STANDARD_SIGNATURE,
    STANDARD_TIMESTAMP,
    older_mac,
    standard_key,
    standard_mac,
)

TOLERANCE_SECONDS = 300
MAX_HEADER_CHARACTERS = 4096
MAC_BYTES = 32

_SECONDS = re.compile(r"[0-9]{1,12}")
_OLDER = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})(?:,v1=[0-9a-f]{64})*")


class Refusal(StrEnum):
    """Why a signature is not taken."""

    MISSING = "MISSING"
    """The request has no such header, or lacks one that belongs to it."""
    MALFORMED = "MALFORMED"
    TOO_OLD = "TOO_OLD"
    TOO_NEW = "TOO_NEW"
    NO_KEY = "NO_KEY"
    """The secret is not base64 of at least 16 bytes, which Standard Webhooks asks for."""
    WRONG = "WRONG"
    """Another secret, or another body."""


@dataclass(frozen=True, slots=True)
class Verdict:
    header: str
    refusal: Refusal | None
    """None: the signature holds."""


def verify(headers: Mapping[str, str], body: bytes, secrets: Sequence[Secret], now: datetime) -> list[Verdict]:
    """What each signature header is worth; names are compared without case. Whatever comes in, nothing raises."""
    given = {name.lower(): value for name, value in headers.items()}
    older = [Verdict(name, _older(given.get(name.lower()), body, secrets, now)) for name in OLDER_HEADERS]
    return [Verdict(STANDARD_SIGNATURE, _standard(given, body, secrets, now)), *older]


def holds(verdicts: Iterable[Verdict]) -> bool:
    """Whether at least one signature does."""
    return any(verdict.refusal is None for verdict in verdicts)


def _standard(given: Mapping[str, str], body: bytes, secrets: Sequence[Secret], now: datetime) -> Refusal | None:
    webhook_id, timestamp, signatures = map(given.get, (STANDARD_ID, STANDARD_TIMESTAMP, STANDARD_SIGNATURE))
    if not (webhook_id and timestamp and signatures):
        return Refusal.MISSING
    too_long = max(len(webhook_id), len(signatures)) > MAX_HEADER_CHARACTERS
    if too_long or not webhook_id.isascii() or not _SECONDS.fullmatch(timestamp):
        return Refusal.MALFORMED
    passed = _decoded(signatures)
    if not passed:
        return Refusal.MALFORMED
    keys = [key for key in map(standard_key, secrets) if key]
    if not keys:
        return Refusal.NO_KEY
    right = [standard_mac(key, webhook_id, timestamp, body) for key in keys]
    if not _any_equal(right, passed):
        return Refusal.WRONG
    return _window(int(timestamp), now)


def _decoded(signatures: str) -> list[bytes]:
    """The v1 signatures of the list; other versions are passed over, as the specification says."""
    found = []
    for entry in signatures.split(" "):
        version, _, text = entry.partition(",")
        if version != "v1":
            continue
        try:
            found.append(base64.b64decode(text, validate=True))
        except (binascii.Error, ValueError):
            return []
    return found if all(len(mac) == MAC_BYTES for mac in found) else []


def _older(value: str | None, body: bytes, secrets: Sequence[Secret], now: datetime) -> Refusal | None:
    if not value:
        return Refusal.MISSING
    match = None if len(value) > MAX_HEADER_CHARACTERS else _OLDER.fullmatch(value)
    if match is None:
        return Refusal.MALFORMED
    timestamp, first = match.groups()
    right = [older_mac(secret, timestamp, body) for secret in secrets]
    if not _any_equal(right, [bytes.fromhex(first)]):
        return Refusal.WRONG
    return _window(int(timestamp), now)


def _any_equal(right: Sequence[bytes], passed: Sequence[bytes]) -> bool:
    """In constant time: all are compared, whichever fits."""
    return sum(compare_digest(a, b) for a in right for b in passed) > 0


def _window(timestamp: int, now: datetime) -> Refusal | None:
    age = now.timestamp() - timestamp
    if age > TOLERANCE_SECONDS:
        return Refusal.TOO_OLD
    return Refusal.TOO_NEW if age < -TOLERANCE_SECONDS else None

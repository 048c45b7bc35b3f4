"""JSON as it comes and goes, and the two media types an answer may have (GraphQL over HTTP)."""

from functools import lru_cache
from typing import Any

import orjson

JSON_TYPE = "application/json"
GRAPHQL_TYPE = "application/graphql-response+json"
WHOLE = (GRAPHQL_TYPE, JSON_TYPE, "application/*", "*/*")
STREAMED = ("text/event-stream", "multipart/mixed")
MAX_ACCEPTED = 100
"""Headers that were read already; most clients send the same."""


def decode(text: str | bytes) -> Any:
    """Strict JSON: no NaN, no half of a surrogate pair, bounded nesting. Raises json.JSONDecodeError."""
    return orjson.loads(text)


def is_json(content_type: str) -> bool:
    """Whatever stands behind the media type, such as a charset."""
    return content_type.partition(";")[0].strip().lower() == JSON_TYPE


def encode(value: object) -> bytes:
    return orjson.dumps(value)


@lru_cache(MAX_ACCEPTED)
def prefers_graphql_type(accept: str) -> bool:
    """Whether the client takes the newer media type at least as gladly as plain JSON."""
    accepted = dict(_entry(part) for part in accept.split(","))
    newer = accepted.get(GRAPHQL_TYPE, 0.0)
    return newer > 0 and newer >= accepted.get(JSON_TYPE, 0.0)


@lru_cache(MAX_ACCEPTED)
def takes_json(accept: str) -> bool:
    """Whether one of the two media types is acceptable at all; no header accepts everything."""
    if not accept.strip():
        return True
    accepted = dict(_entry(part) for part in accept.split(","))
    return any(accepted.get(media, 0.0) > 0 for media in WHOLE)


@lru_cache(MAX_ACCEPTED)
def prefers_json(accept: str) -> bool:
    """Whether one answer is at least as welcome as a stream of them. urql accepts both for whatever it asks."""
    accepted = dict(_entry(part) for part in accept.split(","))
    whole = max(accepted.get(media, 0.0) for media in WHOLE)
    return takes_json(accept) and whole >= max(accepted.get(media, 0.0) for media in STREAMED)


def _entry(part: str) -> tuple[str, float]:
    media, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return media, float(parameter[2:])
            except ValueError:
                return media, 0.0
    return media, 1.0

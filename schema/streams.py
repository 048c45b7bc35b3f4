"""Subscriptions over plain HTTP: server-sent events with line feeds, which every client reads, and multipart."""

from collections.abc import Mapping
from typing import ClassVar

from strawberry.http.streaming import (
    HTTPStreamTransport,
    MultipartSubscriptionTransport,
    SSETransport,
)
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL, MULTIPART_SUBSCRIPTION_PROTOCOL


class EventStream(SSETransport):
    """urql and Hive Gateway choke on the CRLF that Strawberry sends."""

    def encode_event(self, event: str, data: str | None = None) -> str:
        return super().encode_event(event, data).replace("\r\n", "\n")

    def encode_comment(self, comment: str) -> str:
        return super().encode_comment(comment).replace("\r\n", "\n")


class Multipart(MultipartSubscriptionTransport):
    """Asked for with `Accept: multipart/mixed`; what else the client accepts does not matter."""

    protocol: ClassVar = "multipart-subscription"

    def accepts(self, accept: str) -> bool:
        return any(super(Multipart, self).accepts(part.strip()) for part in _parts(accept))


TRANSPORTS: Mapping[str, type[HTTPStreamTransport]] = {
    GRAPHQL_SSE_PROTOCOL: EventStream,
    MULTIPART_SUBSCRIPTION_PROTOCOL: Multipart,
}


def _parts(accept: str) -> list[str]:
    """Apollo writes `multipart/mixed;subscriptionSpec=1.0, application/json`."""
    return accept.split(",")

"""An HTTP request as it was saved: a request line if there is one, headers, an empty line, the body."""

from collections.abc import Mapping

MAX_HEAD_BYTES = 64 * 1024


class NoRequestError(ValueError):
    """There is no empty line between headers and body."""


def read_request(raw: bytes) -> tuple[Mapping[str, str], bytes]:
    """The body is taken byte for byte: what signs it is over these bytes. Raises NoRequestError."""
    ends = [(raw.find(mark, 0, MAX_HEAD_BYTES), len(mark)) for mark in (b"\r\n\r\n", b"\n\n")]
    found = [end for end in ends if end[0] >= 0]
    if not found:
        raise NoRequestError("No empty line between the headers and the body")
    at, length = min(found)
    headers = {}
    for line in raw[:at].decode("latin-1").splitlines():
        name, colon, value = line.partition(":")
        if colon and " " not in name:
            headers[name.strip().lower()] = value.strip()
    return headers, raw[at + length :]

"""A request whose head is the one before it on its connection, byte for byte, is not parsed: only its body is new.

What a parser says of the same bytes in the same state is the same. So it is only where a request was all that came, and
was all there, and nothing has come since.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from serving.straight import StraightConnection, UnderWay

MAX_KEPT = 4096
"""Bytes of a head that is kept: each connection may have one."""
END = b"\r\n\r\n"


class Head(NamedTuple):
    text: bytes
    size: int
    """Of the whole request, in bytes."""
    headers: Mapping[bytes, bytes]
    taken: Any
    """Of `Straight.takes`."""

    def begins(self, data: bytes) -> bool:
        """Whether `data` is a whole request with this head."""
        return len(data) == self.size and data.startswith(self.text)


class SameHeadConnection(StraightConnection):
    _last: Head | None = None
    """Of a request that was answered on the straight way."""

    def data_received(self, data: bytes) -> None:
        last = self._last
        if last is not None and last.begins(data) and self._answers_again(last, data):
            return
        rested, before, self._last = self._resting, self.cycle, None
        super().data_received(data)
        if rested and self.cycle is not before:
            self._last = self._head_of(data)

    def _answers_again(self, last: Head, data: bytes) -> bool:
        """Does nothing where it does not."""
        straight = self._straight
        if straight is None or not self._resting or self.flow.write_paused:
            return False
        taken = straight.takes_again(last.taken, last.headers)
        under_way = UnderWay(self, keep_alive=True)
        if not taken or not straight.answer(taken, last.headers, data[len(last.text) :], under_way):
            return False
        self._resting, self._deadline = False, None
        self.cycle = under_way  # type: ignore[assignment]
        return True

    def _head_of(self, data: bytes) -> Head | None:
        """Of the request that has just begun to be answered, where `data` was that and no more."""
        under_way: object = self.cycle
        if type(under_way) is not UnderWay:
            return None
        length = data.find(END) + len(END)
        headers = dict(self.headers)
        if length > MAX_KEPT or len(data) - length != int(headers.get(b"content-length", 0)):
            return None
        return Head(data[:length], len(data), headers, self._taken)

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
    _answered: tuple[Mapping[bytes, bytes], int] | None = None
    """The head of the one that was begun to be so by what has just come, and how long its body is."""

    def data_received(self, data: bytes) -> None:
        last = self._last
        if last is not None and last.begins(data) and self._answers_again(last, data):
            return
        rested, self._last, self._answered = self._resting, None, None
        super().data_received(data)
        if rested and self._answered is not None:
            self._last = self._head_of(data, *self._answered)

    def _answer(self, head: dict[bytes, bytes]) -> bool:
        length = self._length
        if not super()._answer(head):
            return False
        self._answered = head, length
        return True

    def _answers_again(self, last: Head, data: bytes) -> bool:
        """Does nothing where it does not."""
        straight, deadline = self._straight, self._deadline
        if straight is None or not self._resting or self.flow.write_paused:
            return False
        taken = straight.takes_again(last.taken, last.headers)
        under_way = UnderWay(self, keep_alive=True)
        self._resting, self._deadline = False, None
        if not taken or not straight.answer(taken, last.headers, data[len(last.text) :], under_way):
            self._resting, self._deadline = True, deadline
            return False
        self.cycle = under_way  # type: ignore[assignment]
        return True

    def _head_of(self, data: bytes, headers: Mapping[bytes, bytes], body: int) -> Head | None:
        """Where `data` is that request and no more."""
        length = len(data) - body
        if length > MAX_KEPT or data.find(END) + len(END) != length:
            return None
        return Head(data[:length], len(data), headers, self._taken)

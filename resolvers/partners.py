"""Reading partners, from whichever source they come: for ADMIN and services."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from data.partners import Partner, PartnerPosition, PartnerStatus
from resolvers.caller import Caller
from resolvers.runtime import Runtime
from resolvers.visible import require_operator
from webhooks import directory


@dataclass(frozen=True, slots=True)
class PartnerPage:
    partners: list[Partner]
    stale: bool
    """Their source is away, and these are the last known."""


async def load_partners(runtime: Runtime, caller: Caller, ids: Sequence[UUID]) -> list[Partner | None]:
    """In the order asked for. Raises NotSignedInError and ForbiddenError."""
    require_operator(caller)
    if runtime.webhooks is None:
        return [None] * len(ids)
    return await directory.by_ids(runtime.webhooks.directory, ids)


async def page(
    runtime: Runtime,
    caller: Caller,
    event: str | None,
    status: PartnerStatus | None,
    limit: int,
    after: PartnerPosition | None,
) -> PartnerPage:
    """Newest first. Raises NotSignedInError and ForbiddenError."""
    require_operator(caller)
    if runtime.webhooks is None:
        return PartnerPage([], stale=False)
    snapshot = await runtime.webhooks.directory.now()
    return PartnerPage(directory.page(snapshot, event, status, limit, after), snapshot.stale)

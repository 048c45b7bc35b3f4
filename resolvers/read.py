"""Reading payments, each as its caller may see it: that is decided before anything is loaded."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar
from uuid import UUID

from data import payments
from data.payment import Payment
from data.shown_payment import Names, Shown
from data.shown_payments import Filters, Page
from resolvers.caller import Caller
from resolvers.runtime import Runtime
from resolvers.visible import sight_of, sight_of_one, sight_without_secret

Made = TypeVar("Made")


async def find(runtime: Runtime, caller: Caller, payment_id: UUID, secret: str | None) -> Payment | None:
    """All of it. None where there is none, or none that the caller may see: the two look alike."""
    sight = sight_of_one(runtime, caller, payment_id, secret)
    if sight is None:
        return None
    return (await payments.by_ids(runtime.database.reads, [payment_id], sight.user_id)).get(payment_id)


def payment(
    runtime: Runtime,
    caller: Caller,
    payment_id: UUID,
    secret: str | None,
    names: Names,
    make: Callable[[Shown], Made],
    asker: object,
) -> Awaitable[Made | None] | None:
    """What is made of what is shown of it, None as by `find`; in one statement with others that are asked for now.

    What one `asker` asks for in a row stays in one.
    """
    sight = sight_of_one(runtime, caller, payment_id, secret)
    if sight is None:
        return None
    return runtime.database.joint.by_id.get((sight.user_id, names), str(payment_id), make, asker)


def payments_by_id(
    runtime: Runtime, caller: Caller, ids: Sequence[UUID], names: Names, make: Callable[[Shown], Made]
) -> Awaitable[list[Made | None]] | None:
    """As `payment` without a secret, of each id, all in one statement. None: the caller sees none."""
    sight = sight_without_secret(caller)
    if sight is None:
        return None
    return runtime.database.joint.by_id.get_all((sight.user_id, names), [str(id_) for id_ in ids], make)


def page_of_reservation(
    runtime: Runtime,
    caller: Caller,
    reservation_id: UUID,
    page: Page,
    names: Names,
    make: Callable[[list[Shown]], Made],
    asker: object,
) -> Awaitable[Made | None]:
    """What is made of a page of its payments, in one statement with others as by `payment`. Raises NotSignedInError."""
    group = (sight_of(caller).user_id, page, names)
    return runtime.database.joint.of_reservation.get(group, str(reservation_id), make, asker)


def page(
    runtime: Runtime, caller: Caller, filters: Filters, page: Page, names: Names, make: Callable[[list[Shown]], Made]
) -> Awaitable[Made | None]:
    """As `page_of_reservation`; whoever asks for the very same page has it of the same statement."""
    group = (sight_of(caller).user_id, filters, page, names)
    return runtime.database.joint.page.get(group, None, make, None)

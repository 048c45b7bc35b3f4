"""Two who did not say for whom they buy may be two: in production each gets a checkout of their own."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from resolvers.answers import CheckoutSuccess
from resolvers.checkout import checkout
from resolvers.checkout_input import CheckoutRequest
from tests.resolvers.world import RESERVATION, SERVICE, World

OF_NOBODY = CheckoutRequest(Decimal(25), "USD", reservation_id=RESERVATION)
OF_SOMEBODY = replace(OF_NOBODY, user_id=UUID(int=7))
WITH_KEY = replace(OF_NOBODY, idempotency_key="chosen")


@pytest.mark.parametrize(
    ("request_", "reuses", "same"),
    [
        (OF_NOBODY, True, True),
        (OF_NOBODY, False, False),
        (OF_SOMEBODY, True, True),
        (OF_SOMEBODY, False, True),
        (WITH_KEY, False, True),
    ],
)
async def test_an_equal_checkout(world: World, request_: CheckoutRequest, reuses: bool, same: bool) -> None:
    runtime = replace(world.runtime, rules=replace(world.runtime.rules, reuse_without_user=reuses))
    first, again = [await checkout(runtime, SERVICE, request_) for _ in range(2)]
    assert isinstance(first, CheckoutSuccess) and isinstance(again, CheckoutSuccess)
    assert (first.payment.id == again.payment.id, again.created) == (same, not same)

"""A payment made with another provider than today's is not asked about, closed or failed: nobody here knows it."""

import pytest

from tests.api.client import CANCEL, VERIFY, Api
from tests.conftest import run


@pytest.mark.parametrize("operation", [VERIFY, CANCEL])
async def test_is_left_as_it_is(api: Api, database_url: str, operation: str) -> None:
    payment_id = (await api.opened())["payment"]["id"]
    await run(database_url, f"UPDATE mesaya_payments.records SET provider = 'stripe' WHERE payment_id = '{payment_id}'")
    answer = await api.ask(operation, id=payment_id)
    assert answer["__typename"] == "ProviderUnavailableError"
    payment = await api.payment(payment_id)
    assert (payment["status"], len(payment["events"]["nodes"])) == ("PENDING", 1)

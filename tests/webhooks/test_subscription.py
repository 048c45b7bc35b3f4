"""What partners wrote in their list of events over the years."""

import pytest

from data.partners import events_of
from webhooks.event import EventType
from webhooks.subscription import subscribed


@pytest.mark.parametrize(
    ("events", "event_type", "wanted"),
    [
        ("payment.succeeded", EventType.SUCCEEDED, True),
        ("payment.succeeded", EventType.FAILED, False),
        ("payment.succeeded,payment.refunded", EventType.REFUNDED, True),
        (" Payment.Succeeded , PAYMENT.REFUNDED ", EventType.REFUNDED, True),
        ("payment.completed", EventType.SUCCEEDED, True),
        ("payment.success", EventType.SUCCEEDED, True),
        ("Payment.Success", EventType.SUCCEEDED, True),
        ("payment.initiated", EventType.CREATED, True),
        ("payment.created", EventType.CREATED, True),
        ("payment.*", EventType.CANCELED, True),
        ("PAYMENT.*", EventType.CANCELED, True),
        ("*", EventType.PROCESSING, True),
        (" * ", EventType.PROCESSING, True),
        ("reservation.*", EventType.SUCCEEDED, False),
        ("payment.succ*", EventType.SUCCEEDED, False),
        ("payment", EventType.SUCCEEDED, False),
        ("pay.*", EventType.SUCCEEDED, False),
        ("", EventType.SUCCEEDED, False),
        (",,", EventType.SUCCEEDED, False),
        (["payment.succeeded"], EventType.SUCCEEDED, True),
        (["reservation.created", "payment.*"], EventType.FAILED, True),
        ([], EventType.FAILED, False),
        (None, EventType.FAILED, False),
        ([1, None, "payment.failed"], EventType.FAILED, True),
        ({"payment.failed": True}, EventType.FAILED, False),
    ],
)
def test_subscribed(events: object, event_type: EventType, wanted: bool) -> None:
    assert subscribed(events_of(events), event_type) is wanted


@pytest.mark.parametrize("asked", ["payment.success", " Payment.Completed", "payment.succeeded"])
def test_an_event_may_be_asked_for_by_an_older_name(asked: str) -> None:
    assert subscribed(["payment.succeeded"], asked)

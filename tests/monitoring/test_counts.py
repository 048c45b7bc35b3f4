"""What cannot be counted does not keep from counting the rest, and does not pass for new."""

from datetime import UTC, datetime, timedelta

from data.delivery_census import DeliveryCensus
from data.due import Unknown
from monitoring.counts import COUNT_AGE
from monitoring.metrics import Metrics

BEGAN = datetime(2026, 1, 31, 12, tzinfo=UTC)


async def test_payments_that_cannot_be_counted() -> None:
    asked: list[datetime] = []
    now = BEGAN

    async def payments() -> dict[str, int]:
        asked.append(now)
        if now > BEGAN:
            raise TimeoutError
        return {"SUCCEEDED": 3}

    async def waiting() -> tuple[Unknown, DeliveryCensus]:
        return Unknown(len(asked), BEGAN), DeliveryCensus({"PENDING": 0, "HELD": 0, "FAILED": 0}, None)

    async def shown() -> dict[str, float]:
        lines = (await metrics.exposition(lambda: now)).decode().splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    metrics = Metrics(payments, waiting, lambda: 0)
    assert (await shown())['mesaya_count_age_seconds{of="payments"}'] == 0
    now = BEGAN + COUNT_AGE - timedelta(seconds=1)
    assert (await shown())['mesaya_count_age_seconds{of="payments"}'] == 14
    now += timedelta(seconds=1)
    later = await shown()
    assert asked == [BEGAN, now], "not more often than that"
    assert later['mesaya_payments{status="SUCCEEDED"}'] == 3
    assert later['mesaya_count_age_seconds{of="payments"}'] == 15
    assert later['mesaya_count_age_seconds{of="waiting"}'] == 0
    assert (later["mesaya_unknown_outcomes"], later["mesaya_unknown_outcome_age_seconds"]) == (1, 15)

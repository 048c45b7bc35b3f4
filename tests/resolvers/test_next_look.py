"""The reconciler's pace: within 15 s at first, then slower, daily with an alarm after a week, never given up."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from data.payment import AMOUNT_MISMATCH
from data.status import Status
from providers.protocol import CheckoutState, ProviderSilentError, Truth
from resolvers.next_look import DAILY, FIRST_LOOK, LONGEST_PAUSE, OVERDUE_AFTER, next_look, pause
from resolvers.reconcile import PACE_SECONDS, round_of
from tests.resolvers.payments import NOW, payment
from tests.resolvers.world import World

WITHIN = timedelta(seconds=15)
ages = st.timedeltas(timedelta(0), timedelta(days=60))


def test_the_first_look_is_within_fifteen_seconds() -> None:
    assert FIRST_LOOK + timedelta(seconds=PACE_SECONDS) < WITHIN


@given(ages, ages)
def test_the_older_the_slower(one: timedelta, other: timedelta) -> None:
    younger, older = sorted((pause(NOW, NOW + one), pause(NOW, NOW + other)))
    assert FIRST_LOOK <= younger <= older <= DAILY
    assert (pause(NOW, NOW + one) == DAILY) is (one >= OVERDUE_AFTER)
    assert one >= OVERDUE_AFTER or pause(NOW, NOW + one) <= LONGEST_PAUSE


@given(st.sampled_from([Status.PENDING, Status.PROCESSING]), ages, st.booleans())
def test_what_is_open_is_never_given_up(status: Status, age: timedelta, unknown: bool) -> None:
    now = NOW + age
    due = next_look(replace(payment(status), unknown_since=NOW if unknown else None), None, now)
    assert due is not None and now < due <= now + DAILY


@pytest.mark.parametrize("status", [Status.SUCCEEDED, Status.FAILED, Status.CANCELED, Status.REFUNDED])
def test_what_is_over_is_left_alone_but_for_a_refund_under_way(status: Status) -> None:
    assert next_look(payment(status), None, NOW) is None
    assert next_look(payment(status), NOW, NOW) == NOW + FIRST_LOOK


def test_another_amount_waits_for_a_person() -> None:
    assert next_look(replace(payment(Status.PROCESSING), failure_code=AMOUNT_MISMATCH), None, NOW) is None


async def looks_until(world: World, end: datetime) -> list[datetime]:
    """When the provider was asked: each time at the moment it was due."""
    looked: list[datetime] = []
    while True:
        (row,) = await world.sql("SELECT next_check_at FROM mesaya_payments.records")
        if row.next_check_at > end:
            return looked
        world.clock.now = row.next_check_at
        await round_of(world.runtime)
        looked.append(world.clock.now)


async def test_a_silent_provider_is_asked_for_ever_and_an_operator_told_after_a_week(world: World) -> None:
    made = await world.checkout()
    world.provider.script("fetch", *[ProviderSilentError("silent")] * 1000)
    world.provider.script("close_checkout", *[ProviderSilentError("silent")] * 1000)
    with capture_logs() as early:
        looked = await looks_until(world, made.created_at + OVERDUE_AFTER)
    with capture_logs() as late:
        afterwards = await looks_until(world, made.created_at + OVERDUE_AFTER + timedelta(days=4))
    assert looked[0] - made.created_at <= WITHIN
    assert [entry for entry in early if entry["log_level"] == "error"] == []
    assert len(afterwards) >= 3 and {entry["log_level"] for entry in late} == {"error"}
    assert (await world.payment(made.id)).status is Status.PENDING


async def test_a_payment_without_an_end_after_a_week_is_an_alarm_though_the_provider_answers(world: World) -> None:
    made = await world.checkout()
    world.provider.of(made.id).truth = Truth(CheckoutState.PROCESSING)
    with capture_logs() as logs:
        await looks_until(world, made.created_at + OVERDUE_AFTER + timedelta(days=2))
    alarms = [entry for entry in logs if entry["log_level"] == "error"]
    assert alarms and {entry["event"] for entry in alarms} == {"payment is not settled"}
    assert (await world.payment(made.id)).status is Status.PROCESSING

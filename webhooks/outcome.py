"""What an attempt makes of a delivery: pure, and with it the end of a subscriber that fails for too long."""

from datetime import datetime, timedelta
from random import Random

from data.attempt import Attempt
from data.attempts import Outcome
from data.delivery import Delivery, DeliveryState
from data.partner_health import Stop
from webhooks.schedule import next_wait
from webhooks.sending import PATIENCE, PROBE
from webhooks.subscriber import Subscriber

GONE = 410
ANSWERED_GONE = "The partner's server answered 410 Gone"


def stop_of(subscriber: Subscriber, attempt: Attempt, failing_since: datetime | None, scale: float) -> Stop | None:
    """Whether nothing more is sent for now: 410 at once, until a replay or another URL; else after days of failing."""
    if attempt.response_status == GONE and not subscriber.is_n8n:
        return Stop(subscriber.id, ANSWERED_GONE, subscriber.url, None)
    if failing_since is None or attempt.started_at - failing_since < PATIENCE * scale:
        return None
    because = f"Nothing but failures since {failing_since.isoformat(timespec='seconds')}"
    return Stop(subscriber.id, because, subscriber.url, PROBE * scale)


def outcome_of(delivery: Delivery, attempt: Attempt, kept_back: str | None, random: Random, scale: float) -> Outcome:
    """`kept_back` is why its subscriber's deliveries are held, if they are."""
    if attempt.error is None:
        return Outcome(delivery, attempt, DeliveryState.DELIVERED)
    if kept_back is not None:
        return Outcome(delivery, attempt, DeliveryState.HELD, held_because=kept_back)
    wait = next_wait(delivery.tried + 1, attempt, random, scale)
    if wait is None:
        return Outcome(delivery, attempt, DeliveryState.FAILED)
    return Outcome(delivery, attempt, DeliveryState.PENDING, wait=max(wait, timedelta(0)))

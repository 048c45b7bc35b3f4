"""docs/stripe.md says what is so."""

import re
from pathlib import Path

from providers.stripe_order import LONGEST, MARGIN, SHORTEST
from providers.stripe_webhooks import EVENTS
from settings import Settings

DOCUMENT = (Path(__file__).parents[2] / "docs/stripe.md").read_text()


def test_the_events_are_the_ones_we_take() -> None:
    assert set(re.findall(r"\b(?:checkout|charge|refund)\.[a-z_.]+\b", DOCUMENT)) == EVENTS


def test_the_settings_exist() -> None:
    named = {name.lower() for name in re.findall(r"\b(?:STRIPE|PAYMENT)_[A-Z_]+\b", DOCUMENT)}
    assert named and named <= Settings.model_fields.keys()


def test_the_bounds_are_ours() -> None:
    assert f"{int((2 * SHORTEST + MARGIN).total_seconds() // 60)} minutes" in DOCUMENT
    minutes = int((LONGEST - MARGIN).total_seconds() // 60)
    assert f"{minutes // 60} h {minutes % 60} min" in DOCUMENT

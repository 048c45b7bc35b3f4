"""The provider that the settings ask for."""

from random import Random

import httpx
import structlog

from data.clock import Clock
from data.database import Database
from providers.mock import MockProvider
from providers.protocol import ProviderError
from providers.stripe import StripeProvider
from providers.stripe_errors import KeyRefusedError
from settings import Settings, SettingsError

log = structlog.get_logger()


def assemble(
    settings: Settings, database: Database, clock: Clock, random: Random, http: httpx.AsyncClient
) -> MockProvider | StripeProvider:
    if settings.payment_provider == "stripe":
        return stripe_of(settings, clock)
    keys = tuple(key.get_secret_value().encode() for key in settings.secret_key)
    return MockProvider(database, clock, random, settings.public_url, keys, http)


def stripe_of(settings: Settings, clock: Clock) -> StripeProvider:
    """The settings have its key, or they were refused."""
    assert settings.stripe_secret_key is not None
    secrets = [secret.get_secret_value() for secret in settings.stripe_webhook_secret]
    return StripeProvider(settings.stripe_secret_key.get_secret_value(), secrets, clock, settings.stripe_api_base)


async def check_key(settings: Settings, clock: Clock) -> None:
    """Raises SettingsError for a key that Stripe refuses; that Stripe is away now ends no start."""
    if settings.payment_provider != "stripe":
        return
    stripe = stripe_of(settings, clock)
    try:
        await stripe.check()
    except KeyRefusedError as error:
        raise SettingsError(str(error)) from None
    except ProviderError as error:
        log.warning("STRIPE_SECRET_KEY could not be checked", because=str(error))
    finally:
        await stripe.aclose()

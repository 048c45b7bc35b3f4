"""The senders' parts, put together from the settings: for the service, and for `python -m webhooks`."""

from random import Random

import httpx

from data.clock import Clock
from data.database import Database, plain_dsn
from data.identifiers import uuid7
from settings import Settings, SettingsError
from webhooks.directory import DatabaseDirectory, Directory
from webhooks.gateway_directory import GatewayDirectory, SecretsFileError
from webhooks.owe import Webhooks
from webhooks.retention import retention_of
from webhooks.sending import Sending
from webhooks.target import TargetRules


def assemble(
    settings: Settings,
    database: Database,
    database_url: str,
    gateway: httpx.AsyncClient,
    clock: Clock,
    random: Random,
) -> Sending:
    """`gateway` is a client of mesaYA_Res, which the caller closes. Raises SettingsError."""
    directory: Directory = DatabaseDirectory(database)
    if settings.partners_source == "gateway":
        try:
            directory = GatewayDirectory(gateway, clock, settings.partner_secrets_file)
        except SecretsFileError as error:
            raise SettingsError(f"PARTNER_SECRETS_FILE: {error}") from None
    return Sending(
        database,
        plain_dsn(database_url),
        Webhooks(directory, lambda: uuid7(clock(), random), settings.n8n_webhook_url),
        TargetRules(https_only=settings.production, allowed_networks=settings.webhook_allowed_networks),
        clock,
        random,
        scale=settings.webhook_schedule_scale,
        retention=retention_of(settings.delivery_retention_days),
    )

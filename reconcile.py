"""`python reconcile.py SINCE [--json] [--apply]`: our payments beside Stripe's sessions, charges and refunds.

Ends with 1 where something differs and was not put right.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from random import SystemRandom

from data.clock import instant, system_clock
from data.database import opened, plain_dsn
from data.feed import Feed
from monitoring.logs import configure_logs
from providers.assembly import stripe_of
from providers.protocol import ProviderError
from resolvers.compare import apply_differences, compare
from resolvers.differences import Difference
from resolvers.runtime import Rules, Runtime
from settings import Settings, SettingsError, load_settings
from webhooks.assembly import assemble
from webhooks.connections import client

COLUMNS = ("kind", "payment", "at Stripe", "ours", "theirs", "")


def main() -> None:
    asked = arguments(sys.argv[1:])
    try:
        left = asyncio.run(run(load_settings(), asked))
    except (SettingsError, ProviderError) as error:
        sys.exit(str(error))
    sys.exit(1 if left else 0)


def arguments(given: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="reconcile.py", description="What differs between our payments and Stripe's.")
    parser.add_argument("since", type=instant, help="such as 2026-01-31 or 2026-01-31T12:00:00Z; UTC")
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")
    parser.add_argument("--apply", action="store_true", help="take Stripe's word wherever that puts it right")
    return parser.parse_args(given)


async def run(settings: Settings, asked: argparse.Namespace) -> list[Difference]:
    """What is left. Raises SettingsError and ProviderError."""
    if settings.payment_provider != "stripe":
        raise SettingsError("PAYMENT_PROVIDER is not stripe: there is nothing to compare with")
    if settings.database_url is None:
        raise SettingsError("DATABASE_URL is missing")
    configure_logs(for_people=not settings.production)
    url = settings.database_url.get_secret_value()
    provider, random = stripe_of(settings, system_clock), SystemRandom()
    try:
        async with opened(url) as database, client(settings.mesa_ya_res_url or "") as gateway:
            webhooks = assemble(settings, database, url, gateway, system_clock, random).webhooks
            rules = Rules(settings.public_url, (), settings.redirects)
            runtime = Runtime(database, provider, Feed(plain_dsn(url)), system_clock, random, rules, webhooks)
            found = await compare(runtime, provider, asked.since)
            print(as_json(found) if asked.json else as_table(found))
            return await apply_differences(runtime, found) if asked.apply else found
    finally:
        await provider.aclose()


def as_json(found: Sequence[Difference]) -> str:
    return json.dumps([asdict(each) for each in found], default=str, indent=2)


def as_table(found: Sequence[Difference]) -> str:
    if not found:
        return "Nothing differs."
    rows = [COLUMNS, *map(_row, found)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def _row(each: Difference) -> tuple[str, ...]:
    what = "--apply puts it right" if each.can_apply else "look yourself"
    return (each.kind, str(each.payment_id or ""), each.provider_payment_id or "", each.ours, each.theirs, what)


if __name__ == "__main__":
    main()

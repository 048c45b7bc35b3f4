"""The service, put together: `python app.py` runs it, `create(settings)` is the ASGI application."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from random import SystemRandom

import uvloop
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from data import due
from data.clock import system_clock
from data.database import Database, plain_dsn
from data.delivery_census import DeliveryCensus, delivery_census
from data.demonstration import seed_partner
from data.due import Unknown
from data.feed import Feed
from data.migrate import migrate
from data.migrations.shared_tables import UnknownShapeError
from endpoints.health import health_routes
from endpoints.provider_webhook import provider_webhook_route
from endpoints.texts import metrics_route, schema_route
from identity import CredentialsRefusedError, Forwarded, Identity
from monitoring.logs import configure_logs
from monitoring.metrics import Metrics
from monitoring.request_log import request_ids
from monitoring.requests import Requests, went_wrong
from pages.checkout import checkout_routes
from pages.result import result_route
from playground.page import playground_routes, to_page, wants_page
from providers.assembly import assemble as assemble_provider
from providers.assembly import check_key
from providers.mock import MockProvider
from resolvers import reconcile
from resolvers.caller import NETWORK, Caller
from resolvers.refusals import NotSignedInError
from resolvers.runtime import Rules, Runtime
from rest.routes import rest_routes
from rest.stored import Stored
from schema.context import Context
from schema.credentials import credentials
from schema.endpoint import MAX_BODY_BYTES, Endpoint
from schema.known_operations import KnownOperations
from schema.persisted import ManifestError, Persisted, read_manifest
from schema.schema import Openness, QuietSchema, build_schema, sdl
from schema.sockets import PATH, Sockets
from serving.known_requests import KnownRequests
from serving.server import serve_app
from settings import Settings, SettingsError, load_settings
from webhooks import worker
from webhooks.assembly import assemble as assemble_webhooks
from webhooks.connections import client
from webhooks.schema_route import route as webhook_schemas

CORS_HEADERS = ("Authorization", "Content-Type", "X-Request-Id", "traceparent", "tracestate", "Idempotency-Key")


class Service:
    """Everything one process works with."""

    def __init__(self, settings: Settings, database_url: str) -> None:
        self.settings = settings
        self.clock = system_clock
        self.random = SystemRandom()
        self.database = Database(database_url)
        self.feed = Feed(plain_dsn(database_url))
        self.http, self.mesa_ya_res = client(), client(settings.mesa_ya_res_url or "")
        self.sending = assemble_webhooks(
            settings, self.database, database_url, self.mesa_ya_res, self.clock, self.random
        )
        keys = tuple(key.get_secret_value().encode() for key in settings.secret_key)
        self.provider = assemble_provider(settings, self.database, self.clock, self.random, self.http)
        self.runtime = Runtime(
            self.database,
            self.provider,
            self.feed,
            self.clock,
            self.random,
            Rules(
                public_url=settings.public_url,
                secret_keys=keys,
                redirect_origins=settings.redirects,
                success_url=settings.success_url,
                cancel_url=settings.cancel_url,
                user_checkout=settings.allow_user_checkout,
                reuse_without_user=not settings.production,
                delivery_retention=self.sending.retention,
            ),
            self.sending.webhooks,
        )
        self.identity = Identity(
            settings.jwt_public_key,
            settings.services,
            gateway_tokens=[token.get_secret_value() for token in settings.gateway_tokens],
            open_to_all=not settings.production,
        )
        self.persisted = persisted(settings)
        self.metrics = Metrics(self._payments, self._waiting, lambda: self.feed.watching)
        self.database.time_statements(self.metrics.time_statement)
        self.sending = replace(self.sending, told=self.metrics.count_attempt)

    def context(self, scope: Scope, request_id: str) -> Context:
        return Context(self.runtime, request_id, scope, self.metrics.count_error)

    def caller(self, shown: Mapping[str, str]) -> Caller:
        user, roles = shown.get("x-user-id"), shown.get("x-user-roles")
        forwarded = None if user is None and roles is None else Forwarded(user, roles)
        try:
            return self.identity.caller(shown.get("authorization"), self.clock(), forwarded)
        except CredentialsRefusedError as refused:
            raise NotSignedInError(str(refused)) from refused

    def caller_of(self, request: Request) -> Caller:
        return self.caller(credentials(request))

    def caller_by_rest(self, request: Request) -> Caller:
        """Today's gateway shows nothing, and is believed where the operator says that only it can get here."""
        shown = credentials(request)
        return NETWORK if self.settings.rest_trust_network and "authorization" not in shown else self.caller(shown)

    async def metrics_text(self) -> bytes:
        return await self.metrics.exposition(self.clock)

    async def close(self) -> None:
        await self.provider.aclose()
        await self.http.aclose()
        await self.mesa_ya_res.aclose()
        await self.database.close()

    async def _payments(self) -> dict[str, int]:
        async with self.database.transaction() as connection:
            return await due.count_by_status(connection)

    async def _waiting(self) -> tuple[Unknown, DeliveryCensus]:
        async with self.database.transaction() as connection:
            return await due.count_unknown(connection), await delivery_census(connection)


def persisted(settings: Settings) -> Persisted:
    """Raises SettingsError."""
    if settings.persisted_manifest is None:
        return Persisted()
    try:
        return Persisted(read_manifest(settings.persisted_manifest), only=settings.persisted_only)
    except ManifestError as error:
        raise SettingsError(f"PERSISTED_MANIFEST {error}") from None


def create(settings: Settings, database_url: str) -> ASGIApp:
    """The ASGI application over a migrated database."""
    service = Service(settings, database_url)
    openness = Openness(settings.introspection, settings.suggestions, service=not settings.production)
    schema = build_schema(openness)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(service.close)
            async with background(service):
                yield

    cors = Middleware(
        CORSMiddleware,
        allow_origins=settings.allowed_origins,
        allow_methods=["GET", "POST"],
        allow_headers=CORS_HEADERS,
        expose_headers=["X-Request-Id"],
    )
    endpoint = Endpoint(schema, service.context, service.caller, settings.allowed_origins, service.persisted)
    app = Starlette(
        routes=routes(service, schema, endpoint),
        middleware=[cors],
        exception_handlers={Exception: went_wrong},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False  # it would believe the Host header
    known = KnownOperations(schema, service.context, service.caller, service.persisted, limit=MAX_BODY_BYTES)
    new_id = request_ids(service.random)
    straight = KnownRequests(known, service.metrics, new_id)
    return Requests(Sockets(app, endpoint), service.metrics, new_id, straight=straight)


def routes(service: Service, schema: QuietSchema, endpoint: Endpoint) -> list[BaseRoute]:
    settings = service.settings
    found: list[BaseRoute] = [
        Route(PATH, Front(endpoint) if settings.graphiql else endpoint),
        *health_routes(service.database, service.provider.name),
        metrics_route(service.metrics_text, service.caller_of),
        *provider_routes(service),
        result_route(service.runtime),
        webhook_schemas,
    ]
    if settings.rest_api:
        found += rest_routes(Stored(schema, service.context), service.caller_by_rest)
    if settings.schema_document:
        found.append(schema_route(sdl()))
    if settings.graphiql:
        found += playground_routes()
    return found


def provider_routes(service: Service) -> list[BaseRoute]:
    """Where the provider reports, and for the mock one, where its payers pay."""
    provider, path = service.provider, f"/webhooks/{service.provider.name}"
    reports: list[BaseRoute] = [provider_webhook_route(service.runtime, path)]
    if isinstance(provider, MockProvider):
        return [*reports, *checkout_routes(provider)]
    return [*reports, provider_webhook_route(service.runtime, f"/api{path}")]


class Front:
    """Whoever opens the GraphQL endpoint in a browser is led to GraphiQL."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        answer: ASGIApp = await to_page(request) if wants_page(request) else self.endpoint
        await answer(scope, receive, send)


@asynccontextmanager
async def background(service: Service) -> AsyncIterator[None]:
    """What runs beside the requests, ended with them."""
    running = [asyncio.create_task(service.feed.run(), name="feed")]
    if service.settings.reconciler:
        running.append(asyncio.create_task(reconcile.run(service.runtime), name="reconciler"))
    running.append(asyncio.create_task(service.sending.webhooks.directory.run(), name="partners"))
    if service.settings.webhook_workers:
        senders = worker.run(service.sending, service.settings.webhook_workers)
        running.append(asyncio.create_task(senders, name="senders"))
    try:
        yield
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def serve(settings: Settings, database_url: str, *, seed: bool = False) -> None:
    """`seed`: with a partner to begin with, where there is none. Raises SettingsError."""
    await check_key(settings, system_clock)
    await migrate(database_url)
    if seed:
        await seed_partner(database_url)
    await serve_app(create(settings, database_url), settings)


def main() -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # both end us in the same way, at any moment
    try:
        run(load_settings())
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    except (SettingsError, UnknownShapeError) as error:
        sys.exit(str(error))


def run(settings: Settings) -> None:
    configure_logs(for_people=not settings.production)
    if settings.database_url is not None:
        uvloop.run(serve(settings, settings.database_url.get_secret_value()))
        return
    from data.embedded import EmbeddedPostgres  # which the image does not contain

    try:
        postgres = EmbeddedPostgres(settings.data_dir / "postgres")
    except OSError as error:
        raise SettingsError(f"DATA_DIR: {settings.data_dir} cannot be used ({error.strerror})") from None
    try:
        uvloop.run(serve(settings, postgres.url, seed=True))
    finally:
        postgres.stop()


if __name__ == "__main__":
    main()

"""Where a provider reports: 2xx only once the effect is committed, so that it sends again whatever we did not keep."""

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from endpoints.body import BodyTooLargeError, limited
from providers.protocol import ProviderDownError, ProviderError, SignatureRefusedError
from resolvers.provider_webhook import hear
from resolvers.runtime import Runtime

MAX_BODY_BYTES = 1024 * 1024
"""Of one webhook; the largest events of Stripe are a fraction of it."""
RETRY_SECONDS = 5

log = structlog.get_logger()


def provider_webhook_route(runtime: Runtime, path: str) -> Route:
    """`POST` at this path, for the provider of this service."""

    async def take(request: Request) -> Response:
        try:
            body = await limited(request, MAX_BODY_BYTES).body()
        except BodyTooLargeError:
            return _error(413, f"The body is over {MAX_BODY_BYTES} bytes")
        return await _heard(runtime, request, body)

    return Route(path, take, methods=["POST"])


async def _heard(runtime: Runtime, request: Request, body: bytes) -> Response:
    try:
        await hear(runtime, dict(request.headers), body)
    except SignatureRefusedError as error:
        log.warning("refused a provider's webhook", reason=str(error))
        return _error(400, "The signature does not hold")
    except ProviderError as error:
        log.warning("could not ask the provider about its webhook", error=type(error).__name__)
        retry = error.retry_after_seconds if isinstance(error, ProviderDownError) else None
        return _error(
            503, "The provider could not be asked; send it again", {"retry-after": str(retry or RETRY_SECONDS)}
        )
    return JSONResponse({"received": True})


def _error(status: int, text: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": text}, status, headers)

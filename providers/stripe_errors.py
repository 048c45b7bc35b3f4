"""What Stripe's errors mean here: surely nothing happened, refused for good, or not known. No text holds a secret."""

import re

import httpx
import stripe

from providers.protocol import ProviderDownError, ProviderError, ProviderRefusedError, ProviderSilentError

MAX_REASON = 300
"""Characters of Stripe's own words that are passed on."""
REPLAYED = "idempotent-replayed"
"""The header of an answer that Stripe kept from an earlier call under the same key."""
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

_SECRET = re.compile(r"\b(?:sk|rk|pk|whsec)_[\w*]+")
_DIGITS = re.compile(r"\d{1,5}")


class KeySpentError(ProviderSilentError):
    """Under this idempotency key Stripe will only ever repeat an error; the call it was kept from is over."""


class KeyInUseError(ProviderSilentError):
    """A call under the same idempotency key is under way: its answer is there in a moment."""


class KeyRefusedError(ProviderDownError):
    """Stripe does not take our API key, or not for this."""


class UnreachedError(ProviderDownError):
    """The call was never sent."""


def meaning_of(error: stripe.StripeError) -> ProviderError:
    match error:
        case stripe.APIConnectionError():
            meaning = _unreached(error)
        case stripe.RateLimitError():
            meaning = ProviderDownError("Stripe asks for fewer calls", _retry_after(error))
        case stripe.AuthenticationError() | stripe.PermissionError():
            meaning = KeyRefusedError(f"Stripe does not accept STRIPE_SECRET_KEY ({error.http_status})")
        case stripe.StripeError(http_status=409):
            meaning = KeyInUseError("Stripe is at work on the same call")
        case stripe.IdempotencyError():
            meaning = KeySpentError("Stripe has seen this idempotency key with other parameters")
        case stripe.InvalidRequestError() | stripe.CardError():
            meaning = ProviderRefusedError(_reason(error))
        case _:
            meaning = _no_answer(error)
    return meaning


def shows_failure(error: ProviderError) -> bool:
    """Whether Stripe is not working, rather than answering no."""
    return isinstance(error, ProviderSilentError | UnreachedError) and not isinstance(
        error, KeySpentError | KeyInUseError
    )


def without_secrets(text: str) -> str:
    return _SECRET.sub("…", text)


def _unreached(error: stripe.APIConnectionError) -> ProviderError:
    kind = type(error.__cause__).__name__
    if isinstance(error.__cause__, NEVER_SENT):
        return UnreachedError(f"Stripe was not reached ({kind})")
    return ProviderSilentError(f"Stripe did not answer ({kind})")


def _no_answer(error: stripe.StripeError) -> ProviderError:
    """Stripe calls the effect of a 5xx indeterminate."""
    if (error.headers or {}).get(REPLAYED) == "true":
        return KeySpentError(f"Stripe repeats its error {error.http_status}")
    return ProviderSilentError(f"Stripe answered {error.http_status or 'what is no answer'}")


def _reason(error: stripe.StripeError) -> str:
    return without_secrets(error.user_message or "Stripe refused this")[:MAX_REASON]


def _retry_after(error: stripe.StripeError) -> int | None:
    given = (error.headers or {}).get("retry-after", "")
    return int(given) if _DIGITS.fullmatch(given) else None

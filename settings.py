"""The environment, read once and typed. A wrong or missing setting is one line that names it, never its value."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from pydantic import AfterValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, EnvSettingsSource, NoDecode, SettingsConfigDict

DEVELOPMENT_KEY = "development-only-secret-key-that-production-refuses"
MIN_KEY_LENGTH = 32
"""Characters of a SECRET_KEY."""
MIN_TOKEN_LENGTH = 16
"""Characters of a token of SERVICE_TOKENS or GATEWAY_TOKENS."""
NAMED = re.compile(r"(?:(?P<name>[\w-]{1,64}): *)?(?P<token>.+)", re.ASCII | re.DOTALL)
MIN_RSA_BITS = 2048
"""RFC 7518, 3.3."""
DEFAULT_PORT = 8003
DEFAULT_PORTS = {"http": ":80", "https": ":443"}
DEVELOPMENT_ORIGIN = "http://localhost:4200"
TOKENS = ("service_tokens", "gateway_tokens", "stripe_webhook_secret", "secret_key")
LISTS = ("allowed_origins", "redirect_origins", *TOKENS)
"""Settings that are written with commas."""
LOOPBACK = "127.0.0.0/8,::1/128"


class SettingsError(Exception):
    """The text is one line for each setting that is wrong or missing; it holds no value."""


def _is_url(value: str) -> bool:
    try:
        parts = urlsplit(value)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and named and value.isprintable() and " " not in value


def _origin(value: str) -> str:
    """As browsers write it."""
    scheme, _, rest = value.removesuffix("/").lower().partition("://")
    if not _is_url(value) or any(sign in rest for sign in "/?#@"):
        raise ValueError("must list origins like https://host or https://host:port")
    if not rest.isascii():
        raise ValueError("must write a name that is not ASCII as browsers send it (xn--…)")
    return f"{scheme}://{rest.removesuffix(DEFAULT_PORTS[scheme])}"


def _network_list(value: str) -> list[IPv4Network | IPv6Network]:
    try:
        return [ip_network(part.strip()) for part in value.split(",") if part.strip()]
    except ValueError:
        raise ValueError("must list networks like 127.0.0.0/8") from None


def _public_key(value: str) -> str:
    pem = value.replace("\\n", "\n")
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("is not a public key in PEM") from None
    if not isinstance(key, RSAPublicKey) or key.key_size < MIN_RSA_BITS:
        raise ValueError(f"is not an RSA key of {MIN_RSA_BITS} bits or more")
    return pem


def _url(value: str) -> str:
    if not _is_url(value):
        raise ValueError("is not an absolute http(s) URL")
    return value


def _base_url(value: str) -> str:
    if not _is_url(value) or "?" in value or "#" in value:
        raise ValueError("is not an absolute http(s) URL that paths can be added to")
    return value.rstrip("/")


Secrets = Annotated[tuple[SecretStr, ...], NoDecode]
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode]
Origins = Annotated[tuple[Annotated[str, AfterValidator(_origin)], ...], NoDecode]
Url = Annotated[str, AfterValidator(_url)]
BaseUrl = Annotated[str, AfterValidator(_base_url)]
PublicKey = Annotated[str, AfterValidator(_public_key)]


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    environment: Literal["development", "production"] = Field(
        "development", description="`development` or `production`; the image sets production."
    )
    database_url: SecretStr | None = Field(
        None, description="`postgresql://…`; without it an embedded PostgreSQL is started (development only)."
    )
    data_dir: Path = Field(Path(".data"), description="Where the embedded PostgreSQL keeps its data.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(DEFAULT_PORT, ge=1, le=65535, description="Port to listen on.")
    public_url: BaseUrl = Field(
        "",
        validate_default=True,
        description="Where payers reach this service; `http://127.0.0.1:PORT` by default, https in production.",
    )
    secret_key: Secrets = Field(
        (SecretStr(DEVELOPMENT_KEY),),
        description="Makes client secrets; 32 characters or more. Several, with commas: the first makes, all verify.",
    )
    payment_provider: Literal["mock", "stripe"] = Field("mock", description="`mock` (development only) or `stripe`.")
    mesa_ya_res_url: BaseUrl | None = Field(None, description="mesaYA_Res; needed with PARTNERS_SOURCE=gateway.")
    partners_source: Literal["database", "gateway"] = Field(
        "database", description="Where partners are read: the shared table (`database`) or mesaYA_Res (`gateway`)."
    )
    partner_secrets_file: Path | None = Field(
        None, description="JSON, partner's id → secret, for those whose secret mesaYA_Res does not tell."
    )
    webhook_workers: int = Field(
        1, ge=0, le=16, description="Senders of webhooks in this process; 0 leaves them to `python -m webhooks`."
    )
    webhook_schedule_scale: float = Field(
        1.0, gt=0, le=1, allow_inf_nan=False, description="Shortens every wait of delivery, for tests and tours."
    )
    webhook_allowed_networks: Networks = Field(
        (), description="Networks webhooks may go to though they are not public, with commas; loopback in development."
    )
    delivery_retention_days: int = Field(90, ge=0, le=36500, description="Days deliveries are kept once done; 0: all.")
    n8n_webhook_url: BaseUrl | None = Field(None, description="n8n, told of every result; without it nobody is.")
    success_url: Url | None = Field(None, description="Where payers go who paid, unless the checkout says otherwise.")
    cancel_url: Url | None = Field(None, description="Where payers go who did not pay, unless the checkout says so.")
    allowed_origins: Origins = Field(
        (),
        description=f"Origins of pages that may call this service, with commas; `{DEVELOPMENT_ORIGIN}` in development.",
    )
    redirect_origins: Origins | None = Field(
        None, description="Origins payers may be sent back to; ALLOWED_ORIGINS by default, anything in development."
    )
    jwt_public_key: PublicKey | None = Field(
        None,
        description="PEM, `\\n` for a line break: verifies people's tokens. Without it development is open to all.",
    )
    service_tokens: Secrets = Field(
        (),
        description="Tokens of services that act for themselves, with commas; `name:token` where they are several: "
        "an idempotency key is one service's, and stays so while its token is changed.",
    )
    gateway_tokens: Secrets = Field(
        (), description="Tokens of gateways that forward for their users (`X-User-Id`, `X-User-Roles`), with commas."
    )
    allow_user_checkout: bool = Field(
        False, description="Whether people's own tokens may check out; true in development."
    )
    stripe_secret_key: SecretStr | None = Field(None, description="`sk_…`; needed with PAYMENT_PROVIDER=stripe.")
    stripe_webhook_secret: Secrets = Field((), description="`whsec_…`, several with commas while one is changed.")
    stripe_api_base: BaseUrl | None = Field(None, description="Another place than Stripe's own, for tests.")
    stripe_test_mode: bool = Field(False, description="Lets production use Stripe's test keys and STRIPE_API_BASE.")
    introspection: bool = Field(False, description="Schema introspection; on in development.")
    schema_document: bool = Field(False, description="`/schema.graphql`; on in development.")
    suggestions: bool = Field(False, description="“Did you mean …”; on in development.")
    graphiql: bool = Field(False, description="GraphiQL; on in development.")
    persisted_manifest: Path | None = Field(
        None, description="Persisted operations: Apollo's manifest, or an object of SHA-256 → text."
    )
    persisted_only: bool = Field(
        False, description="Answer what PERSISTED_MANIFEST lists and nothing else, but for services and gateways."
    )
    rest_api: bool = Field(False, description="The REST routes of today's gateway under `/api`; on in development.")
    rest_trust_network: bool = Field(
        False, description="REST without a token, for a gateway that has none on a private network; no refunds then."
    )
    reconciler: bool = Field(True, description="Whether this instance asks again about what is not settled.")

    @field_validator(*LISTS, mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("webhook_allowed_networks", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        return _network_list(value) if isinstance(value, str) else value

    @field_validator("secret_key")
    @classmethod
    def _some_key(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if not value:
            raise ValueError("has no key in it")
        return value

    @field_validator("public_url", mode="before")
    @classmethod
    def _public_url(cls, value: object, known: ValidationInfo) -> object:
        return value or f"http://127.0.0.1:{known.data.get('port', DEFAULT_PORT)}"

    @model_validator(mode="before")
    @classmethod
    def _by_environment(cls, given: Any) -> Any:
        """What development opens and production closes, unless it is set."""
        known = {name.lower() for name in given}
        open_ = str(given.get("environment", "development")) == "development"
        switches = ("allow_user_checkout", "introspection", "schema_document", "suggestions", "graphiql", "rest_api")
        defaults: dict[str, Any] = {name: open_ for name in switches if name not in known}
        if open_:
            lists = {"allowed_origins": DEVELOPMENT_ORIGIN, "webhook_allowed_networks": LOOPBACK}
            defaults.update({name: value for name, value in lists.items() if name not in known})
        return {**given, **defaults}

    @model_validator(mode="after")
    def _complete(self) -> Self:
        wrong = [*self._missing(), *(self._production_refuses() if self.production else [])]
        if wrong:
            raise ValueError("\n".join(wrong))
        return self

    @property
    def production(self) -> bool:
        return self.environment == "production"

    @property
    def services(self) -> dict[str, str]:
        """The names of services by their tokens; "" for those without one."""
        found = (NAMED.fullmatch(entry.get_secret_value()) for entry in self.service_tokens)
        return {match["token"]: match["name"] or "" for match in found if match is not None}

    @property
    def redirects(self) -> tuple[str, ...] | None:
        """Origins payers may be sent to; None is anywhere."""
        if self.redirect_origins is not None:
            return self.redirect_origins
        return self.allowed_origins if self.production else None

    def _missing(self) -> list[str]:
        named = {NAMED.sub(r"\g<name>:\g<token>", token.get_secret_value()) for token in self.service_tokens}
        stripe, gateway = self.payment_provider == "stripe", self.partners_source == "gateway"
        shared = set(self.services) & {token.get_secret_value() for token in self.gateway_tokens}
        unlisted = self.persisted_only and self.persisted_manifest is None
        missing = {
            "PERSISTED_MANIFEST is needed with PERSISTED_ONLY=true": unlisted,
            "SERVICE_TOKENS has a token under two names": len(named) > len(self.services),
            "GATEWAY_TOKENS and SERVICE_TOKENS share a token: one acts for users, the other for itself": bool(shared),
            "STRIPE_SECRET_KEY is needed with PAYMENT_PROVIDER=stripe": stripe and not self.stripe_secret_key,
            "STRIPE_WEBHOOK_SECRET is needed with PAYMENT_PROVIDER=stripe": stripe and not self.stripe_webhook_secret,
            "MESA_YA_RES_URL is needed with PARTNERS_SOURCE=gateway": gateway and not self.mesa_ya_res_url,
        }
        return [line for line, is_so in missing.items() if is_so]

    def _production_refuses(self) -> list[str]:
        keys = [key.get_secret_value() for key in self.secret_key]
        stripe_key = self.stripe_secret_key.get_secret_value() if self.stripe_secret_key else ""
        tokens = [*self.services, *(token.get_secret_value() for token in self.gateway_tokens)]
        tests = not self.stripe_test_mode
        refused = {
            "SECRET_KEY is missing, or the default one": DEVELOPMENT_KEY in keys,
            f"SECRET_KEY is shorter than {MIN_KEY_LENGTH} characters": any(len(key) < MIN_KEY_LENGTH for key in keys),
            f"A token is shorter than {MIN_TOKEN_LENGTH} characters": any(
                len(one) < MIN_TOKEN_LENGTH for one in tokens
            ),
            "DATABASE_URL is missing: production does not start a database of its own": self.database_url is None,
            "PAYMENT_PROVIDER is mock: production takes real money": self.payment_provider == "mock",
            "JWT_PUBLIC_KEY is missing: production is not open to all": self.jwt_public_key is None,
            "PUBLIC_URL is missing, or not https": not self.public_url.startswith("https://"),
            "STRIPE_SECRET_KEY is a test key; STRIPE_TEST_MODE=true allows it": tests and "_test_" in stripe_key,
            "STRIPE_API_BASE is set; STRIPE_TEST_MODE=true allows it": tests and self.stripe_api_base is not None,
        }
        return [line for line, is_so in refused.items() if is_so]


def load_settings(**given: Any) -> Settings:
    """From the environment and `.env`; what is given comes first. Raises SettingsError."""
    try:
        _check_environment(given.get("_env_file", ".env"))
        return Settings(**given)
    except ValidationError as error:
        raise SettingsError("\n".join(_line(dict(detail)) for detail in error.errors(include_input=False))) from None
    except UnicodeDecodeError:
        raise SettingsError(".env is not UTF-8 text") from None


def _check_environment(env_file: str | None) -> None:
    """Blank, as a variable is that was meant to be there: surely not development."""
    sources = (
        EnvSettingsSource(Settings, env_ignore_empty=False),
        DotEnvSettingsSource(Settings, env_file, env_ignore_empty=False),
    )
    found = [source.env_vars["environment"] for source in sources if "environment" in source.env_vars]
    if found and not any(found):
        raise SettingsError("ENVIRONMENT is empty")


def _line(detail: dict[str, Any]) -> str:
    message = str(detail["msg"]).removeprefix("Value error, ")
    return f"{str(detail['loc'][0]).upper()}: {message}" if detail["loc"] else message

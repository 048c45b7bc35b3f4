from ipaddress import ip_network
from pathlib import Path

import pytest
from pydantic import ValidationError

from settings import DEVELOPMENT_KEY, Settings, SettingsError, load_settings
from tests.readme.settings_table import settings_table
from tests.running.environment import OTHER_PUBLIC_KEY, PRODUCTION, PUBLIC_KEY, SHORT_PUBLIC_KEY

SWITCHES = ("introspection", "schema_document", "suggestions", "graphiql", "allow_user_checkout")

WRONG = [
    ("ENVIRONMENT", "", "ENVIRONMENT is empty"),
    ("ENVIRONMENT", "staging", "ENVIRONMENT: Input should be 'development' or 'production'"),
    ("PAYMENT_PROVIDER", "paypal", "PAYMENT_PROVIDER: Input should be 'mock' or 'stripe'"),
    ("PARTNERS_SOURCE", "file", "PARTNERS_SOURCE: Input should be 'database' or 'gateway'"),
    ("PORT", "http", "PORT: Input should be a valid integer, unable to parse string as an integer"),
    ("PORT", "0", "PORT: Input should be greater than or equal to 1"),
    ("PORT", "65536", "PORT: Input should be less than or equal to 65535"),
    ("GRAPHIQL", "perhaps", "GRAPHIQL: Input should be a valid boolean, unable to interpret input"),
    ("WEBHOOK_WORKERS", "-1", "WEBHOOK_WORKERS: Input should be greater than or equal to 0"),
    ("WEBHOOK_SCHEDULE_SCALE", "0", "WEBHOOK_SCHEDULE_SCALE: Input should be greater than 0"),
    ("WEBHOOK_SCHEDULE_SCALE", "nan", "WEBHOOK_SCHEDULE_SCALE: Input should be a finite number"),
    ("WEBHOOK_ALLOWED_NETWORKS", "hunter2", "WEBHOOK_ALLOWED_NETWORKS: must list networks like 127.0.0.0/8"),
    ("WEBHOOK_ALLOWED_NETWORKS", "10.0.0.1/8", "WEBHOOK_ALLOWED_NETWORKS: must list networks like 127.0.0.0/8"),
    ("SECRET_KEY", " , ", "SECRET_KEY: has no key in it"),
    ("JWT_PUBLIC_KEY", "hunter2", "JWT_PUBLIC_KEY: is not a public key in PEM"),
    ("JWT_PUBLIC_KEY", PUBLIC_KEY[:100], "JWT_PUBLIC_KEY: is not a public key in PEM"),
    ("JWT_PUBLIC_KEY", OTHER_PUBLIC_KEY, "JWT_PUBLIC_KEY: is not an RSA key of 2048 bits or more"),
    ("JWT_PUBLIC_KEY", SHORT_PUBLIC_KEY, "JWT_PUBLIC_KEY: is not an RSA key of 2048 bits or more"),
    ("PUBLIC_URL", "pay.mesaya.example", "PUBLIC_URL: is not an absolute http(s) URL that paths can be added to"),
    ("PUBLIC_URL", "http://host:99999", "PUBLIC_URL: is not an absolute http(s) URL that paths can be added to"),
    ("MESA_YA_RES_URL", "ftp://res", "MESA_YA_RES_URL: is not an absolute http(s) URL that paths can be added to"),
    (
        "N8N_WEBHOOK_URL",
        "http://n8n/?a=b",
        "N8N_WEBHOOK_URL: is not an absolute http(s) URL that paths can be added to",
    ),
    ("STRIPE_API_BASE", "http://", "STRIPE_API_BASE: is not an absolute http(s) URL that paths can be added to"),
    ("SUCCESS_URL", "/paid", "SUCCESS_URL: is not an absolute http(s) URL"),
    ("CANCEL_URL", "javascript:alert(1)", "CANCEL_URL: is not an absolute http(s) URL"),
    (
        "ALLOWED_ORIGINS",
        "https://mesäya.example",
        "ALLOWED_ORIGINS: must write a name that is not ASCII as browsers send it (xn--…)",
    ),
    ("SERVICE_TOKENS", "desk:hunter2,bar:hunter2", "SERVICE_TOKENS has a token under two names"),
    ("environment", "", "ENVIRONMENT is empty"),
    ("ALLOWED_ORIGINS", "*", "ALLOWED_ORIGINS: must list origins like https://host or https://host:port"),
    (
        "ALLOWED_ORIGINS",
        "http://host/page",
        "ALLOWED_ORIGINS: must list origins like https://host or https://host:port",
    ),
    (
        "REDIRECT_ORIGINS",
        "http://me@host",
        "REDIRECT_ORIGINS: must list origins like https://host or https://host:port",
    ),
]

REFUSED_IN_PRODUCTION = [
    ("SECRET_KEY", "", "SECRET_KEY is missing, or the default one"),
    (
        "SECRET_KEY",
        f"first-key-of-at-least-32-characters,{DEVELOPMENT_KEY}",
        "SECRET_KEY is missing, or the default one",
    ),
    ("SECRET_KEY", "first-key-of-at-least-32-characters,hunter2", "SECRET_KEY is shorter than 32 characters"),
    ("SERVICE_TOKENS", "desk:hunter2-short", "A token is shorter than 16 characters"),
    ("GATEWAY_TOKENS", "hunter2-too-short-it-is-not,hunter2", "A token is shorter than 16 characters"),
    ("DATABASE_URL", "", "DATABASE_URL is missing: production does not start a database of its own"),
    ("PAYMENT_PROVIDER", "mock", "PAYMENT_PROVIDER is mock: production takes real money"),
    ("JWT_PUBLIC_KEY", "", "JWT_PUBLIC_KEY is missing: production is not open to all"),
    ("PUBLIC_URL", "", "PUBLIC_URL is missing, or not https"),
    ("PUBLIC_URL", "http://pay.mesaya.example", "PUBLIC_URL is missing, or not https"),
    ("STRIPE_SECRET_KEY", "sk_test_hunter2", "STRIPE_SECRET_KEY is a test key; STRIPE_TEST_MODE=true allows it"),
    ("STRIPE_API_BASE", "http://127.0.0.1:1", "STRIPE_API_BASE is set; STRIPE_TEST_MODE=true allows it"),
    ("STRIPE_SECRET_KEY", "", "STRIPE_SECRET_KEY is needed with PAYMENT_PROVIDER=stripe"),
    ("STRIPE_WEBHOOK_SECRET", "", "STRIPE_WEBHOOK_SECRET is needed with PAYMENT_PROVIDER=stripe"),
]


def numbered(cases: list[tuple[str, str, str]]) -> list[str]:
    """The same in every process, whatever keys were made for it."""
    return [f"{number}-{name}" for number, (name, _, _) in enumerate(cases)]


def set_all(bare: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        bare.setenv(name, value)


def test_development_needs_nothing(bare: pytest.MonkeyPatch) -> None:
    settings = load_settings()
    assert (settings.host, settings.port, settings.data_dir) == ("127.0.0.1", 8003, Path(".data"))
    assert (settings.public_url, settings.payment_provider) == ("http://127.0.0.1:8003", "mock")
    assert settings.allowed_origins == ("http://localhost:4200",)
    assert settings.webhook_allowed_networks == (ip_network("127.0.0.0/8"), ip_network("::1/128"))
    assert settings.redirects is None
    assert all(getattr(settings, name) for name in SWITCHES)


def test_production_is_closed(bare: pytest.MonkeyPatch) -> None:
    set_all(bare, **PRODUCTION)
    settings = load_settings()
    assert settings.production
    assert not any(getattr(settings, name) for name in SWITCHES)
    assert (settings.allowed_origins, settings.redirects, settings.webhook_allowed_networks) == ((), (), ())


@pytest.mark.parametrize("name", SWITCHES)
def test_each_switch_is_a_setting(name: str, bare: pytest.MonkeyPatch) -> None:
    bare.setenv(name.upper(), "false")
    assert getattr(load_settings(), name) is False
    set_all(bare, **PRODUCTION, **{name.upper(): "true"})
    assert getattr(load_settings(), name) is True


@pytest.mark.parametrize(("name", "value", "line"), WRONG, ids=numbered(WRONG))
def test_a_wrong_value_is_one_line(name: str, value: str, line: str, bare: pytest.MonkeyPatch) -> None:
    bare.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value) == line


@pytest.mark.parametrize(("name", "value", "line"), REFUSED_IN_PRODUCTION, ids=numbered(REFUSED_IN_PRODUCTION))
def test_production_refuses(name: str, value: str, line: str, bare: pytest.MonkeyPatch) -> None:
    set_all(bare, **{**PRODUCTION, name: value})
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value) == line


def test_a_token_acts_for_users_or_for_itself(bare: pytest.MonkeyPatch) -> None:
    set_all(bare, SERVICE_TOKENS="desk:hunter2,one", GATEWAY_TOKENS="two,hunter2")
    with pytest.raises(SettingsError, match="GATEWAY_TOKENS and SERVICE_TOKENS share a token") as caught:
        load_settings()
    assert "hunter2" not in str(caught.value)


def test_everything_wrong_is_said_at_once_and_no_secret(bare: pytest.MonkeyPatch) -> None:
    set_all(bare, **{**PRODUCTION, "SECRET_KEY": "hunter2", "PUBLIC_URL": "", "STRIPE_SECRET_KEY": "sk_test_hunter2"})
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert [line.split()[0] for line in str(caught.value).splitlines()] == [
        "SECRET_KEY",
        "PUBLIC_URL",
        "STRIPE_SECRET_KEY",
    ]
    assert "hunter2" not in str(caught.value)
    assert caught.value.__suppress_context__, "a traceback must not show what pydantic was given"


def test_printing_settings_shows_no_secret(bare: pytest.MonkeyPatch) -> None:
    set_all(bare, **PRODUCTION, SERVICE_TOKENS="hunter2-and-long-enough,hunter2-and-more-of-it")
    settings = load_settings()
    assert "hunter2" not in repr(settings) + str(settings) + settings.model_dump_json()


def test_test_mode_lets_production_use_a_test_key(bare: pytest.MonkeyPatch) -> None:
    set_all(
        bare,
        **{**PRODUCTION, "STRIPE_SECRET_KEY": "sk_test_1", "STRIPE_API_BASE": "http://127.0.0.1:1"},
        STRIPE_TEST_MODE="true",
    )
    assert load_settings().stripe_api_base == "http://127.0.0.1:1"


def test_partners_from_mesa_ya_res_need_its_address(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("PARTNERS_SOURCE", "gateway")
    with pytest.raises(SettingsError, match=r"^MESA_YA_RES_URL is needed with PARTNERS_SOURCE=gateway$"):
        load_settings()


def test_lists_are_split_at_commas(bare: pytest.MonkeyPatch) -> None:
    set_all(
        bare,
        SECRET_KEY="one, two",
        SERVICE_TOKENS=" gateway ,, desk:to:ken,desk: another, with space:x,gateway",
        ALLOWED_ORIGINS="https://Shop.example:443/,http://localhost:1",
        REDIRECT_ORIGINS="https://shop.example",
        WEBHOOK_ALLOWED_NETWORKS="10.0.0.0/8, fd00::/8",
    )
    settings = load_settings()
    assert [key.get_secret_value() for key in settings.secret_key] == ["one", "two"]
    assert settings.services == {"gateway": "", "to:ken": "desk", "another": "desk", "with space:x": ""}
    assert settings.allowed_origins == ("https://shop.example", "http://localhost:1")
    assert settings.redirects == ("https://shop.example",)
    assert settings.webhook_allowed_networks == (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


def test_redirects_go_to_the_pages_that_may_call_in_production(bare: pytest.MonkeyPatch) -> None:
    set_all(bare, **PRODUCTION, ALLOWED_ORIGINS="https://shop.example")
    assert load_settings().redirects == ("https://shop.example",)


def test_a_key_on_one_line_is_the_same_key(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("JWT_PUBLIC_KEY", PUBLIC_KEY.replace("\n", "\\n"))
    assert load_settings().jwt_public_key == PUBLIC_KEY


def test_a_url_loses_its_last_slash_and_follows_the_port(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("PORT", "9000")
    assert load_settings().public_url == "http://127.0.0.1:9000"
    bare.setenv("PUBLIC_URL", "https://host/pay/")
    assert load_settings().public_url == "https://host/pay"


def test_the_env_file_counts_less_than_the_environment_and_may_hold_more(bare: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("PORT=9001\nHOST=0.0.0.0\nGRAPHIQL=\nSOMEBODY_ELSES=1\n")
    bare.setenv("PORT", "9002")
    bare.setenv("HOST", "")
    settings = load_settings()
    assert (settings.port, settings.host, settings.graphiql) == (9002, "0.0.0.0", True)


@pytest.mark.parametrize("written", ["ENVIRONMENT=", 'ENVIRONMENT=""', "environment="])
def test_an_environment_that_the_env_file_leaves_blank_is_no_development(
    bare: pytest.MonkeyPatch, written: str
) -> None:
    Path(".env").write_text(f"{written}\n")
    with pytest.raises(SettingsError, match=r"^ENVIRONMENT is empty$"):
        load_settings()
    bare.setenv("ENVIRONMENT", "development")
    assert not load_settings().production


def test_an_env_file_that_is_no_text(bare: pytest.MonkeyPatch) -> None:
    Path(".env").write_bytes(b"PORT=\xff\xfe")
    with pytest.raises(SettingsError, match=r"^\.env is not UTF-8 text$"):
        load_settings()


def test_settings_stay_as_they_were_read(bare: pytest.MonkeyPatch) -> None:
    settings = load_settings()
    with pytest.raises(ValidationError):
        settings.port = 1


def test_the_table_has_a_row_for_each_setting() -> None:
    rows = settings_table().splitlines()[2:]
    assert len(rows) == len(Settings.model_fields)
    for row, name in zip(rows, Settings.model_fields, strict=True):
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert len(cells) == 3
        assert cells[0] == f"`{name.upper()}`"
        assert cells[2].endswith("."), f"{name} has no description"
    assert DEVELOPMENT_KEY not in settings_table()

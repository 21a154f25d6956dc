"""Where settings come from, which source wins, and that each value remembers its source."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from integration.settings import Settings
from integration.settings.effective import MASK, without_password
from tests.examples import example_environment, example_file, example_settings

Load = Callable[..., Settings]


def origins(settings: Settings) -> dict[str, str]:
    return {each.setting: each.origin for each in settings.effective()}


def test_a_minimal_file_gives_every_default(load: Load, minimal: str) -> None:
    settings = load(minimal)
    assert settings.retention_days == 14
    assert settings.shops["nl"].poll_seconds == 300
    assert settings.shops["nl"].connector == "custom"
    assert settings.configured


def test_without_anything_the_settings_are_empty_and_not_configured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings.load({})
    assert not settings.configured
    assert settings.folder == tmp_path


def test_the_file_in_the_working_directory_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, minimal: str
) -> None:
    (tmp_path / "bridge.toml").write_text(minimal)
    monkeypatch.chdir(tmp_path)
    assert Settings.load({}).picqer["main"].subdomain == "example"


def test_bridge_config_names_another_file(tmp_path: Path, minimal: str) -> None:
    file = tmp_path / "elsewhere.toml"
    file.write_text(minimal)
    assert Settings.load({"BRIDGE_CONFIG": str(file)}).configured


def test_the_environment_wins_from_the_file_and_says_so(load: Load, minimal: str) -> None:
    settings = load(minimal, BRIDGE_PICQER__MAIN__SUBDOMAIN="other")
    assert settings.picqer["main"].subdomain == "other"
    found = origins(settings)
    assert found["picqer.main.subdomain"] == "BRIDGE_PICQER__MAIN__SUBDOMAIN"
    assert found["picqer.main.contact"].endswith("bridge.toml")
    assert found["retention_days"] == "default"


def test_everything_can_come_from_the_environment(load: Load) -> None:
    settings = load(
        "",
        BRIDGE_PUBLIC_URL="http://127.0.0.1:8000/",
        BRIDGE_PICQER__MAIN__BASE_URL="http://127.0.0.1:9000",
        BRIDGE_PICQER__MAIN__API_KEY="key",
        BRIDGE_PICQER__MAIN__CONTACT="ops@example.com",
        BRIDGE_PICQER__MAIN__WEBHOOK_SECRET='["first-secret-of-two", "second-secret-of-two"]',
        BRIDGE_SHOPS__NL__FLOWS="create_order, push_stock",
        BRIDGE_SHOPS__NL__WAREHOUSES="[3, 4]",
        BRIDGE_SHOPS__NL__ORDER_DEFAULTS='{"idtemplate": 5}',
        BRIDGE_SHOPS__NL__SHIPPING_PROFILES='{"Post NL": 7}',
        BRIDGE_SHOPS__NL__PROCESS_ORDERS="false",
        BRIDGE_SHOPS__NL__CUSTOM__URL="http://localhost:9100",
        BRIDGE_SHOPS__NL__CUSTOM__TOKEN="token-of-the-shop",
        BRIDGE_SHOPS__NL__CUSTOM__SECRET="whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    )
    shop = settings.shop_policy("nl")
    assert settings.public_url == "http://127.0.0.1:8000"
    assert shop.flows == {"create_order", "push_stock"}
    assert shop.warehouses == {3, 4}
    assert shop.order_defaults == {"idtemplate": 5}
    assert shop.shipping_profiles == {"Post NL": 7}
    assert not shop.process_orders
    assert len(settings.picqer["main"].webhook_secret) == 2


def test_a_variable_for_a_whole_table_replaces_the_table_of_the_file(
    load: Load, minimal: str
) -> None:
    toml = minimal + "[shops.nl.order_defaults]\nidtemplate = 1\nidwarehouse = 2\n"
    settings = load(toml, BRIDGE_SHOPS__NL__ORDER_DEFAULTS='{"idtemplate": 9}')
    assert settings.shop_policy("nl").order_defaults == {"idtemplate": 9}


def test_a_secret_is_read_from_the_file_that_the_environment_names(
    load: Load, minimal: str, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("key-from-a-file\n")
    settings = load(minimal, BRIDGE_PICQER__MAIN__API_KEY_FILE=str(tmp_path / "key"))
    assert settings.picqer["main"].api_key.get_secret_value() == "key-from-a-file"
    assert "API_KEY_FILE" in origins(settings)["picqer.main.api_key"]


def test_a_secret_file_named_in_the_toml_is_relative_to_its_folder(
    load: Load, minimal: str, tmp_path: Path
) -> None:
    (tmp_path / "hooks").write_text("first-secret-of-two\nsecond-secret-of-two\n")
    toml = minimal.replace(
        'webhook_secret = "a-secret-of-the-hooks"', 'webhook_secret_file = "hooks"'
    )
    secrets = load(toml).picqer["main"].webhook_secret
    assert [secret.get_secret_value() for secret in secrets] == [
        "first-secret-of-two",
        "second-secret-of-two",
    ]


def test_a_secret_of_the_service_may_be_a_file_too(
    load: Load, minimal: str, tmp_path: Path
) -> None:
    (tmp_path / "password").write_text("a-password\n")
    settings = load(minimal, BRIDGE_CONSOLE__PASSWORD_FILE=str(tmp_path / "password"))
    assert settings.console.password is not None
    assert settings.console.password.get_secret_value() == "a-password"


def test_a_connectors_secret_may_be_a_file_too(load: Load, minimal: str, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("token-out-of-a-file")
    settings = load(minimal, BRIDGE_SHOPS__NL__CUSTOM__TOKEN_FILE=str(tmp_path / "token"))
    assert "token-out-of-a-file" not in repr(settings)
    token = settings.shops["nl"].connector_settings.model_dump()["token"]
    assert token.get_secret_value() == "token-out-of-a-file"


@pytest.mark.parametrize(
    ("env", "host"),
    [
        ({"DATABASE_URL": "postgres://u:p@plain/b"}, "plain"),
        (
            {
                "DATABASE_URL": "postgres://u:p@plain/b",
                "BRIDGE_DATABASE_URL": "postgresql://u:p@ours/b",
            },
            "ours",
        ),
    ],
)
def test_the_platforms_database_url_is_read_but_ours_wins(
    load: Load, minimal: str, env: dict[str, str], host: str
) -> None:
    url = load(minimal, **env).database_url.get_secret_value()
    assert url == f"postgresql+psycopg://u:p@{host}/b"


def test_a_file_for_the_database_url_wins_from_the_platforms_own(
    load: Load, minimal: str, tmp_path: Path
) -> None:
    (tmp_path / "url").write_text("sqlite:////srv/b.db")
    env = {"DATABASE_URL": "sqlite:////no.db", "BRIDGE_DATABASE_URL_FILE": str(tmp_path / "url")}
    assert load(minimal, **env).database_url.get_secret_value() == "sqlite:////srv/b.db"


def test_an_empty_variable_counts_as_not_set(load: Load, minimal: str) -> None:
    settings = load(minimal, SENTRY_DSN="", BRIDGE_REDIS_URL="")
    assert settings.sentry_dsn is None
    assert settings.redis_url is None


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, "sqlite:///{folder}/var/bridge.db"),
        ("sqlite:///data/b.db", "sqlite:///{folder}/data/b.db"),
        ("sqlite:////srv/b.db", "sqlite:////srv/b.db"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("sqlite://", "sqlite://"),
    ],
)
def test_a_relative_sqlite_path_belongs_to_the_folder_of_the_file(
    load: Load, minimal: str, tmp_path: Path, given: str | None, expected: str
) -> None:
    env = {"BRIDGE_DATABASE_URL": given} if given else {}
    url = load(minimal, **env).database_url.get_secret_value()
    assert url == expected.format(folder=tmp_path)


def test_no_secret_is_shown_anywhere(load: Load, minimal: str) -> None:
    settings = load(
        minimal,
        SENTRY_DSN="https://canary-dsn@sentry.example.com/1",
        DATABASE_URL="postgresql://bridge:canary-database@db/bridge",
        REDIS_URL="redis://:canary-redis@redis/0",
        BRIDGE_CONSOLE__PASSWORD="canary-console",
    )
    shown = repr(settings) + str(settings) + repr(settings.effective())
    for canary in ("canary", "key-of-the-account", "a-secret-of-the-hooks", "token-of", "whsec_"):
        assert canary not in shown
    assert "postgresql+psycopg://bridge:********@db/bridge" in shown


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://bridge:cana/ry@db/bridge",
        "postgresql+psycopg://bridge:can:a@ry@db/bridge",
        "postgresql+psycopg://bridge@db/bridge?sslmode=require&password=canary",
        "postgresql+psycopg://bridge@db/bridge?sslpassword=canary&sslmode=require",
        "redis://:cana/ry@redis/0",
        "rediss://user:canary@redis/0",
        "unix://user:canary@/run/redis.sock",
        "unix:///run/redis.sock?password=canary",
    ],
)
def test_no_part_of_a_password_in_an_address_is_shown(url: str) -> None:
    shown = without_password(url)
    assert MASK in shown
    assert "can" not in shown
    assert "ry" not in shown


def test_settings_cannot_be_changed(load: Load, minimal: str) -> None:
    settings = load(minimal)
    with pytest.raises(ValueError, match="frozen"):
        settings.retention_days = 3  # type: ignore[misc]  # this is what must not be possible


def test_the_examples_that_are_handed_out_are_true(tmp_path: Path) -> None:
    from_file = Settings.load({}, example_file(tmp_path))
    (tmp_path / "empty.toml").touch()
    from_environment = Settings.load(example_environment(), tmp_path / "empty.toml")
    for settings in (from_file, from_environment):
        assert settings.configured
        assert settings.shop_policy("nl").account.name == "main"


def test_the_commented_settings_of_the_example_are_true_as_well(load: Load) -> None:
    lines = example_settings().splitlines()
    setting = re.compile(r"# (\[[a-z._]+\]|[a-z_]+ = )")
    settings = load("\n".join(line[2:] if setting.match(line) else line for line in lines))
    assert settings.shops["nl"].shipping_productcode == "SHIPPING"
    assert settings.mail.host == "smtp.example.com"

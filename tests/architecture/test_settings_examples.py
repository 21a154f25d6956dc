"""The example settings are right: every name exists, every value is accepted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from integration.settings import Settings, SettingsError
from tests.examples import example_environment, example_file, example_settings

BEHIND_A_HASH = re.compile(r"^# (?=\[[a-z._]+\]|[a-z_]+ = )", re.MULTILINE)
OF_THE_PLATFORM = {"DATABASE_URL", "REDIS_URL", "SENTRY_DSN"}
OF_THE_PROCESSES = {
    "BULK_THREADS",
    "FLOWER_BASIC_AUTH",
    "HOST",
    "PORT",
    "POSTGRES_PASSWORD",
    "REDIS_PASSWORD",
    "WORKER_THREADS",
}


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    return example_environment()


def test_the_example_as_it_is_handed_out_is_refused_until_its_secrets_are_replaced(
    root: Path,
) -> None:
    with pytest.raises(SettingsError) as refusal:
        Settings.load(env={}, path=root / "bridge.example.toml")
    places = {mistake.setting for mistake in refusal.value.mistakes}
    assert places == {
        "picqer.main.api_key",
        "picqer.main.webhook_secret",
        "shops.nl.custom.secret",
        "shops.nl.custom.token",
    }
    assert all("example" in mistake.text for mistake in refusal.value.mistakes)


def test_the_example_file_loads_once_its_secrets_are_replaced(tmp_path: Path) -> None:
    settings = Settings.load(env={}, path=example_file(tmp_path))
    assert list(settings.picqer) == ["main"]
    assert list(settings.shops) == ["nl"]


def test_the_example_file_loads_with_everything_behind_a_hash(tmp_path: Path) -> None:
    example = example_settings()
    everything = tmp_path / "bridge.toml"
    everything.write_text(BEHIND_A_HASH.sub("", example), "utf-8")
    settings = Settings.load(env={}, path=everything)
    assert settings.shops["nl"].shipping_profiles == {"postnl": 1}
    assert settings.mail.host == "smtp.example.com"


def test_the_example_environment_is_enough_by_itself(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings.load(env=environment)
    assert settings.picqer["main"].subdomain == "example"
    assert settings.shops["nl"].connector == "custom"


def test_the_example_environment_holds_no_name_that_nobody_reads(
    environment: dict[str, str],
) -> None:
    ours = {name for name in environment if name.startswith("BRIDGE_")}
    assert environment.keys() - ours - OF_THE_PLATFORM - OF_THE_PROCESSES == set()

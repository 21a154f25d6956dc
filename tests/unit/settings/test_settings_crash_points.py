"""Processes that kill themselves on purpose are for the sandbox only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from integration.settings import Settings

SANDBOX = 'base_url = "http://127.0.0.1:8021"'
REAL = 'subdomain = "example"'


def test_crash_points_are_refused_at_a_real_picqer(
    mistakes: Callable[..., list[str]], minimal: str
) -> None:
    (found,) = mistakes(minimal, BRIDGE_CRASH_POINTS="points")
    assert found == (
        "crash_points (BRIDGE_CRASH_POINTS): kills processes on purpose, and account main is not "
        "a sandbox on this machine: take this setting away"
    )


def test_crash_points_are_refused_when_only_one_of_the_accounts_is_a_sandbox(
    mistakes: Callable[..., list[str]], minimal: str
) -> None:
    toml = minimal.replace("[shops.nl.custom]", '[shops.nl]\npicqer = "main"\n[shops.nl.custom]')
    other = f'[picqer.other]\n{SANDBOX}\napi_key = "other-key-of-it"\n'
    other += 'contact = "ops@example.com"\nwebhook_secret = "another-secret-of-hooks"\n'
    (found,) = mistakes(toml + other, BRIDGE_CRASH_POINTS="points")
    assert "account main is not a sandbox" in found


def test_crash_points_are_taken_when_every_account_is_a_sandbox(
    load: Callable[..., Settings], minimal: str
) -> None:
    settings = load(minimal.replace(REAL, SANDBOX), BRIDGE_CRASH_POINTS="points")
    assert settings.crash_points == Path("points")


def test_nothing_is_armed_unless_it_is_set(load: Callable[..., Settings]) -> None:
    assert load().crash_points is None

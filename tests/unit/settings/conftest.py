"""A folder to be configured in, and the least that a working configuration holds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from integration.settings import Settings, SettingsError

MINIMAL = """
public_url = "https://bridge.example.com"
[picqer.main]
subdomain = "example"
api_key = "key-of-the-account"
contact = "ops@example.com"
webhook_secret = "a-secret-of-the-hooks"
[shops.nl.custom]
url = "https://shop.example.com/bridge"
token = "token-of-the-shop-nl"
secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
"""
SECOND_SHOP = """
[shops.be.custom]
url = "https://be.example.com"
token = "token-of-the-shop-be"
secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
"""


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., Settings]:
    """Load settings from this text of bridge.toml and this environment."""

    def loaded(toml: str = MINIMAL, **env: str) -> Settings:
        file = tmp_path / "bridge.toml"
        file.write_text(toml)
        return Settings.load(env, file)

    return loaded


@pytest.fixture
def mistakes(load: Callable[..., Settings]) -> Callable[..., list[str]]:
    """Load settings that are wrong, and return each mistake as text."""

    def refused(toml: str = MINIMAL, **env: str) -> list[str]:
        with pytest.raises(SettingsError) as caught:
            load(toml, **env)
        return [str(mistake) for mistake in caught.value.mistakes]

    return refused


@pytest.fixture
def minimal() -> str:
    return MINIMAL


@pytest.fixture
def second_shop() -> str:
    return SECOND_SHOP

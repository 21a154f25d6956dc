"""A WooCommerce shop of the settings, as the service connects it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.ports import Deed
from integration.services import Services
from integration.settings import Settings
from integration.store.database import Database
from integration.testing.open_doors import OpenGuard
from integration.testing.wake_up import RecordedWakeUp
from integration.wiring import build_services, migrate_store, sync_shop_hooks
from tests.woocommerce.server import SECRET, WooCommerceServer

TABLES = """
database_url = "sqlite:///{folder}/bridge.sqlite3"
redis_url = "redis://127.0.0.1:1/0"
public_url = "https://bridge.example.com"
[picqer.main]
subdomain = "example"
api_key = "the-api-key-of-the-account"
contact = "ops@example.com"
webhook_secret = "a-secret-for-the-hooks-at-picqer"
[shops.nl.woocommerce]
url = "{url}"
consumer_key = "{key}"
consumer_secret = "{secret}"
webhook_secret = "{webhook_secret}"
"""


@pytest.fixture
def configured(shop: WooCommerceServer, tmp_path: Path) -> Settings:
    file = tmp_path / "bridge.toml"
    text = TABLES.format(
        folder=tmp_path,
        url=shop.url,
        key=shop.key.consumer_key,
        secret=shop.key.consumer_secret,
        webhook_secret=SECRET,
    )
    file.write_text(text)
    return Settings.load({}, file)


@pytest.fixture
def services(configured: Settings) -> Iterator[Services]:
    """What a process uses; nothing is made in the store yet."""
    made = build_services(configured, wake_up=RecordedWakeUp())
    yield made
    assert isinstance(made.store, Database)
    made.store.dispose()


def test_the_store_is_not_read_before_webhooks_are_looked_at(
    services: Services, tmp_path: Path
) -> None:
    care = services.shops["nl"].care
    assert care is not None
    care(OpenGuard())
    assert not (tmp_path / "bridge.sqlite3").exists()


def test_webhooks_carry_the_id_of_this_store_and_the_name_of_the_shop(
    shop: WooCommerceServer, configured: Settings, services: Services
) -> None:
    migrate_store(configured)
    actions = sync_shop_hooks(services, configured, "nl", OpenGuard())
    assert {action.deed for action in actions} == {Deed.CREATED}
    prefix = f"picqer-bridge {services.gate.installation()} nl "
    assert all(webhook.name.startswith(prefix) for webhook in shop.webhooks.all.values())

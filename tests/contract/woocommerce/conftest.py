"""An open WooCommerce shop with what the tests of its connector share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from integration.clock import SystemClock
from integration.policy import AccountPolicy, ShopPolicy
from integration.ports import Clock
from integration.testing.open_doors import OpenGuard
from integration.webshops.woocommerce.care import WooCommerceCare
from integration.webshops.woocommerce.client import WooCommerce
from integration.webshops.woocommerce.rest import ShopRest
from integration.webshops.woocommerce.settings import WooCommerceSettings
from integration.webshops.woocommerce.shop_facts import FactsMemory
from tests.woocommerce.server import SECRET, WooCommerceServer

FLOWS = frozenset({"create_product", "create_order", "complete_order", "push_stock"})
Settings = Callable[..., WooCommerceSettings]
Client = Callable[..., WooCommerce]
Care = Callable[..., WooCommerceCare]
ADDRESS = "http://127.0.0.1:9/hooks/shops/nl"
"""Where the shop's webhooks ought to go."""


@pytest.fixture
def shop() -> Iterator[WooCommerceServer]:
    with WooCommerceServer() as server:
        yield server


@pytest.fixture
def guard() -> OpenGuard:
    return OpenGuard()


@pytest.fixture
def policy() -> ShopPolicy:
    return ShopPolicy("nl", AccountPolicy("main"), FLOWS)


@pytest.fixture
def settings_of(shop: WooCommerceServer) -> Settings:
    """The settings of the open shop, with others on top."""

    def made(**other: object) -> WooCommerceSettings:
        values: dict[str, object] = {
            "url": shop.url,
            "consumer_key": shop.key.consumer_key,
            "consumer_secret": shop.key.consumer_secret,
            "webhook_secret": SECRET,
        }
        return WooCommerceSettings.model_validate(values | other)

    return made


@pytest.fixture
def client(settings_of: Settings, policy: ShopPolicy, guard: OpenGuard) -> Client:
    """A client of a run of its own."""

    def made(clock: Clock | None = None, **other: object) -> WooCommerce:
        ours = clock or SystemClock()
        return WooCommerce(settings_of(**other), policy, guard, ours, FactsMemory())

    return made


@pytest.fixture
def rest(settings_of: Settings, guard: OpenGuard) -> ShopRest:
    return ShopRest(settings_of(), "nl", guard, SystemClock())


@pytest.fixture
def care(settings_of: Settings, policy: ShopPolicy, guard: OpenGuard) -> Care:
    def made(
        policy: ShopPolicy = policy, installation: str = "1a2b3c4d", **other: object
    ) -> WooCommerceCare:
        settings = settings_of(**other)
        return WooCommerceCare(settings, policy, guard, SystemClock(), lambda: installation)

    return made

"""The WooCommerce connector, over HTTP to a WooCommerce server: what every connector does."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pytest

from integration.clock import SystemClock
from integration.policy import ShopPolicy
from integration.ports import CallGuard, Webshop
from integration.testing.webshop_contract import Connect, ShopSide, WebshopContract
from integration.webshops import find
from tests.contract.woocommerce.conftest import Settings
from tests.woocommerce.server import WooCommerceServer


class WooSide:
    """The shop as its owner sees it."""

    def __init__(self, shop: WooCommerceServer) -> None:
        self.shop = shop

    def add_product(self, sku: str, sellable: int) -> str:
        return str(self.shop.add_product(sku, sellable, price="18.49"))

    def place_order(self, sku: str, quantity: int) -> str:
        return str(self.shop.place_order((sku, quantity)))

    def take_over(self, order_id: str) -> None:
        self.shop.change_status(int(order_id), "completed")

    def break_down(self) -> None:
        self.shop.fail_next()

    def shown(self, sku: str) -> int:
        return self.shop.stock(sku) or 0

    def shipments(self, order_id: str) -> Mapping[str, Sequence[str | None]]:
        told = json.loads(self.shop.meta(int(order_id), "_picqer_shipments") or "{}")
        return {key: each["codes"] for key, each in told.items()}

    def is_complete(self, order_id: str) -> bool:
        return self.shop.status(int(order_id)) == "completed"


@pytest.fixture
def side(shop: WooCommerceServer) -> ShopSide:
    return WooSide(shop)


@pytest.fixture
def connect(settings_of: Settings, policy: ShopPolicy) -> Connect:
    def connected(guard: CallGuard) -> Webshop:
        return find("woocommerce").connect(settings_of(), policy, guard, SystemClock())

    return connected


class TestWooCommerce(WebshopContract):
    """Everything that flows rely on."""

"""A webshop that runs WooCommerce, over its REST API (version 3) and its webhooks."""

from __future__ import annotations

from integration.webshops import Connector
from integration.webshops.woocommerce.care import WooCommerceCare
from integration.webshops.woocommerce.client import Connecting
from integration.webshops.woocommerce.settings import WooCommerceSettings
from integration.webshops.woocommerce.webhook import hints, is_ping, verify

CONNECTOR = Connector(
    "woocommerce",
    WooCommerceSettings,
    Connecting(),
    verify,
    hints,
    is_ping=is_ping,
    care=WooCommerceCare,
)

"""The settings of a WooCommerce shop, and one order of it to change."""

from __future__ import annotations

import pytest

from integration.webshops.woocommerce.settings import WooCommerceSettings
from tests.woocommerce.captures import CAPTURED_SECRET, Json, answer

NEW_SECRET = "a-new-secret-for-the-hooks"


@pytest.fixture
def settings() -> WooCommerceSettings:
    """A shop whose webhook secret is being replaced: both are valid."""
    return WooCommerceSettings.model_validate(
        {
            "url": "https://shop.example.com",
            "consumer_key": "ck_" + "a" * 40,
            "consumer_secret": "cs_" + "b" * 40,
            "webhook_secret": [NEW_SECRET, CAPTURED_SECRET],
        }
    )


@pytest.fixture
def document() -> Json:
    """Order 18, paid: two bags of coffee at 9 %, a T-shirt at 21 % and shipping."""
    order: Json = answer("029")
    return order

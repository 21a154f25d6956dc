"""The settings of a custom webshop, and its orders and products as the contract writes them."""

from __future__ import annotations

from typing import Any

import pytest

from integration.webshops.custom.settings import CustomSettings

SECRETS = (
    "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "whsec_YWJjZGVmZ2hpamFiY2RlZmdoaWphYmNkZWZnaGlqYWI=",
)


@pytest.fixture
def settings() -> CustomSettings:
    """A shop whose secret is being replaced: both are valid."""
    return CustomSettings.model_validate(
        {"url": "https://shop.example.com/bridge", "token": "token-of-the-shop", "secret": SECRETS}
    )


@pytest.fixture
def address() -> dict[str, Any]:
    return {
        "name": "A. Jansen",
        "company": None,
        "street": "Dorpsstraat 1",
        "street2": "",
        "postal_code": "1234 AB",
        "city": "Arnhem",
        "region": None,
        "country": "nl",
        "phone": None,
    }


@pytest.fixture
def order(address: dict[str, Any]) -> dict[str, Any]:
    """The order of the design, with a field that nobody knows."""
    return {
        "id": "1042",
        "number": "NL-1042",
        "payment_status": "paid",
        "release": True,
        "fulfillment_status": "unfulfilled",
        "holds_stock": True,
        "cancelled": False,
        "test": False,
        "placed_at": "2026-11-23T10:00:00Z",
        "paid_at": "2026-11-23T11:01:00+01:00",
        "updated_at": None,
        "currency": "EUR",
        "customer": {"id": None, "email": "a@example.org", "name": "A. Jansen", "language": "nl"},
        "billing_address": address,
        "shipping_address": dict(address),
        "lines": [
            {
                "id": "1",
                "product_id": "9",
                "sku": "MUG-BLUE",
                "name": "Blue mug",
                "quantity": 2,
                "unit_price_net": "8.2200",
                "tax_rate": "21",
                "requires_shipping": True,
            }
        ],
        "shipping_lines": [{"title": "PostNL", "code": "postnl", "net": "4.09", "tax_rate": "21"}],
        "fees": [],
        "discounts": [{"title": "Welcome", "net": "-1.00"}],
        "totals": {"net": "20.53", "tax": "4.31", "gross": "24.84"},
        "customer_note": None,
        "pickup_point": None,
        "attributes": {"gift": "yes", "points": 3},
        "invented_later": {"by": "the shop"},
    }


@pytest.fixture
def product() -> dict[str, Any]:
    return {
        "id": "9",
        "sku": "MUG-BLUE",
        "name": "Blue mug",
        "price_net": "8.22",
        "tax_rate": "21",
        "currency": "EUR",
        "barcode": "8712345678906",
        "weight_g": 310,
        "length_mm": 90,
        "width_mm": 90,
        "height_mm": 110,
        "description": "",
        "image_urls": ["https://shop.example.com/mug.png"],
        "active": True,
        "stock_managed": True,
        "updated_at": "2026-11-23T10:00:00Z",
    }

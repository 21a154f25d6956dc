"""A shop product as the body of POST /products, and its fingerprint."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.domain import Product
from integration.errors import Unmappable
from integration.fingerprints import carried, fingerprint, round_price
from integration.picqer.mapping import product_to_picqer
from integration.testing.samples import PRODUCT, product_draft


def test_a_product_is_sent_with_exactly_these_fields() -> None:
    assert product_to_picqer(product_draft()) == {
        "productcode": "MUG-BLUE",
        "name": "Blue mug",
        "price": 8.22,
        "idvatgroup": 18,
        "barcode": "8712345678906",
        "weight": 310,
        "length": 9,
        "width": 10,
        "height": 11,
    }


def test_what_the_shop_leaves_empty_is_left_alone_at_picqer() -> None:
    bare = Product("9", "MUG-BLUE", " ", Decimal("8.22"), None, "EUR", barcode="", description="")
    assert product_to_picqer(product_draft(bare)) == {
        "productcode": "MUG-BLUE",
        "name": "MUG-BLUE",
        "price": 8.22,
    }


@pytest.mark.parametrize("sku", [None, "", " "])
def test_a_product_without_sku_parks(sku: str | None) -> None:
    with pytest.raises(Unmappable, match="Product 9 has no SKU"):
        product_to_picqer(product_draft(replace(PRODUCT, sku=sku)))


def test_a_missing_vat_group_parks_with_the_rate_named() -> None:
    with pytest.raises(Unmappable, match="VAT group of 6 %"):
        product_to_picqer(product_draft(replace(PRODUCT, tax_rate=Decimal(6))))


@pytest.mark.parametrize("price", ["NaN", "Infinity", "1e999999"])
def test_a_price_that_is_none_parks(price: str) -> None:
    with pytest.raises(Unmappable, match="MUG-BLUE"):
        product_to_picqer(product_draft(replace(PRODUCT, price_net=Decimal(price))))


@given(st.integers(min_value=0, max_value=100_000))
def test_sizes_are_never_rounded_down(millimetres: int) -> None:
    length = carried(replace(PRODUCT, length_mm=millimetres)).length_cm
    assert length is not None
    assert 0 <= length * 10 - millimetres < 10


@pytest.mark.parametrize(
    "changed",
    [
        replace(PRODUCT, id="10"),
        replace(PRODUCT, updated_at=datetime(2026, 1, 1, tzinfo=UTC)),
        replace(PRODUCT, price_net=Decimal("8.220000")),
        replace(PRODUCT, price_net=Decimal("8.22001")),
        replace(PRODUCT, tax_rate=Decimal("21.00")),
        replace(PRODUCT, width_mm=99),
        replace(PRODUCT, active=False, stock_managed=False),
        replace(PRODUCT, image_urls=("https://shop.example.com/new.jpg",)),
    ],
)
def test_what_picqer_would_not_see_keeps_the_fingerprint(changed: Product) -> None:
    assert fingerprint(changed) == fingerprint(PRODUCT)


@pytest.mark.parametrize(
    "changed",
    [
        replace(PRODUCT, sku="MUG-RED"),
        replace(PRODUCT, name="Red mug"),
        replace(PRODUCT, price_net=Decimal("8.2201")),
        replace(PRODUCT, tax_rate=Decimal(9)),
        replace(PRODUCT, tax_rate=None),
        replace(PRODUCT, barcode="1"),
        replace(PRODUCT, weight_g=311),
        replace(PRODUCT, width_mm=101),
        replace(PRODUCT, description="New"),
    ],
)
def test_what_picqer_would_see_changes_the_fingerprint(changed: Product) -> None:
    assert fingerprint(changed) != fingerprint(PRODUCT)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6))
def test_rounding_twice_is_rounding_once(net: Decimal) -> None:
    assert round_price(round_price(net)) == round_price(net)

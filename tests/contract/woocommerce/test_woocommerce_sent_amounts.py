"""From a WooCommerce order to the body that goes to Picqer: what is sent is what was paid.

Excluding tax and to the cent; or the order is parked with the difference named.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from integration.domain import Order, VatGroup
from integration.errors import Unmappable
from integration.picqer.mapping.orders import order_to_picqer
from integration.policy import AccountPolicy, ShopPolicy
from integration.ports import OrderDraft
from integration.webshops.woocommerce.mapping.orders import OrderContext, order_of
from integration.webshops.woocommerce.settings import WooCommerceSettings
from tests.contract.woocommerce.sold_orders import (
    CENT,
    RATES,
    Shop,
    Sold,
    carts,
    order_document,
    rows,
    shops,
)
from tests.woocommerce.captures import Json

CARRIAGE = "VERZENDEN"
"""The product that shipping costs are sent on, so that they are in what is sent."""
POLICY = replace(
    ShopPolicy("nl", AccountPolicy("main"), frozenset()), shipping_productcode=CARRIAGE
)
GROUPS = tuple(VatGroup(place, f"{rate} %", rate) for place, rate in enumerate(RATES, 1))
many = st.lists(rows("line_items", pieces=5000), min_size=1, max_size=3)


def order(document: Json, settings: WooCommerceSettings) -> Order:
    return order_of(document, "18", settings, OrderContext())


def sent(made: Order) -> Decimal:
    """What the lines and shipping costs at Picqer come to, and the fees that stay in the shop."""
    body = order_to_picqer(OrderDraft(made, POLICY, made.number, None, False, GROUPS))
    products = body["products"]
    assert isinstance(products, list)
    prices = (Decimal(str(row["price"])) * row["amount"] for row in products)
    return sum(prices, sum((fee.net for fee in made.fees), Decimal(0)))


def cents(amount: Decimal | None) -> Decimal:
    assert amount is not None
    return amount.quantize(CENT, ROUND_HALF_UP)


@pytest.fixture(scope="module")
def shop_settings() -> WooCommerceSettings:
    return WooCommerceSettings.model_validate(
        {
            "url": "https://shop.example.com",
            "consumer_key": "ck_" + "a" * 40,
            "consumer_secret": "cs_" + "b" * 40,
            "webhook_secret": "a-new-secret-for-the-hooks",
        }
    )


@given(shop=shops, sold=carts | many)
@profile(derandomize=True, deadline=None, max_examples=300)
def test_what_is_sent_is_what_was_paid(
    shop: Shop, sold: list[Sold], shop_settings: WooCommerceSettings
) -> None:
    made = order(order_document(shop, sold), shop_settings)
    assert cents(sent(made)) == cents(made.total_net)


@given(shop=shops, sold=carts | many, gift=st.integers(1, 5_000))
@profile(derandomize=True, deadline=None, max_examples=300)
def test_when_a_plugin_changes_the_total_it_is_sent_or_the_difference_is_named(
    shop: Shop, sold: list[Sold], gift: int, shop_settings: WooCommerceSettings
) -> None:
    made = order(order_document(shop, sold, gift=Decimal(gift) / 100), shop_settings)
    found: Decimal | str
    try:
        found = cents(sent(made))
    except Unmappable as parked:
        found = str(parked)
    assert found == cents(made.total_net) or "a difference of -" in str(found)


def test_a_difference_is_not_hidden_in_the_rounding_of_many_pieces(
    shop_settings: WooCommerceSettings,
) -> None:
    nails = Sold("line_items", Decimal("0.10"), 1000, Decimal(21), 0)
    for places in (2, 6):
        shop = Shop(includes_tax=False, rounds_at_subtotal=False, places=places)
        made = order(order_document(shop, [nails], gift=Decimal("4.50")), shop_settings)
        with pytest.raises(Unmappable, match=r"a difference of -4\.50"):
            sent(made)

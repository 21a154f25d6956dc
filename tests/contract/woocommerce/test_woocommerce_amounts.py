"""Whatever WooCommerce's own arithmetic makes of an order, it adds up to what was paid."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from integration.domain import Order
from integration.webshops.woocommerce.mapping.amounts import Paid, as_charged, per_piece, places_of
from integration.webshops.woocommerce.mapping.orders import OrderContext, order_of
from integration.webshops.woocommerce.settings import WooCommerceSettings
from tests.contract.woocommerce.sold_orders import (
    CENT,
    Shop,
    Sold,
    carts,
    order_document,
    shops,
)
from tests.woocommerce.captures import Json, answer

NOISE = Decimal("0.0000001")
"""What ten decimals of a price per piece may leave over in a whole order."""
SETTINGS = WooCommerceSettings.model_validate(
    {
        "url": "https://shop.example.com",
        "consumer_key": "ck_" + "a" * 40,
        "consumer_secret": "cs_" + "b" * 40,
        "webhook_secret": "a-new-secret-for-the-hooks",
    }
)


def together(order: Order) -> Decimal:
    lines = sum((line.unit_price_net * line.quantity for line in order.lines), Decimal(0))
    charges = order.shipping_lines + order.fees + order.discounts
    return sum((charge.net for charge in charges), lines)


def mapped(document: Json) -> Order:
    return order_of(document, "18", SETTINGS, OrderContext())


@given(shop=shops, sold=carts)
@profile(derandomize=True, deadline=None, max_examples=300)
def test_lines_and_charges_add_up_to_what_was_paid_excluding_tax(
    shop: Shop, sold: list[Sold]
) -> None:
    document = order_document(shop, sold)
    order = mapped(document)
    assert order.total_net == Decimal(document["total"]) - Decimal(document["total_tax"])
    assert abs(together(order) - order.total_net) < NOISE


@given(shop=shops, sold=carts)
@profile(derandomize=True, deadline=None, max_examples=300)
def test_no_line_is_further_from_its_own_total_than_rounding_goes(
    shop: Shop, sold: list[Sold]
) -> None:
    order = mapped(order_document(shop, sold))
    nets = [each.net(shop) for each in sold if each.kind == "line_items"]
    rates = len({each.rate for each in sold})
    for line, net in zip(order.lines, nets, strict=True):
        assert abs(line.unit_price_net * line.quantity - net) <= CENT * (1 + rates) + NOISE


@given(shop=shops, sold=carts)
@profile(derandomize=True, deadline=None, max_examples=200)
def test_every_rate_is_the_one_that_was_charged(shop: Shop, sold: list[Sold]) -> None:
    order = mapped(order_document(shop, sold))
    for kind, found in (
        ("line_items", order.lines),
        ("shipping_lines", order.shipping_lines),
        ("fee_lines", order.fees),
    ):
        rates = [each.rate for each in sold if each.kind == kind]
        assert [line.tax_rate for line in found] == rates


@given(shop=shops, sold=carts, cents=st.integers(20, 5_000))
@profile(derandomize=True, deadline=None, max_examples=100)
def test_a_difference_that_no_rounding_explains_is_left_to_be_seen(
    shop: Shop, sold: list[Sold], cents: int
) -> None:
    order = mapped(order_document(shop, sold, gift=Decimal(cents) / 100))
    assert order.total_net is not None
    assert together(order) - order.total_net > CENT


def test_a_shop_that_rounds_to_whole_amounts_adds_up_too() -> None:
    paid = Paid(Decimal(1032), places_of([Decimal(1135), Decimal(103)]), 3)
    assert as_charged([Decimal("454.545455"), Decimal("576.6")], paid) == (
        Decimal(455),
        Decimal(577),
    )


@pytest.mark.parametrize(
    ("totals", "places"),
    [
        (["65.95", "8.09"], 2),
        (["65.950000", "8.090000"], 2),
        (["65.9512", "8"], 4),
        (["65.5", "8"], 2),
        (["65.000000", "8"], 0),
        ([], 2),
    ],
)
def test_the_decimals_of_a_shop_are_told_by_its_totals(totals: list[str], places: int) -> None:
    assert places_of(map(Decimal, totals)) == places


def test_cents_that_the_shop_rounded_away_are_not_sent() -> None:
    order = mapped(answer("029"))
    # Unrounded these lines would come to 57.869665, of which the customer paid 57.86.
    assert together(order) == order.total_net == Decimal("57.86")


def test_a_rest_of_rounding_goes_to_the_largest_amount() -> None:
    nets = [Decimal("0.004"), Decimal("100.004"), Decimal("0.004")]
    paid = Paid(Decimal("100.02"), 2, 3)
    assert as_charged(nets, paid) == (Decimal("0.004"), Decimal("100.012"), Decimal("0.004"))
    assert as_charged(nets, Paid(Decimal("100.04"), 2, 3)) == tuple(nets)


def test_the_price_per_piece_is_exact_where_it_can_be() -> None:
    assert per_piece(Decimal("33.940000"), 2) == Decimal("16.97")
    assert per_piece(Decimal("50.92"), 3) == Decimal("16.9733333333")
    assert per_piece(Decimal("50.92"), 0) == 0


@pytest.mark.parametrize(("net", "quantity"), [("100.00", 1000), ("33.940000", 2), ("5.00", 0)])
def test_the_price_per_piece_says_how_exact_it_is(net: str, quantity: int) -> None:
    assert per_piece(Decimal(net), quantity).as_tuple().exponent == -10

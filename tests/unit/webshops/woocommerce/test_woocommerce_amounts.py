"""Whatever WooCommerce's own arithmetic makes of an order: what we send adds up to what was paid.

The shop here computes as WooCommerce does, in both of its settings: tax rounded for each line, or
at the subtotal; prices entered with or without tax; any rates, coupons, fees and shipping costs.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from integration.domain import Order
from integration.webshops.woocommerce.mapping.amounts import Paid, as_charged, per_piece, places_of
from integration.webshops.woocommerce.mapping.orders import OrderContext, order_of
from integration.webshops.woocommerce.settings import WooCommerceSettings
from tests.woocommerce.captures import Json, answer

CENT = Decimal("0.01")
ZERO = Decimal(0)
SIX = Decimal("0.000001")
RATES = (Decimal(0), Decimal("5.5"), Decimal(9), Decimal(19), Decimal(21), Decimal("25.5"))
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


@dataclass(frozen=True)
class Shop:
    """How a shop is set up, and how many decimals its amounts are asked for in."""

    includes_tax: bool
    rounds_at_subtotal: bool
    places: int

    def tax_cents(self, tax: Decimal) -> Decimal:
        return tax.quantize(CENT, ROUND_HALF_DOWN if self.includes_tax else ROUND_HALF_UP)

    def text(self, amount: Decimal) -> str:
        return f"{amount.quantize(Decimal(1).scaleb(-self.places), ROUND_HALF_UP):f}"


@dataclass(frozen=True)
class Sold:
    """A line, fee or shipping cost as entered: ``price`` for one piece, less ``percent_off``."""

    kind: str
    price: Decimal
    quantity: int
    rate: Decimal
    percent_off: int

    def net(self, shop: Shop) -> Decimal:
        entered = self.price * self.quantity
        entered -= (entered * self.percent_off / 100).quantize(CENT)
        includes = shop.includes_tax and self.kind == "line_items"
        return (entered / (1 + self.rate / 100)).quantize(SIX) if includes else entered

    def tax(self, shop: Shop) -> Decimal:
        tax = (self.net(shop) * self.rate / 100).quantize(SIX, ROUND_HALF_UP)
        return tax if shop.rounds_at_subtotal else shop.tax_cents(tax)


def order_document(shop: Shop, sold: list[Sold], gift: Decimal = ZERO) -> Json:
    """The order as the shop shows it; ``gift`` is taken off the total by a plugin."""
    nets = [each.net(shop) for each in sold]
    if not shop.rounds_at_subtotal:
        nets = [net.quantize(CENT, ROUND_HALF_UP) for net in nets]
    shipping = [each.tax(shop) for each in sold if each.kind == "shipping_lines"]
    cart = [each.tax(shop) for each in sold if each.kind != "shipping_lines"]
    total = sum(nets + cart + shipping, ZERO).quantize(CENT, ROUND_HALF_UP) - gift
    tax_total = shop.tax_cents(sum(cart, ZERO)) + shop.tax_cents(sum(shipping, ZERO))
    document: Json = answer("029")
    rates = sorted({each.rate for each in sold})
    document |= {"total": shop.text(total), "total_tax": shop.text(tax_total)}
    document["tax_lines"] = [
        {"rate_id": place + 1, "rate_percent": float(rate)} for place, rate in enumerate(rates)
    ]
    for kind in ("line_items", "shipping_lines", "fee_lines"):
        document[kind] = [
            row(shop, place, each, rates) for place, each in enumerate(sold) if each.kind == kind
        ]
    return document


def row(shop: Shop, place: int, sold: Sold, rates: list[Decimal]) -> Json:
    tax = shop.text(sold.tax(shop))
    net = sold.net(shop)
    return {
        "id": place + 1,
        "name": "iets",
        "method_title": "bezorgen",
        "product_id": 11,
        "quantity": sold.quantity,
        "sku": f"SKU-{place}",
        "total": shop.text(net),
        "total_tax": tax,
        "price": float(net) / sold.quantity,
        "taxes": [{"id": rates.index(sold.rate) + 1, "total": tax}],
    }


def rows(kind: str, *, lowest: int = 0, pieces: int = 1) -> st.SearchStrategy[Sold]:
    prices = st.integers(lowest, 60_000).map(lambda cents: Decimal(cents) / 100)
    off = st.integers(0, 100) if kind == "line_items" else st.just(0)
    return st.builds(
        Sold, st.just(kind), prices, st.integers(1, pieces), st.sampled_from(RATES), off
    )


shops = st.builds(Shop, st.booleans(), st.booleans(), st.sampled_from([2, 6]))
carts = st.builds(
    lambda lines, costs, fees: lines + costs + fees,
    st.lists(rows("line_items", pieces=40), min_size=1, max_size=6),
    st.lists(rows("shipping_lines"), max_size=2),
    st.lists(rows("fee_lines", lowest=-500), max_size=2),
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

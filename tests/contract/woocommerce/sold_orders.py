"""Orders as WooCommerce's own arithmetic makes them, for tests of what becomes of their amounts.

The shop here computes as WooCommerce does, in both of its settings: tax rounded for each line, or
at the subtotal; prices entered with or without tax; any rates, coupons, fees and shipping costs.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal

from hypothesis import strategies as st

from tests.woocommerce.captures import Json, answer

CENT = Decimal("0.01")
ZERO = Decimal(0)
SIX = Decimal("0.000001")
RATES = (Decimal(0), Decimal("5.5"), Decimal(9), Decimal(19), Decimal(21), Decimal("25.5"))


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

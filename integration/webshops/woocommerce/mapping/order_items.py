"""The lines, shipping costs and fees of a WooCommerce order, with what was charged for them. Pure.

Coupons are in the lines' totals already, and every amount excludes tax, whatever way the shop
enters its prices. Source: WooCommerce REST v3, orders; seen in WooCommerce 11.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from integration.domain import ChargeLine, OrderLine
from integration.errors import Unmappable
from integration.webshops.woocommerce.fields import FINEST, WooFields, meta_of, product_ref
from integration.webshops.woocommerce.mapping.amounts import (
    Paid,
    as_charged,
    per_piece,
    places_of,
    plain,
)
from integration.webshops.woocommerce.mapping.taxes import (
    NamedRates,
    Taxed,
    applied_rates,
    named_rates,
    rate_of,
)

TOTALS = (
    "total",
    "total_tax",
    "cart_tax",
    "shipping_total",
    "shipping_tax",
    "discount_total",
    "discount_tax",
)
REDUCED_STOCK = "_reduced_stock"
"""WooCommerce writes it at a line exactly as long as it has taken the pieces off the stock."""


@dataclass(frozen=True, slots=True)
class FoundProducts:
    """What was looked up of an order's products.

    ``not_shipped`` holds the ids of virtual products: the variation's where there is one.
    ``without_sku`` holds the products (``11``, ``13/15``) whose lines show a SKU that is not
    theirs alone: WooCommerce shows a variation without SKU with that of its product.
    """

    not_shipped: frozenset[str] = frozenset()
    without_sku: frozenset[str] = frozenset()


NOTHING_FOUND = FoundProducts()


@dataclass(frozen=True, slots=True)
class Item:
    """A line, shipping cost or fee. ``net`` excludes tax and is for all pieces together."""

    kind: str
    fields: WooFields
    quantity: int
    net: Decimal
    tax_rate: Decimal | None


def paid_of(order: WooFields) -> Paid:
    """What the customer paid excluding tax, before refunds; without ``total_tax`` there is none."""
    totals = (order.optional_amount(name) for name in TOTALS)
    places = places_of(total for total in totals if total is not None)
    rates = sum(1 for _ in order.tables("tax_lines"))
    net = order.amount("total") - (order.optional_amount("total_tax") or Decimal(0))
    return Paid(plain(net), places, 1 + 2 * max(rates, 1))


def items_of(order: WooFields, paid: Paid) -> tuple[Item, ...]:
    """Everything that was charged, with amounts that add up when rounding explains the rest."""
    named = named_rates(order)
    lines = {
        "line_items": order.goods(),
        "shipping_lines": order.tables("shipping_lines"),
        "fee_lines": order.tables("fee_lines"),
    }
    items = [_item(kind, fields, named, paid) for kind in lines for fields in lines[kind]]
    nets = as_charged([item.net for item in items], paid)
    return tuple(replace(item, net=net) for item, net in zip(items, nets, strict=True))


def line_of(item: Item, left: int, found: FoundProducts) -> OrderLine:
    """A line of which ``left`` pieces are still to be shipped.

    One whose product was deleted names no product; it has a SKU only where the shop still shows
    one.
    """
    fields = item.fields
    product = product_ref(fields)
    return OrderLine(
        id=fields.text("id"),
        sku=None if product in found.without_sku else fields.code("sku"),
        name=fields.line("name") or "",
        quantity=left,
        unit_price_net=per_piece(item.net, item.quantity),
        tax_rate=item.tax_rate,
        product_id=product,
        requires_shipping=product is None or product.split("/")[-1] not in found.not_shipped,
    )


def charge_of(item: Item) -> ChargeLine:
    """A shipping cost, with method and instance as its code (``flat_rate:1``), or a fee."""
    fields = item.fields
    if item.kind == "fee_lines":
        return ChargeLine(fields.line("name") or "", plain(item.net), item.tax_rate)
    method, instance = fields.line("method_id"), fields.line("instance_id")
    code = f"{method}:{instance}" if method and instance else method
    title = fields.line("method_title") or method or ""
    return ChargeLine(title, plain(item.net), item.tax_rate, code)


def has_taken_stock(order: WooFields) -> bool:
    """Whether the shop has taken pieces of any line off its stock figure."""
    found = (meta_of(line.values).get(REDUCED_STOCK) for line in order.tables("line_items"))
    return any(str(value) not in ("", "0") for value in found if isinstance(value, str | int))


def _item(kind: str, fields: WooFields, named: NamedRates, paid: Paid) -> Item:
    quantity = _pieces(fields) if kind == "line_items" else 1
    net, half = _exact(fields, quantity)
    ids = applied_rates(fields)
    tax = fields.optional_amount("total_tax") or Decimal(0)
    taxed = Taxed(net, tax, half, paid.rounding * max(len(ids), 1))
    return Item(kind, fields, quantity, net, rate_of(taxed, ids, named))


def _pieces(fields: WooFields) -> int:
    """How many pieces of a line were ordered; 0 is a line of which nothing is to be shipped."""
    number = fields.amount("quantity")
    if number != number.to_integral_value():
        product = product_ref(fields) or fields.code("sku")
        which = f"product {product}" if product else "a product that is gone"
        raise Unmappable(
            f"The shop's {fields.thing} has a field {fields.above}quantity with a part of a piece "
            f"of {which}, and Picqer knows whole pieces only. Enter the order in Picqer by hand, "
            f"then dismiss this job."
        )
    quantity = fields.pieces("quantity")
    if quantity < 0:
        raise fields.wrong("quantity", "is below 0")
    return quantity


def _exact(fields: WooFields, quantity: int) -> tuple[Decimal, Decimal]:
    """The total excluding tax as exactly as it is told, and how far from it the truth may be.

    ``price`` is the total divided by the pieces, unrounded; the total itself has as many decimals
    as were asked for (``dp``). A price that cannot be read, or does not agree with the total, is
    not used.
    """
    total = fields.optional_amount("total") or Decimal(0)
    exponent = total.as_tuple().exponent
    half = Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0) / 2
    price = _price(fields)
    if price is not None and abs(price * quantity - total) <= half:
        return (price * quantity).quantize(FINEST), quantity * FINEST
    return total, half


def _price(fields: WooFields) -> Decimal | None:
    """The price of a piece; None when a plugin wrote what is no number: the total tells it too."""
    try:
        return fields.optional_amount("price")
    except Unmappable:
        return None

"""A WooCommerce order as an order of ours. Pure.

Whether an order is to be shipped is told by its status alone: cash on delivery is ``processing``
without ever being paid. Sources: WooCommerce REST v3, orders; seen in WooCommerce 11.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from integration.domain import ChargeLine, FulfillmentStatus, Order, OrderLine, PaymentStatus
from integration.ports import OrderChange
from integration.webshops.woocommerce.fields import (
    WooFields,
    fields_of,
    order_fields,
    product_ref,
)
from integration.webshops.woocommerce.mapping.addresses import addresses_of, customer_of
from integration.webshops.woocommerce.mapping.amounts import plain
from integration.webshops.woocommerce.mapping.order_items import (
    NOTHING_FOUND,
    FoundProducts,
    Item,
    charge_of,
    has_taken_stock,
    items_of,
    line_of,
    paid_of,
)
from integration.webshops.woocommerce.mapping.refunds import (
    NO_REFUNDS,
    Refunds,
    refund_ids,
    refunded_gross,
    refunds_of,
)
from integration.webshops.woocommerce.settings import WooCommerceSettings

BALANCE_PLACES = 6
"""A balance of refunds is told this exactly: below it is what prices per piece cannot express."""
CURRENCY = re.compile(r"[A-Z]{3}")
REFUNDED = "refunded"
CANCELLED = frozenset({"cancelled", "trash", REFUNDED})
"""Nothing of such an order is to be shipped. REST shows ``trash`` although it does not list it."""
WITHHELD = frozenset({"pending", "on-hold", "failed"})
"""WooCommerce's own statuses of an order that must wait; a shop's own status may mean anything."""
HOLDING = frozenset({"processing", "on-hold", "completed"})
"""Statuses at whose beginning WooCommerce takes the pieces off its stock."""


@dataclass(frozen=True, slots=True)
class OrderContext:
    """What an order's own JSON does not say.

    ``customer_created_at`` is of a registered customer. ``refunds`` are the documents of the
    order's refunds.
    """

    customer_created_at: datetime | None = None
    products: FoundProducts = NOTHING_FOUND
    refunds: Sequence[object] = ()


@dataclass(frozen=True, slots=True)
class Named:
    """A product as an order's line names it: ``ref`` is ``11`` or ``13/15``, with the SKU shown."""

    ref: str
    sku: str | None


@dataclass(frozen=True, slots=True)
class ContextWanted:
    """What has to be looked up before an order can be mapped.

    ``products`` are those of the lines, each once; lines of a product that is gone name none.
    ``refunds``: whether the order's refunds have to be read.
    """

    customer_id: str | None
    products: tuple[Named, ...]
    refunds: bool


def wanted_context(document: object) -> ContextWanted:
    """What an order's own JSON leaves to be looked up. Raises Unmappable."""
    order = _named(document)
    lines = [(product_ref(line), line.code("sku")) for line in order.goods()]
    return ContextWanted(
        customer_id=order.identity("customer_id"),
        products=tuple(dict.fromkeys(Named(ref, sku) for ref, sku in lines if ref)),
        refunds=_status(order) not in CANCELLED and bool(refund_ids(order)),
    )


def order_change_of(document: object) -> OrderChange:
    """One row of a list of orders with ``_fields=id,date_modified_gmt``. Raises Unmappable."""
    order = _named(document)
    return OrderChange(order.text("id"), order.optional_utc("date_modified_gmt"))


def order_of(
    document: object, order_id: str, settings: WooCommerceSettings, context: OrderContext
) -> Order:
    """A shop order. Raises Unmappable, which names the order and the field."""
    order = order_fields(document, order_id)
    status, paid = _status(order), paid_of(order)
    items = items_of(order, paid)
    refunds = NO_REFUNDS if status in CANCELLED else refunds_of(order, context.refunds)
    billing, shipping = addresses_of(order)
    lines, charges = _lines(order, items, refunds, context.products), _charges(items)
    return Order(
        id=order_id,
        number=order.label("number") or order_id,
        payment_status=_payment(order, status),
        release=status in settings.release_statuses,
        fulfillment_status=_fulfillment(status, settings),
        holds_stock=status in HOLDING or has_taken_stock(order),
        cancelled=status in CANCELLED,
        withheld=status in WITHHELD and status not in settings.release_statuses,
        test=False,
        placed_at=order.utc("date_created_gmt"),
        paid_at=order.optional_utc("date_paid_gmt"),
        updated_at=order.optional_utc("date_modified_gmt"),
        currency=_currency(order),
        customer=customer_of(order, context.customer_created_at, settings.vat_number_meta),
        billing_address=billing,
        shipping_address=shipping,
        lines=lines,
        shipping_lines=charges["shipping_lines"],
        fees=charges["fee_lines"] + _kept_or_given_back(items, lines, refunds),
        total_net=plain(paid.net - refunds.net),
        customer_note=order.note("customer_note"),
    )


def _named(document: object) -> WooFields:
    """The fields of an order, which is named by the id that it has itself."""
    found = fields_of(document, "order").identity("id")
    order = fields_of(document, f"order {found}" if found else "order without id")
    if found is None:
        raise order.wrong("id", "is missing")
    return order


def _status(order: WooFields) -> str:
    return (order.code("status") or "").removeprefix("wc-")


def _currency(order: WooFields) -> str:
    currency = order.text("currency")
    if not CURRENCY.fullmatch(currency):
        raise order.wrong("currency", "is not three capitals such as EUR")
    return currency


def _payment(order: WooFields, status: str) -> PaymentStatus:
    if status == REFUNDED or _is_all_refunded(order):
        return PaymentStatus.REFUNDED
    if refunded_gross(order):
        return PaymentStatus.PARTIALLY_REFUNDED
    is_paid = order.optional_utc("date_paid_gmt") is not None
    return PaymentStatus.PAID if is_paid else PaymentStatus.UNPAID


def _is_all_refunded(order: WooFields) -> bool:
    return Decimal(0) < order.amount("total") <= refunded_gross(order)


def _fulfillment(status: str, settings: WooCommerceSettings) -> FulfillmentStatus:
    """Completed, or in the status that the shop's orders get when they have been shipped."""
    is_shipped = status in ("completed", settings.shipped_status)
    return FulfillmentStatus.FULFILLED if is_shipped else FulfillmentStatus.UNFULFILLED


def _lines(
    order: WooFields, items: Sequence[Item], refunds: Refunds, found: FoundProducts
) -> tuple[OrderLine, ...]:
    """The lines with the pieces that are left of them."""
    is_over = _is_all_refunded(order)
    lines = []
    for item in items:
        if item.kind == "line_items":
            back = item.quantity if is_over else refunds.pieces.get(item.fields.text("id"), 0)
            lines.append(line_of(item, max(0, item.quantity - back), found))
    return tuple(lines)


def _charges(items: Sequence[Item]) -> dict[str, tuple[ChargeLine, ...]]:
    kinds = ("shipping_lines", "fee_lines")
    return {kind: tuple(charge_of(item) for item in items if item.kind == kind) for kind in kinds}


def _kept_or_given_back(
    items: Sequence[Item], lines: Sequence[OrderLine], refunds: Refunds
) -> tuple[ChargeLine, ...]:
    """What was refunded beyond the pieces that were taken off, or of those pieces was not.

    So the lines and charges still add up to what the customer paid in the end.
    """
    if not refunds.pieces and not refunds.net:
        return ()
    before = sum((item.net for item in items if item.kind == "line_items"), Decimal(0))
    after = sum((line.unit_price_net * line.quantity for line in lines), Decimal(0))
    beyond = round(before - after - refunds.net, BALANCE_PLACES)
    return (ChargeLine("Refund", plain(beyond)),) if beyond else ()

"""What was refunded before an order went to the warehouse."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from integration.domain import ChargeLine, Order, PaymentStatus
from integration.errors import Unmappable
from integration.webshops.woocommerce.mapping.orders import OrderContext, order_of
from integration.webshops.woocommerce.settings import WooCommerceSettings
from tests.woocommerce.captures import Json


def refund(amount: str, *lines: tuple[int, int, str, str], **more: Any) -> Json:
    """A refund of these lines: the line's id, pieces, total and tax."""
    items = [
        {
            "id": 100 + line,
            "quantity": -pieces,
            "total": f"-{total}",
            "total_tax": f"-{tax}",
            "meta_data": [{"id": 1, "key": "_refunded_item_id", "value": str(line)}],
        }
        for line, pieces, total, tax in lines
    ]
    return {"id": 21, "amount": amount, "line_items": items, "shipping_lines": []} | more


def mapped(document: Json, settings: WooCommerceSettings, *refunds: Json) -> Order:
    rows = [{"id": each["id"], "total": f"-{each['amount']}"} for each in refunds]
    context = OrderContext(refunds=refunds)
    return order_of(document | {"refunds": rows}, "18", settings, context)


def adds_up(order: Order) -> bool:
    lines = sum(line.unit_price_net * line.quantity for line in order.lines)
    charges = sum(charge.net for charge in order.shipping_lines + order.fees)
    return lines + charges == order.total_net


def test_refunded_pieces_are_not_shipped(document: Json, settings: WooCommerceSettings) -> None:
    order = mapped(document, settings, refund("18.50", (1, 1, "16.97", "1.53")))
    assert [line.quantity for line in order.lines] == [1, 1]
    assert order.lines[0].unit_price_net == Decimal("16.97")
    assert order.total_net == Decimal("40.89")
    assert order.payment_status is PaymentStatus.PARTIALLY_REFUNDED
    assert order.fees == ()
    assert adds_up(order)


def test_a_line_that_was_refunded_piece_by_piece_is_gone(
    document: Json, settings: WooCommerceSettings
) -> None:
    first = refund("18.50", (1, 1, "16.97", "1.53"))
    second = refund("18.50", (1, 1, "16.97", "1.53"), id=22)
    order = mapped(document, settings, first, second)
    assert [line.id for line in order.lines_to_ship] == ["2"]
    assert adds_up(order)


def test_a_refund_by_amount_leaves_the_pieces_alone(
    document: Json, settings: WooCommerceSettings
) -> None:
    order = mapped(document, settings, refund("5.00"))
    assert [line.quantity for line in order.lines] == [2, 1]
    assert order.total_net == Decimal("52.86")
    assert order.fees == (ChargeLine("Refund", Decimal("-5.00")),)
    assert adds_up(order)


def test_a_lower_price_for_a_line_leaves_its_pieces_alone(
    document: Json, settings: WooCommerceSettings
) -> None:
    order = mapped(document, settings, refund("6.05", (2, 0, "5.00", "1.05")))
    assert [line.quantity for line in order.lines] == [2, 1]
    assert order.total_net == Decimal("52.86")
    assert adds_up(order)


def test_pieces_that_were_refunded_in_part_leave_what_was_kept(
    document: Json, settings: WooCommerceSettings
) -> None:
    order = mapped(document, settings, refund("10.90", (1, 1, "10.00", "0.90")))
    assert order.fees == (ChargeLine("Refund", Decimal("6.97")),)
    assert adds_up(order)


def test_refunded_shipping_counts_excluding_tax(
    document: Json, settings: WooCommerceSettings
) -> None:
    shipping = [{"id": 9, "total": "-4.09", "total_tax": "-0.86"}]
    order = mapped(document, settings, refund("4.95", shipping_lines=shipping))
    assert order.total_net == Decimal("53.77")
    assert adds_up(order)


def test_nothing_is_left_to_ship_when_all_was_given_back(
    document: Json, settings: WooCommerceSettings
) -> None:
    order = mapped(document, settings, refund("65.95"))
    assert order.lines_to_ship == ()
    assert order.payment_status is PaymentStatus.REFUNDED


def test_more_pieces_than_were_ordered_leave_none(
    document: Json, settings: WooCommerceSettings
) -> None:
    order = mapped(document, settings, refund("18.50", (1, 5, "16.97", "1.53")))
    assert order.lines[0].quantity == 0


def test_a_refund_that_was_not_read_is_not_overlooked(
    document: Json, settings: WooCommerceSettings
) -> None:
    named = document | {"refunds": [{"id": 21, "total": "-18.50"}]}
    with pytest.raises(Unmappable, match="order 18 has a field refunds that names refund 21"):
        order_of(named, "18", settings, OrderContext())


def test_pieces_of_an_unnamed_line_are_not_shipped_by_mistake(
    document: Json, settings: WooCommerceSettings
) -> None:
    unnamed = refund("18.50", (1, 1, "16.97", "1.53"))
    unnamed["line_items"][0]["meta_data"] = []
    with pytest.raises(Unmappable, match=r"refunds\[0\].line_items\[0\].meta_data"):
        mapped(document, settings, unnamed)


def test_a_refund_made_since_the_order_was_read_counts(
    document: Json, settings: WooCommerceSettings
) -> None:
    later = refund("18.50", (1, 1, "16.97", "1.53"))
    order = order_of(document, "18", settings, OrderContext(refunds=[later]))
    assert order.lines[0].quantity == 1
    assert adds_up(order)


def test_a_refunded_order_is_cancelled_without_its_refunds_being_read(
    document: Json, settings: WooCommerceSettings
) -> None:
    rows = [{"id": 21, "total": "-65.95"}]
    gone = document | {"status": "refunded", "refunds": rows}
    order = order_of(gone, "18", settings, OrderContext())
    assert (order.cancelled, order.payment_status) == (True, PaymentStatus.REFUNDED)

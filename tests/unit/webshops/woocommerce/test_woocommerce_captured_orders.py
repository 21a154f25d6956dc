"""Every order that a real WooCommerce 11 answered or sent, as an order of ours."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from integration.domain import (
    Address,
    ChargeLine,
    Customer,
    FulfillmentStatus,
    Order,
    OrderLine,
    PaymentStatus,
)
from integration.webshops.woocommerce.mapping.order_items import FoundProducts
from integration.webshops.woocommerce.mapping.orders import OrderContext, order_change_of, order_of
from integration.webshops.woocommerce.settings import WooCommerceSettings
from tests.woocommerce.captures import Json, answer, deliveries, delivery


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-23T{clock}").replace(tzinfo=UTC)


JASMIJN = Address(
    name="Jasmijn van \u2019t Hof",
    street="Prinsengracht 263-B",
    street2="2 hoog",
    postal_code="1016GV",
    city="Amsterdam",
    country="NL",
    phone="+31612345678",
)
JORG = Address(
    name="Jörg Müller",
    company="Müller & Söhne GmbH",
    street="Straße des 17. Juni 5a",
    postal_code="10623",
    city="Berlin",
    region="DE-BE",
    country="DE",
    phone="+49301234567",
)
SOREN = Address(
    name="Søren Ærø-Ødegård",
    street="Kerkstraat 12a",
    postal_code="5211 KM",
    city="'s-Hertogenbosch",
    country="NL",
    phone="073-1234567",
)
BUYER = Customer(
    email="jasmijn@voorbeeld.test", name="Jasmijn van \u2019t Hof", phone="+31612345678"
)
COFFEE = OrderLine(
    id="1",
    sku="KOF-ETH-1000",
    name="Koffiebonen Ethiopië 1 kg",
    quantity=2,
    unit_price_net=Decimal("16.97"),
    tax_rate=Decimal(9),
    product_id="11",
)
SHIRT = OrderLine(
    id="2",
    sku="TSH-M",
    name="T-shirt Koffie - M",
    quantity=1,
    unit_price_net=Decimal("19.83"),
    tax_rate=Decimal(21),
    product_id="13/15",
)
PENDING = Order(
    id="18",
    number="18",
    payment_status=PaymentStatus.UNPAID,
    release=False,
    fulfillment_status=FulfillmentStatus.UNFULFILLED,
    holds_stock=False,
    cancelled=False,
    test=False,
    placed_at=at("11:51:26"),
    paid_at=None,
    updated_at=at("11:51:26"),
    currency="EUR",
    customer=BUYER,
    billing_address=JASMIJN,
    shipping_address=JASMIJN,
    lines=(COFFEE, SHIRT),
    shipping_lines=(ChargeLine("PostNL", Decimal("4.09"), Decimal(21), "flat_rate"),),
    total_net=Decimal("57.86"),
    customer_note="Graag bij de buren op 265 afgeven.",
    withheld=True,
)
PAID = replace(
    PENDING,
    withheld=False,
    payment_status=PaymentStatus.PAID,
    release=True,
    holds_stock=True,
    paid_at=at("11:51:26"),
)
COMPLETED = replace(PAID, release=False, fulfillment_status=FulfillmentStatus.FULFILLED)
MILLS = OrderLine(
    id="6",
    sku="MOL-ZAS",
    name="Handmolen “Zassenhaus”",
    quantity=8,
    unit_price_net=Decimal("66.075"),
    tax_rate=Decimal(0),
    product_id="12",
)
FOREIGN = replace(
    PAID,
    id="19",
    number="19",
    shipping_address=JORG,
    lines=(
        MILLS,
        OrderLine(
            id="7",
            sku=None,
            name="Cadeaubon zonder SKU",
            quantity=1,
            unit_price_net=Decimal("20.66"),
            tax_rate=Decimal(0),
            product_id="17",
            requires_shipping=False,
        ),
    ),
    shipping_lines=(ChargeLine("DHL Europa", Decimal("9.00"), Decimal(0), "flat_rate"),),
    fees=(ChargeLine("Inpakken", Decimal("2.50"), Decimal(0)),),
    total_net=Decimal("560.76"),
    customer_note=None,
)
ONE_BAG = replace(COFFEE, id="10", quantity=1)
ON_HOLD = replace(
    PENDING,
    id="20",
    number="20",
    holds_stock=True,
    lines=(ONE_BAG,),
    shipping_lines=(),
    total_net=Decimal("16.97"),
    customer_note=None,
)
STOREFRONT = Order(
    id="22",
    number="22",
    payment_status=PaymentStatus.UNPAID,
    release=True,
    fulfillment_status=FulfillmentStatus.UNFULFILLED,
    holds_stock=True,
    cancelled=False,
    test=False,
    placed_at=at("11:52:48"),
    paid_at=None,
    updated_at=at("11:52:48"),
    currency="EUR",
    customer=Customer(email="soren@voorbeeld.test", name="Søren Ærø-Ødegård", phone="073-1234567"),
    billing_address=SOREN,
    shipping_address=SOREN,
    lines=(
        replace(COFFEE, id="15", quantity=3, unit_price_net=Decimal("16.9733333333")),
        replace(SHIRT, id="16", sku="TSH-S", name="T-shirt Koffie - S", product_id="13/14"),
    ),
    shipping_lines=(ChargeLine("PostNL", Decimal("4.95"), Decimal(21), "flat_rate:1"),),
    total_net=Decimal("75.70"),
    customer_note="Bel aan bij 12b",
)
NOT_SHIPPED = frozenset({"17"})
REFUNDED_MILL = (ChargeLine("Refund", Decimal("-13.875")),)
"""79.95 went back, of which the piece that was taken off cost 66.075."""


def mapped(document: Json, settings: WooCommerceSettings) -> Order:
    refunds = [answer("034")] if document["refunds"] else []
    context = OrderContext(products=FoundProducts(not_shipped=NOT_SHIPPED), refunds=refunds)
    return order_of(document, str(document["id"]), settings, context)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("024", PENDING),
        ("025", PAID),
        ("026", FOREIGN),
        ("027", ON_HOLD),
        ("028", replace(ON_HOLD, cancelled=True, holds_stock=False, withheld=False)),
        ("029", PAID),
        ("033", COMPLETED),
        ("062", STOREFRONT),
    ],
)
def test_a_captured_answer_is_read_exactly(
    number: str, expected: Order, settings: WooCommerceSettings
) -> None:
    order = mapped(answer(number), settings)
    assert replace(order, updated_at=expected.updated_at) == expected


@pytest.mark.parametrize(("number", "ids"), [("030", ["18", "19"]), ("091", ["20", "22"])])
def test_the_rows_of_captured_lists_are_whole_orders(
    number: str, ids: list[str], settings: WooCommerceSettings
) -> None:
    expected = {"18": PAID, "19": FOREIGN, "22": STOREFRONT}
    orders = [mapped(row, settings) for row in answer(number)]
    assert [order.id for order in orders] == ids
    for order in orders:
        wanted = expected.get(
            order.id, replace(ON_HOLD, cancelled=True, holds_stock=False, withheld=False)
        )
        assert replace(order, updated_at=wanted.updated_at) == wanted


def test_rows_of_a_list_tell_which_orders_changed_and_when() -> None:
    rows = [order_change_of(row) for row in answer("031")]
    assert [(row.id, row.updated_at) for row in rows] == [
        ("18", at("11:51:26")),
        ("19", at("11:51:26")),
    ]


def test_the_batch_that_completed_two_orders_and_missed_one_is_read_row_by_row(
    settings: WooCommerceSettings,
) -> None:
    rows = [row for row in answer("064")["update"] if "error" not in row]
    orders = [mapped(row, settings) for row in rows]
    assert [(order.id, order.fulfillment_status) for order in orders] == [
        ("23", FulfillmentStatus.FULFILLED),
        ("24", FulfillmentStatus.FULFILLED),
    ]
    assert {order.total_net for order in orders} == {Decimal("16.97")}
    assert not any(order.release for order in orders)


@pytest.mark.parametrize("number", ["065", "066"])
def test_the_answer_to_a_deletion_is_the_order_as_it_was(
    number: str, settings: WooCommerceSettings
) -> None:
    order = mapped(answer(number), settings)
    assert (order.release, order.cancelled, order.holds_stock) == (True, False, True)
    assert order.shipping_address.street == order.billing_address.street
    assert order.total_net == Decimal("16.97")


ORDER_EVENTS = {
    "020": PAID,
    "021": PAID,
    "023": FOREIGN,
    "024": FOREIGN,
    "025": replace(ON_HOLD, cancelled=True, holds_stock=False, withheld=False),
    "026": replace(ON_HOLD, cancelled=True, holds_stock=False, withheld=False),
    "027": COMPLETED,
    "029": replace(
        FOREIGN,
        payment_status=PaymentStatus.PARTIALLY_REFUNDED,
        lines=(replace(MILLS, quantity=7), *FOREIGN.lines[1:]),
        fees=FOREIGN.fees + REFUNDED_MILL,
        total_net=Decimal("480.81"),
    ),
    "031": STOREFRONT,
    "032": STOREFRONT,
}


@pytest.mark.parametrize("number", sorted(ORDER_EVENTS))
def test_the_body_of_a_captured_delivery_is_read_exactly(
    number: str, settings: WooCommerceSettings
) -> None:
    body = json.loads(delivery(number)["body"], parse_float=Decimal)
    expected = ORDER_EVENTS[number]
    assert replace(mapped(body, settings), updated_at=expected.updated_at) == expected


FATES = {
    "23": (False, False, FulfillmentStatus.FULFILLED),
    "24": (False, False, FulfillmentStatus.FULFILLED),
    "25": (False, True, FulfillmentStatus.UNFULFILLED),
    "27": (True, False, FulfillmentStatus.UNFULFILLED),
    "28": (True, False, FulfillmentStatus.UNFULFILLED),
    "29": (True, False, FulfillmentStatus.UNFULFILLED),
}
"""Released, cancelled, shipped: 25 is in the trash, a status that REST does not list."""


def test_every_other_delivered_order_has_its_fate_and_adds_up(
    settings: WooCommerceSettings,
) -> None:
    bodies = [json.loads(each["body"]) for each in deliveries()]
    orders = [mapped(body, settings) for body in bodies if "line_items" in body]
    found = {
        order.id: (order.release, order.cancelled, order.fulfillment_status) for order in orders
    }
    assert {number: found[number] for number in FATES} == FATES
    for order in orders:
        lines = sum(line.unit_price_net * line.quantity for line in order.lines)
        charges = sum(charge.net for charge in order.shipping_lines + order.fees)
        assert order.total_net == round(lines + charges, 6)

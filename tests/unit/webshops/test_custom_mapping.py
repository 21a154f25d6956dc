"""The custom webshop's JSON: read strictly, with refusals that name the order and the field."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from integration.domain import (
    FulfillmentStatus,
    Parcel,
    PaymentStatus,
    Shipment,
    ShipmentLine,
)
from integration.errors import Unmappable
from integration.ports import StockAnswer, StockItem
from integration.webshops.custom.mapping import (
    order_of,
    product_of,
    shipment_body,
    shop_message,
    shown_of,
    stock_body,
    stock_results,
)


def test_an_order_is_mapped_in_full(order: dict[str, Any]) -> None:
    mapped = order_of(order, "1042")
    assert (mapped.id, mapped.number) == ("1042", "NL-1042")
    assert mapped.payment_status is PaymentStatus.PAID
    assert mapped.fulfillment_status is FulfillmentStatus.UNFULFILLED
    assert mapped.paid_at == datetime(2026, 11, 23, 10, 1, tzinfo=UTC)
    assert mapped.updated_at is None
    assert mapped.customer.id is None
    assert mapped.shipping_address.country == "NL"
    assert mapped.shipping_address.street2 is None
    (line,) = mapped.lines
    assert (line.quantity, line.unit_price_net, line.tax_rate) == (
        2,
        Decimal("8.2200"),
        Decimal(21),
    )
    assert mapped.shipping_lines[0].code == "postnl"
    assert mapped.discounts[0].net == Decimal("-1.00")
    assert mapped.total_net == Decimal("20.53")
    assert mapped.attributes == {"gift": "yes"}


def test_fields_that_may_be_left_out_have_their_defaults(order: dict[str, Any]) -> None:
    optional = ("release", "test", "totals", "attributes", "shipping_lines", "fees", "discounts")
    for name in optional:
        del order[name]
    mapped = order_of(order)
    assert mapped.release
    assert not mapped.test
    assert mapped.total_net is None
    assert (mapped.shipping_lines, mapped.fees, mapped.attributes) == ((), (), {})


def test_an_unpaid_order_is_not_released_unless_the_shop_says_so(order: dict[str, Any]) -> None:
    order["payment_status"] = "unpaid"
    assert order_of(order).release
    del order["release"]
    assert not order_of(order).release


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("payment_status", "betaald", "is not one of unpaid, authorized, paid"),
        ("payment_status", None, "is missing"),
        ("number", 1042, "is not text"),
        ("number", "  ", "is missing or empty"),
        ("holds_stock", "yes", "is not true or false"),
        ("holds_stock", None, "is not true or false"),
        ("cancelled", None, "is not true or false"),
        ("placed_at", "2026-11-23T10:00:00", "is not an instant"),
        ("placed_at", "yesterday", "is not an instant"),
        ("placed_at", None, "is missing"),
        ("currency", "euro", "is not three capitals"),
        ("customer", None, "is not an object"),
        ("customer", {"email": 5}, "is not text"),
        ("shipping_address", [], "is not an object"),
        ("lines", {}, "is not a list"),
        ("lines", ["mug"], "is not an object"),
        ("shipping_lines", [{"title": "PostNL"}], "net that is missing"),
        ("fees", [{"net": 3}], "is not a decimal in quotes"),
        ("totals", {"net": "1,50"}, "is not a decimal in quotes"),
        ("pickup_point", "shop 5", "is not an object"),
    ],
)
def test_a_wrong_field_is_named_with_its_order(
    order: dict[str, Any], field: str, value: object, what: str
) -> None:
    with pytest.raises(Unmappable) as caught:
        order_of({**order, field: value}, "1042")
    message = str(caught.value)
    assert "order 1042" in message
    assert field in message
    assert what in message


@pytest.mark.parametrize("quantity", [1.5, Decimal("2.0"), "2", True, -1, None])
def test_a_quantity_that_is_not_whole_is_refused(order: dict[str, Any], quantity: object) -> None:
    order["lines"][0]["quantity"] = quantity
    with pytest.raises(Unmappable, match=r"order 1042 has a field lines\[0\]\.quantity"):
        order_of(order)


@pytest.mark.parametrize("price", [8.22, Decimal("8.22"), 8, "8,22", "1e3", "NaN", "1.1234567"])
def test_money_that_is_not_a_decimal_in_quotes_is_refused(
    order: dict[str, Any], price: object
) -> None:
    order["lines"][0]["unit_price_net"] = price
    with pytest.raises(Unmappable, match=r"lines\[0\]\.unit_price_net that is not a decimal"):
        order_of(order)


def test_another_order_than_was_asked_for_is_refused(order: dict[str, Any]) -> None:
    with pytest.raises(Unmappable, match="order 1043 has a field id that is not the id"):
        order_of(order, "1043")


@pytest.mark.parametrize("document", [None, [], "order", 3])
def test_what_is_no_object_is_refused(document: object) -> None:
    with pytest.raises(Unmappable, match="order without id is not a JSON object"):
        order_of(document)
    with pytest.raises(Unmappable, match="product without id is not a JSON object"):
        product_of(document)


def test_a_refusal_never_repeats_a_value(order: dict[str, Any]) -> None:
    order["customer"]["email"] = {"canary": "canary@example.org"}
    order["placed_at"] = "canary"
    with pytest.raises(Unmappable) as caught:
        order_of(order)
    assert "canary" not in str(caught.value)


def test_a_product_is_mapped_in_full(product: dict[str, Any]) -> None:
    mapped = product_of(product, "9")
    assert (mapped.sku, mapped.price_net, mapped.weight_g) == ("MUG-BLUE", Decimal("8.22"), 310)
    assert mapped.image_urls == ("https://shop.example.com/mug.png",)


def test_a_product_may_have_no_sku(product: dict[str, Any]) -> None:
    assert product_of({**product, "sku": ""}).sku is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("weight_g", 1.5),
        ("weight_g", -1),
        ("weight_g", 10**9),
        ("image_urls", [1]),
        ("price_net", 8.22),
        ("price_net", "\u0668.22"),
        ("id", "8"),
        ("sku", "MUG\x00"),
        ("sku", "\ud800"),
    ],
)
def test_a_wrong_product_field_is_named(product: dict[str, Any], field: str, value: object) -> None:
    with pytest.raises(Unmappable, match=f"product 9 has a field {field}"):
        product_of({**product, field: value}, "9")


def test_lines_of_the_stock_list_are_read() -> None:
    shown = shown_of({"sku": "MUG", "sellable": -2})
    assert shown is not None
    assert (shown.productcode, shown.sellable, shown.managed) == ("MUG", -2, True)
    with pytest.raises(Unmappable, match="sellable"):
        shown_of({"sku": "MUG", "sellable": -(10**9)})
    unmanaged = shown_of({"sku": "MUG", "sellable": None})
    assert unmanaged is not None
    assert not unmanaged.managed
    assert shown_of({"sku": None, "sellable": 3}) is None
    with pytest.raises(Unmappable, match="stock of MUG has a field sellable"):
        shown_of({"sku": "MUG", "sellable": "3"})


def test_every_item_of_a_batch_gets_a_result() -> None:
    items = [StockItem(sku, 1) for sku in ("A", "B", "C", "D", "E")]
    assert stock_body(items)["items"] == [
        {"sku": item.productcode, "sellable": 1} for item in items
    ]
    answer = {
        "results": [
            {"sku": "D", "ok": False, "error": "not\nnow"},
            {"sku": "A", "ok": True, "error": None},
            {"sku": "B", "ok": False, "error": "unknown_sku"},
            {"sku": "C", "ok": False, "error": "not_managed"},
        ]
    }
    results = stock_results(answer, items)
    assert [result.answer for result in results] == [
        StockAnswer.WRITTEN,
        StockAnswer.UNKNOWN_SKU,
        StockAnswer.NOT_MANAGED,
        StockAnswer.REFUSED,
        StockAnswer.REFUSED,
    ]
    assert results[3].message == "«not now»"
    assert results[4].message == "the shop's answer does not mention it"


def test_a_shipment_is_written_as_the_contract_says() -> None:
    shipment = Shipment(
        shipment_key="501",
        shipped_at=datetime(2026, 11, 23, 14, 0, 0, 999, tzinfo=UTC),
        lines=(ShipmentLine("1", "MUG-BLUE", 2),),
        parcels=(Parcel("3SABC", "https://example.com/t", "PostNL"), Parcel(None)),
    )
    assert shipment_body(shipment) == {
        "shipment_key": "501",
        "shipped_at": "2026-11-23T14:00:00Z",
        "notify_customer": False,
        "lines": [{"line_id": "1", "sku": "MUG-BLUE", "quantity": 2}],
        "parcels": [
            {
                "tracking_code": "3SABC",
                "tracking_url": "https://example.com/t",
                "carrier": "PostNL",
            },
            {"tracking_code": None, "tracking_url": None, "carrier": None},
        ],
    }


def test_a_shops_message_is_one_short_line() -> None:
    assert shop_message({"error": "a\x00b\n c"}) == "«a b c»"
    assert len(shop_message({"error": "x" * 5000})) == 202
    assert shop_message({"error": 5}) == "without saying why"
    assert shop_message("no object") == "without saying why"

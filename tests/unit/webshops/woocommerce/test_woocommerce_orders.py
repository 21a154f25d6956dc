"""What a WooCommerce order's fields mean, case by case, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from integration.domain import FulfillmentStatus, Order, PaymentStatus
from integration.errors import Unmappable
from integration.webshops.woocommerce.mapping.order_items import FoundProducts
from integration.webshops.woocommerce.mapping.orders import (
    ContextWanted,
    Named,
    OrderContext,
    order_change_of,
    order_of,
    wanted_context,
)
from integration.webshops.woocommerce.settings import WooCommerceSettings
from tests.woocommerce.captures import Json, answer

MADE = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)


@pytest.fixture
def fee_document() -> Json:
    """Order 19: eight mills, a voucher without SKU, a fee, shipping to Berlin, no tax."""
    order: Json = answer("026")
    return order


def mapped(document: Json, settings: WooCommerceSettings, **context: Any) -> Order:
    return order_of(document, str(document["id"]), settings, OrderContext(**context))


def test_cash_on_delivery_is_released_without_being_paid(settings: WooCommerceSettings) -> None:
    order = mapped(answer("062"), settings)
    assert (order.release, order.payment_status, order.paid_at) == (
        True,
        PaymentStatus.UNPAID,
        None,
    )


@pytest.mark.parametrize(
    ("status", "fate"),
    [
        ("pending", (False, False, False)),
        ("on-hold", (False, False, False)),
        ("failed", (False, False, False)),
        ("checkout-draft", (False, False, False)),
        ("processing", (True, False, False)),
        ("completed", (False, False, True)),
        ("cancelled", (False, True, False)),
        ("refunded", (False, True, False)),
        ("trash", (False, True, False)),
        ("wacht-op-leverancier", (False, False, False)),
        ("", (False, False, False)),
    ],
)
def test_the_status_alone_decides_what_becomes_of_an_order(
    document: Json, settings: WooCommerceSettings, status: str, fate: tuple[bool, bool, bool]
) -> None:
    # Released, cancelled, shipped already.
    order = mapped(document | {"status": status}, settings)
    is_fulfilled = order.fulfillment_status is FulfillmentStatus.FULFILLED
    assert (order.release, order.cancelled, is_fulfilled) == fate


@pytest.mark.parametrize(
    ("status", "withheld"),
    [
        ("pending", True),
        ("on-hold", True),
        ("failed", True),
        ("processing", False),
        ("completed", False),
        ("wacht-op-leverancier", False),
    ],
)
def test_only_a_status_of_woocommerces_own_says_that_an_order_must_wait(
    document: Json, settings: WooCommerceSettings, status: str, withheld: bool
) -> None:
    assert mapped(document | {"status": status}, settings).withheld is withheld
    chosen = settings.model_copy(update={"release_statuses": (status,)})
    assert not mapped(document | {"status": status}, chosen).withheld


def test_an_order_on_account_is_released_by_its_status(
    document: Json, settings: WooCommerceSettings
) -> None:
    chosen = settings.model_copy(update={"release_statuses": ("processing", "op-rekening")})
    order = mapped(document | {"status": "op-rekening", "date_paid_gmt": None}, chosen)
    assert (order.release, order.payment_status) == (True, PaymentStatus.UNPAID)


def test_an_order_in_the_status_that_shipping_gives_is_shipped(
    document: Json, settings: WooCommerceSettings
) -> None:
    chosen = settings.model_copy(update={"shipped_status": "verzonden"})
    order = mapped(document | {"status": "verzonden"}, chosen)
    assert order.fulfillment_status is FulfillmentStatus.FULFILLED


@pytest.mark.parametrize(
    ("status", "reduced", "holds"),
    [
        ("processing", None, True),
        ("on-hold", None, True),
        ("completed", None, True),
        ("pending", None, False),
        ("failed", None, False),
        ("failed", "2", True),
        ("failed", 2, True),
        ("failed", "0", False),
        ("wacht-op-leverancier", "1", True),
    ],
)
def test_an_order_holds_stock_exactly_when_the_shop_took_it_off(
    document: Json, settings: WooCommerceSettings, status: str, reduced: object, holds: bool
) -> None:
    meta = [] if reduced is None else [{"id": 1, "key": "_reduced_stock", "value": reduced}]
    lines = [line | {"meta_data": meta} for line in document["line_items"]]
    order = mapped(document | {"status": status, "line_items": lines}, settings)
    assert order.holds_stock is holds


def test_a_guest_has_no_id_and_no_moment_of_birth(
    document: Json, settings: WooCommerceSettings
) -> None:
    guest = mapped(document, settings, customer_created_at=MADE).customer
    assert (guest.id, guest.created_at) == (None, None)


def test_a_registered_customer_has_both(document: Json, settings: WooCommerceSettings) -> None:
    registered = mapped(document | {"customer_id": 77}, settings, customer_created_at=MADE)
    assert (registered.customer.id, registered.customer.created_at) == ("77", MADE)


def test_a_variation_is_named_by_its_parent_and_itself(
    document: Json, settings: WooCommerceSettings
) -> None:
    assert [line.product_id for line in mapped(document, settings).lines] == ["11", "13/15"]


def test_a_line_of_a_product_that_is_gone_names_no_product(
    document: Json, settings: WooCommerceSettings
) -> None:
    document["line_items"][1] |= {"product_id": 0, "variation_id": 0, "sku": ""}
    line = mapped(document, settings).lines[1]
    assert (line.product_id, line.sku, line.requires_shipping) == (None, None, True)


def test_virtual_products_and_variations_are_not_shipped(
    document: Json, settings: WooCommerceSettings
) -> None:
    order = mapped(document, settings, products=FoundProducts(not_shipped=frozenset({"15"})))
    assert [line.id for line in order.lines_to_ship] == ["1"]


def test_the_id_of_a_variable_product_says_nothing_about_its_variations(
    document: Json, settings: WooCommerceSettings
) -> None:
    order = mapped(document, settings, products=FoundProducts(not_shipped=frozenset({"13"})))
    assert [line.id for line in order.lines_to_ship] == ["1", "2"]


def test_several_shipping_lines_and_a_negative_fee_keep_their_own_rates(
    document: Json, settings: WooCommerceSettings
) -> None:
    second = document["shipping_lines"][0] | {
        "id": 9,
        "method_title": "",
        "method_id": "local_pickup",
        "total": "1.00",
        "total_tax": "0.09",
        "taxes": [{"id": 2, "total": "0.09", "subtotal": ""}],
    }
    fee = {"id": 10, "name": "Korting", "total": "-2.00", "total_tax": "-0.42", "taxes": []}
    document["shipping_lines"].append(second)
    document["fee_lines"].append(fee)
    order = mapped(document | {"total": "64.62", "total_tax": "7.76"}, settings)
    shipping = [(line.title, line.net, line.tax_rate) for line in order.shipping_lines]
    assert shipping == [
        ("PostNL", Decimal("4.09"), Decimal(21)),
        ("local_pickup", Decimal("1.00"), Decimal(9)),
    ]
    assert [(line.title, line.net, line.tax_rate) for line in order.fees] == [
        ("Korting", Decimal("-2.00"), Decimal(21))
    ]


def test_coupons_are_in_the_prices_already(document: Json, settings: WooCommerceSettings) -> None:
    document["line_items"][0] |= {
        "total": "30.55",
        "total_tax": "2.75",
        "price": 15.275229,
        "taxes": [{"id": 2, "total": "2.75", "subtotal": "3.06"}],
    }
    document["coupon_lines"] = [{"id": 9, "code": "tien", "discount": "3.39"}]
    order = mapped(document | {"total": "62.25", "total_tax": "7.78"}, settings)
    assert order.lines[0].unit_price_net == Decimal("15.275")
    assert order.total_net == Decimal("54.47")
    assert order.discounts == ()


def test_a_line_that_a_coupon_made_free_costs_nothing(
    document: Json, settings: WooCommerceSettings
) -> None:
    free = {"total": "0.00", "total_tax": "0.00", "price": 0}
    free["taxes"] = [{"id": 2, "total": "0.00", "subtotal": "3.06"}]
    document["line_items"][0] |= free
    order = mapped(document | {"total": "28.95", "total_tax": "5.03"}, settings)
    assert (order.lines[0].unit_price_net, order.lines[0].tax_rate) == (Decimal(0), Decimal(9))


def test_prices_entered_without_tax_are_read_alike(
    document: Json, settings: WooCommerceSettings
) -> None:
    order = mapped(document | {"prices_include_tax": False}, settings)
    assert order == mapped(document, settings)


def test_foreign_tax_is_the_rate_of_the_country_it_goes_to(
    document: Json, settings: WooCommerceSettings
) -> None:
    document["tax_lines"][1] |= {"rate_code": "DE-MWST-1", "rate_percent": 19}
    document["line_items"][1] |= {"total_tax": "3.77"}
    document["shipping_lines"][0] |= {"total_tax": "0.78"}
    order = mapped(document | {"total": "65.47", "total_tax": "7.61"}, settings)
    assert [line.tax_rate for line in order.lines] == [Decimal(9), Decimal(19)]
    assert order.shipping_lines[0].tax_rate == Decimal(19)


def test_an_order_without_tax_has_the_rate_zero(
    fee_document: Json, settings: WooCommerceSettings
) -> None:
    order = mapped(fee_document, settings)
    assert {line.tax_rate for line in order.lines} == {Decimal(0)}
    assert {charge.tax_rate for charge in order.fees + order.shipping_lines} == {Decimal(0)}


@pytest.mark.parametrize(
    ("meta", "number"),
    [
        ([("_billing_vat_number", "NL001234567B01")], "NL001234567B01"),
        ([("vat_number", "BE2"), ("_vat_number", "BE1")], "BE1"),
        ([("_vat_number", ""), ("vat_number", " BE2\n")], "BE2"),
        ([("_vat_number", ["BE1"]), ("vat_number", True)], None),
        ([], None),
    ],
)
def test_the_vat_number_is_the_first_that_a_known_plugin_wrote(
    document: Json,
    settings: WooCommerceSettings,
    meta: list[tuple[str, object]],
    number: str | None,
) -> None:
    rows = [{"id": 1, "key": key, "value": value} for key, value in meta]
    order = mapped(document | {"meta_data": rows}, settings)
    assert order.customer.vat_number == number


def test_a_plugins_order_number_is_the_number(
    document: Json, settings: WooCommerceSettings
) -> None:
    order = mapped(document | {"number": "NL-2026-0018"}, settings)
    assert (order.id, order.number) == ("18", "NL-2026-0018")


def test_a_note_keeps_its_lines(document: Json, settings: WooCommerceSettings) -> None:
    order = mapped(document | {"customer_note": " Bel\x07 aan\r\n\tbij  12b "}, settings)
    assert order.customer_note == "Bel aan\nbij 12b"


def test_what_is_to_be_looked_up_is_told_once(document: Json, fee_document: Json) -> None:
    document["line_items"].append(document["line_items"][0])
    assert wanted_context(document | {"customer_id": 77}) == ContextWanted(
        "77", (Named("11", "KOF-ETH-1000"), Named("13/15", "TSH-M")), refunds=False
    )
    assert wanted_context(fee_document | {"refunds": [{"id": 21, "total": "-1.00"}]}) == (
        ContextWanted(None, (Named("12", "MOL-ZAS"), Named("17", None)), refunds=True)
    )


def test_refunds_of_a_cancelled_order_need_no_reading(fee_document: Json) -> None:
    refunds = [{"id": 21, "total": "-560.76"}]
    assert not wanted_context(fee_document | {"status": "refunded", "refunds": refunds}).refunds


def test_a_change_without_a_moment_is_still_a_change() -> None:
    assert order_change_of({"id": 18, "date_modified_gmt": None}).updated_at is None


@pytest.mark.parametrize("document", [None, [], "order", {}, {"id": 0}, {"id": "x"}])
def test_what_is_no_order_is_refused(document: object, settings: WooCommerceSettings) -> None:
    with pytest.raises(Unmappable, match="order"):
        order_of(document, "18", settings, OrderContext())
    with pytest.raises(Unmappable, match="order"):
        wanted_context(document)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", 19),
        ("total", "veel"),
        ("total", None),
        ("total_tax", True),
        ("total_tax", float("inf")),
        ("total", "1" * 13),
        ("currency", "euro"),
        ("date_created_gmt", None),
        ("date_created_gmt", "gisteren"),
        ("date_paid_gmt", "9999-99-99T00:00:00"),
        ("line_items", False),
        ("line_items", None),
        ("status", ["processing"]),
        ("billing", None),
        ("line_items", "geen"),
        ("line_items", [None]),
        ("customer_id", -1),
    ],
)
def test_a_field_that_cannot_be_read_is_named(
    document: Json, settings: WooCommerceSettings, field: str, value: object
) -> None:
    with pytest.raises(Unmappable, match=f"order 18 has a field {field}"):
        order_of(document | {field: value}, "18", settings, OrderContext())


@pytest.mark.parametrize(
    ("field", "value"),
    [("quantity", "1.5"), ("quantity", -1), ("quantity", 10**9), ("sku", "TSH\tM"), ("id", None)],
)
def test_a_line_that_cannot_be_read_is_named(
    document: Json, settings: WooCommerceSettings, field: str, value: object
) -> None:
    document["line_items"][1][field] = value
    with pytest.raises(Unmappable, match=rf"order 18 has a field line_items\[1\].{field}"):
        mapped(document, settings)


def test_plugins_that_write_other_types_change_nothing(
    document: Json, settings: WooCommerceSettings
) -> None:
    expected = mapped(document, settings)
    first, second = document["line_items"]
    first |= {"quantity": "2", "product_id": "11", "price": "16.972477", "total": 33.94}
    second |= {"quantity": 1.0, "parent_name": False}
    document["line_items"] = {"0": first, "2": second}
    document |= {"total": 65.95, "fee_lines": {}, "customer_id": "0", "number": 18}
    document["billing"] |= {"state": False, "company": None}
    assert mapped(document, settings) == expected

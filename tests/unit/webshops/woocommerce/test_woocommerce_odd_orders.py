"""Orders that plugins and deletions made odd: what is harmless is read, what is not is named."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from integration.domain import Order
from integration.errors import Unmappable
from integration.exact_prices import exact_lines
from integration.webshops.woocommerce.mapping.order_items import FoundProducts
from integration.webshops.woocommerce.mapping.orders import (
    ContextWanted,
    Named,
    OrderContext,
    order_of,
    wanted_context,
)
from integration.webshops.woocommerce.settings import WooCommerceSettings
from tests.woocommerce.captures import Json

NOTHINGS: list[Any] = [None, False, "", {}, []]


def mapped(document: Json, settings: WooCommerceSettings, **found: Any) -> Order:
    context = OrderContext(products=FoundProducts(**found))
    return order_of(document, str(document["id"]), settings, context)


@pytest.mark.parametrize("nothing", NOTHINGS)
@pytest.mark.parametrize("name", ["fee_lines", "coupon_lines", "refunds", "meta_data"])
def test_a_list_of_nothing_may_be_written_in_any_way(
    document: Json, settings: WooCommerceSettings, name: str, nothing: object
) -> None:
    expected = mapped(document, settings)
    assert mapped(document | {name: nothing}, settings) == expected
    assert not wanted_context(document | {name: nothing}).refunds


@pytest.mark.parametrize("nothing", NOTHINGS)
def test_without_taxes_at_lines_or_order_the_amounts_tell_the_rates(
    document: Json, settings: WooCommerceSettings, nothing: object
) -> None:
    expected = mapped(document, settings)
    assert mapped(document | {"tax_lines": nothing}, settings) == expected
    for line in document["line_items"]:
        line |= {"taxes": nothing, "meta_data": nothing}
    assert mapped(document, settings) == expected


@pytest.mark.parametrize("nothing", [None, False, "", "  "])
def test_an_empty_total_of_taxes_is_zero(
    document: Json, settings: WooCommerceSettings, nothing: object
) -> None:
    untaxed = {"total_tax": "0.00", "taxes": []}
    for name in ("line_items", "shipping_lines"):
        document[name] = [line | untaxed for line in document[name]]
    document |= {"total": "57.86", "total_tax": "0.00"}
    expected = mapped(document, settings)
    assert expected.total_net == Decimal("57.86")
    assert mapped(document | {"total_tax": nothing}, settings) == expected


def test_taxes_that_are_missing_in_the_total_are_not_charged_as_goods(
    document: Json, settings: WooCommerceSettings
) -> None:
    order = mapped(document | {"total_tax": ""}, settings)
    with pytest.raises(Unmappable, match=r"a difference of 8\.08"):
        exact_lines(order)


@pytest.mark.parametrize("price", ["16,97", "op aanvraag", None, "", [], {}, True, "1E99"])
def test_a_price_that_cannot_be_read_is_told_by_the_total(
    document: Json, settings: WooCommerceSettings, price: object
) -> None:
    expected = mapped(document, settings)
    document["line_items"][0]["price"] = price
    assert mapped(document, settings) == expected
    del document["line_items"][0]["price"]
    assert mapped(document, settings) == expected


def test_a_total_that_cannot_be_read_is_not_told_by_the_price(
    document: Json, settings: WooCommerceSettings
) -> None:
    document["line_items"][0]["total"] = "33,94"
    with pytest.raises(Unmappable, match=r"line_items\[0\].total that is not a number"):
        mapped(document, settings)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("#2026\u00a01", "#2026 1"),
        ("18\x00", "18"),
        ("\ufeffNL-\u200b18\r\n", "NL-18"),
        ("\u00a0", "18"),
        (1042, "1042"),
    ],
)
def test_a_number_holds_nothing_that_cannot_be_seen(
    document: Json, settings: WooCommerceSettings, written: object, number: str
) -> None:
    assert mapped(document | {"number": written}, settings).number == number


@pytest.mark.parametrize("sku", ["TSH-M\u00a0", "\x07TSH-M", "\u200bTSH-M\r\n", "TSH-M\x00"])
def test_a_sku_loses_at_its_ends_what_cannot_be_seen(
    document: Json, settings: WooCommerceSettings, sku: str
) -> None:
    document["line_items"][1]["sku"] = sku
    assert mapped(document, settings).lines[1].sku == "TSH-M"
    assert Named("13/15", "TSH-M") in wanted_context(document).products


@pytest.mark.parametrize("sku", ["TSH\u00a0M", "TSH\x00M", "TSH\u200bM", "TSH\nM"])
def test_a_sku_with_something_unseen_inside_is_refused(
    document: Json, settings: WooCommerceSettings, sku: str
) -> None:
    document["line_items"][1]["sku"] = sku
    with pytest.raises(Unmappable, match=r"line_items\[1\].sku that holds characters"):
        mapped(document, settings)


def test_a_line_whose_sku_is_not_its_own_has_none(
    document: Json, settings: WooCommerceSettings
) -> None:
    order = mapped(document, settings, without_sku=frozenset({"13/15"}))
    assert [line.sku for line in order.lines] == ["KOF-ETH-1000", None]


@pytest.mark.parametrize("sku", ["TSH-M", "", None, False])
def test_a_line_of_a_deleted_product_has_only_the_sku_that_the_shop_still_shows(
    document: Json, settings: WooCommerceSettings, sku: object
) -> None:
    document["line_items"][1] |= {"product_id": 0, "variation_id": 0, "sku": sku}
    line = mapped(document, settings).lines[1]
    assert (line.product_id, line.sku, line.requires_shipping) == (None, sku or None, True)
    # There is nothing left at the shop that could be asked about it.
    assert wanted_context(document) == ContextWanted(
        None, (Named("11", "KOF-ETH-1000"),), refunds=False
    )


def test_a_line_of_no_pieces_is_not_shipped_and_holds_nothing_up(
    document: Json, settings: WooCommerceSettings
) -> None:
    nothing = {"quantity": 0, "total": "0.00", "total_tax": "0.00", "price": 0}
    document["line_items"].append(document["line_items"][1] | {"id": 99, **nothing})
    order = mapped(document, settings)
    assert [line.quantity for line in order.lines] == [2, 1, 0]
    assert [line.id for line in exact_lines(order)] == ["1", "2"]


def test_a_line_of_no_pieces_that_costs_something_is_named_as_a_difference(
    document: Json, settings: WooCommerceSettings
) -> None:
    document["line_items"][1]["quantity"] = 0
    with pytest.raises(Unmappable, match=r"a difference of 19\.83"):
        exact_lines(mapped(document, settings))


@pytest.mark.parametrize("quantity", ["0.5", 1.5, -0.5])
@pytest.mark.parametrize(
    ("ids", "named"),
    [
        ({}, "product 13/15"),
        ({"product_id": 0, "variation_id": 0}, "product TSH-M"),
        ({"product_id": 0, "variation_id": 0, "sku": None}, "a product that is gone"),
    ],
)
def test_a_part_of_a_piece_is_refused_and_its_product_named(
    document: Json,
    settings: WooCommerceSettings,
    quantity: object,
    ids: dict[str, object],
    named: str,
) -> None:
    document["line_items"][1] |= {"quantity": quantity, **ids}
    with pytest.raises(Unmappable, match=f"a part of a piece of {named}, .* by hand"):
        mapped(document, settings)

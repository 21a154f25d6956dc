"""Variations without a SKU of their own: WooCommerce shows them with their product's, everywhere.

Were it believed, every size of a shirt would be the same product in the warehouse.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from integration.domain import Order
from integration.errors import Unmappable
from integration.ports import StockAnswer, StockItem
from integration.required_skus import require_skus
from integration.webshops.woocommerce.rest import ShopRest
from integration.webshops.woocommerce.skus import sku_findings
from tests.contract.woocommerce.conftest import Client
from tests.woocommerce.server import WooCommerceServer

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def shirt(shop: WooCommerceServer) -> dict[str, int]:
    """A T-shirt with the SKU TSH, of which only size L has one of its own."""
    sizes = {"S": ("", 3), "M": ("", 4), "L": ("TSH-L", 5)}
    return shop.add_variable_product("TSH", sizes, global_unique_id="8712345678906")


def skus(order: Order) -> dict[str | None, str | None]:
    return {line.product_id: line.sku for line in order.lines}


def give_sku(shop: WooCommerceServer, product_id: int, sku: str) -> None:
    """An import writes a SKU without asking whether it is taken."""
    with shop.books.lock:
        shop.books.product(product_id).given["sku"] = sku


def test_the_server_shows_a_variation_with_the_sku_of_its_product(
    shop: WooCommerceServer, rest: ShopRest, shirt: dict[str, int]
) -> None:
    document: Any = rest.document(f"/products/{shirt['S']}")
    (row,) = shop.order(shop.place_order((shirt["S"], 1)))["line_items"]
    assert (document["sku"], row["sku"]) == ("TSH", "TSH")
    assert document["global_unique_id"] == row["global_unique_id"] == "8712345678906"
    assert [each["id"] for each in rest.rows("/products", {"sku": "TSH"}) if isinstance(each, dict)
            ] == [shirt[""]]  # fmt: skip


@pytest.mark.parametrize("lists_variations", [True, False])
def test_such_a_variation_is_no_picqer_product(
    shop: WooCommerceServer, client: Client, shirt: dict[str, int], lists_variations: bool
) -> None:
    shop.settings.lists_variations = lists_variations
    small, large = (f"{shirt['']}/{shirt[size]}" for size in "SL")
    listed = {product.id: product for product in client().products_changed_since(LONG_AGO)}
    for products in (listed, {each: client().product(each) for each in (small, large)}):
        assert (products[small].sku, products[large].sku) == (None, "TSH-L")
        assert (products[small].barcode, products[large].barcode) == (None, None)


def test_an_order_for_such_a_variation_is_parked_with_the_product_named(
    shop: WooCommerceServer, client: Client, shirt: dict[str, int]
) -> None:
    mug = shop.add_product("MUG", 4)
    lines = [(shirt["S"], 1), (shirt["L"], 1), (mug, 1)]
    order = client().order(str(shop.place_order(*lines)))
    small, large = (f"{shirt['']}/{shirt[size]}" for size in "SL")
    assert skus(order) == {small: None, large: "TSH-L", str(mug): "MUG"}
    with pytest.raises(Unmappable, match=f"without SKU: product {small}"):
        require_skus(order)


def test_it_is_seen_through_when_the_product_was_thrown_away_meanwhile(
    shop: WooCommerceServer, client: Client, shirt: dict[str, int]
) -> None:
    order_id = shop.place_order((shirt["S"], 1), (shirt["L"], 1))
    for product in shirt.values():
        shop.trash_product(product)
    assert list(skus(client().order(str(order_id))).values()) == [None, "TSH-L"]


def test_a_virtual_variation_without_sku_is_not_shipped(
    shop: WooCommerceServer, client: Client, shirt: dict[str, int]
) -> None:
    shop.change_product(shirt["S"], virtual=True)
    order = client().order(str(shop.place_order((shirt["S"], 1), (shirt["M"], 1))))
    assert [line.requires_shipping for line in order.lines] == [False, True]


def test_a_line_whose_variation_was_removed_shows_the_product_and_has_no_sku(
    shop: WooCommerceServer, client: Client, shirt: dict[str, int]
) -> None:
    # WooCommerce then forgets which variation it was, and takes the SKU of the product.
    order = client().order(str(shop.place_order((shirt[""], 1))))
    assert skus(order) == {str(shirt[""]): None}


def test_a_variation_whose_sku_another_product_has_too_has_none(
    shop: WooCommerceServer, client: Client, shirt: dict[str, int]
) -> None:
    cap = shop.add_product("CAP", 4)
    give_sku(shop, shirt["S"], "TSH-X")
    give_sku(shop, shirt["M"], "TSH-X")
    give_sku(shop, cap, "TSH-L")
    order = client().order(str(shop.place_order((shirt["S"], 1), (shirt["L"], 1), (cap, 1))))
    assert list(skus(order).values()) == [None, None, "TSH-L"]


def test_translations_of_one_variation_share_its_sku(
    shop: WooCommerceServer, client: Client, shirt: dict[str, int]
) -> None:
    german = shop.add_variable_product("HEMD", {"L": ("HEMD-L", 5)})
    give_sku(shop, german["L"], "TSH-L")
    with shop.books.lock:
        for product in (shirt["L"], german["L"]):
            both = {"nl": str(shirt["L"]), "de": german["L"]}
            shop.books.product(product).given["translations"] = both
    order = client().order(str(shop.place_order((german["L"], 1))))
    assert list(skus(order).values()) == ["TSH-L"]


def test_an_order_of_products_with_skus_is_looked_up_in_one_request(
    shop: WooCommerceServer, client: Client, shirt: dict[str, int]
) -> None:
    shop.add_product("MUG", 4)
    order_id = shop.place_order((shirt["L"], 1), ("MUG", 1))
    client().order(str(order_id))
    assert [asked.path.rpartition("/v3/")[2] for asked in shop.asked()] == [
        f"orders/{order_id}",
        "products",
    ]


@pytest.mark.parametrize("lists_variations", [True, False])
def test_stock_leaves_them_alone(
    shop: WooCommerceServer, client: Client, shirt: dict[str, int], lists_variations: bool
) -> None:
    shop.settings.lists_variations = lists_variations
    assert [shown.productcode for shown in client().stock()] == ["TSH-L"]
    (result,) = client().set_stock([StockItem("TSH", 9)])
    assert result.answer is StockAnswer.UNKNOWN_SKU
    assert [shop.stock(shirt[size]) for size in "SML"] == [3, 4, 5]
    assert shop.stock(shirt[""]) is None


def test_the_examination_counts_them(
    shop: WooCommerceServer, rest: ShopRest, shirt: dict[str, int]
) -> None:
    shop.add_product("MUG", 4)
    (finding,) = sku_findings(rest)
    small, medium = (f"{shirt['']}/{shirt[size]}" for size in "SM")
    assert finding.sentence.startswith(f"2 products ({small}, {medium}) without SKU")


def test_what_such_an_order_holds_is_still_told_in_full(
    shop: WooCommerceServer, client: Client, shirt: dict[str, int]
) -> None:
    order = client().order(str(shop.place_order((shirt["S"], 2))))
    (line,) = order.lines
    assert (line.quantity, line.unit_price_net * 2) == (2, order.total_net)
    assert line.unit_price_net > Decimal(0)

"""Stock figures of a WooCommerce shop, over HTTP to a WooCommerce server."""

from __future__ import annotations

import json

import pytest

from integration.errors import Refused
from integration.ports import ShownStock, StockAnswer, StockItem
from tests.contract.woocommerce.conftest import Client
from tests.woocommerce.faults import Fault
from tests.woocommerce.server import WooCommerceServer

WRITTEN, UNKNOWN = StockAnswer.WRITTEN, StockAnswer.UNKNOWN_SKU


def answers(client: Client, *items: StockItem) -> dict[str, StockAnswer]:
    results = client().set_stock(items)
    assert len(results) == len(items)
    return {result.productcode: result.answer for result in results}


@pytest.mark.parametrize("lists_variations", [True, False])
def test_the_list_has_every_product_and_variation_with_a_sku(
    shop: WooCommerceServer, client: Client, lists_variations: bool
) -> None:
    shop.settings.lists_variations = lists_variations
    mug = shop.add_product("MUG", 4)
    loose = shop.add_product("LOOSE")
    shop.add_product("", 5)
    shirt = shop.add_variable_product("TSH", {"S": ("TSH-S", 3), "M": ("TSH-M", -2)})
    assert sorted(client().stock(), key=lambda shown: shown.productcode) == [
        ShownStock("LOOSE", None, str(loose), managed=False),
        ShownStock("MUG", 4, str(mug)),
        ShownStock("TSH-M", -2, f"{shirt['']}/{shirt['M']}"),
        ShownStock("TSH-S", 3, f"{shirt['']}/{shirt['S']}"),
    ]


def test_a_variation_whose_product_keeps_the_stock_has_no_figure_of_its_own(
    shop: WooCommerceServer, client: Client
) -> None:
    shirt = shop.add_variable_product(
        "TSH", {"S": ("TSH-S", None)}, manage_stock=True, stock_quantity=9
    )
    ref = f"{shirt['']}/{shirt['S']}"
    assert list(client().stock()) == [ShownStock("TSH-S", None, ref, managed=False)]
    assert answers(client, StockItem("TSH-S", 3, ref)) == {"TSH-S": StockAnswer.NOT_MANAGED}


def test_products_and_variations_are_written_in_one_request_per_parent(
    shop: WooCommerceServer, client: Client
) -> None:
    mug = shop.add_product("MUG", 4)
    shirt = shop.add_variable_product("TSH", {"S": ("TSH-S", 3), "M": ("TSH-M", 3)})
    items = [
        StockItem("MUG", 7, str(mug)),
        StockItem("TSH-S", 8, f"{shirt['']}/{shirt['S']}"),
        StockItem("TSH-M", 9, f"{shirt['']}/{shirt['M']}"),
    ]
    assert answers(client, *items) == {"MUG": WRITTEN, "TSH-S": WRITTEN, "TSH-M": WRITTEN}
    assert [shop.stock(sku) for sku in ("MUG", "TSH-S", "TSH-M")] == [7, 8, 9]
    assert len(shop.asked("POST")) == 2
    assert shop.asked("GET") == []


def test_nothing_but_the_figure_is_written(shop: WooCommerceServer, client: Client) -> None:
    mug = shop.add_product("MUG", 4, backorders="notify")
    answers(client, StockItem("MUG", 0, str(mug)))
    (asked,) = shop.asked("POST")
    assert asked.body == {"update": [{"id": mug, "stock_quantity": 0}]}


def test_more_than_a_hundred_items_are_several_batches(
    shop: WooCommerceServer, client: Client
) -> None:
    items = [StockItem(f"M{n}", 2, str(shop.add_product(f"M{n}", 1))) for n in range(101)]
    assert set(answers(client, *items).values()) == {WRITTEN}
    assert [len(asked.body["update"]) for asked in shop.asked("POST")] == [100, 1]


def test_an_item_without_ref_is_looked_up_by_its_sku(
    shop: WooCommerceServer, client: Client
) -> None:
    shop.add_product("MUG", 4)
    shop.add_variable_product("TSH", {"S": ("TSH-S", 3)})
    items = [StockItem("MUG", 7), StockItem("TSH-S", 8), StockItem("mug", 9)]
    assert answers(client, *items) == {"MUG": WRITTEN, "TSH-S": WRITTEN, "mug": UNKNOWN}
    assert (shop.stock("MUG"), shop.stock("TSH-S")) == (7, 8)


def test_a_product_that_was_made_anew_is_found_by_its_sku(
    shop: WooCommerceServer, client: Client
) -> None:
    shop.add_product("MUG", 4)
    gone = StockItem("MUG", 7, "999999")
    assert answers(client, gone, StockItem("PEN", 1, "999998")) == {"MUG": WRITTEN, "PEN": UNKNOWN}
    assert shop.stock("MUG") == 7


def test_variations_of_a_product_that_is_gone_hold_up_nothing_else(
    shop: WooCommerceServer, client: Client
) -> None:
    mug = shop.add_product("MUG", 4)
    items = [StockItem("TSH-S", 8, "999/1000"), StockItem("MUG", 7, str(mug))]
    assert answers(client, *items) == {"MUG": WRITTEN, "TSH-S": UNKNOWN}


def test_a_variation_that_was_taken_for_a_product_is_found_by_its_sku(
    shop: WooCommerceServer, client: Client
) -> None:
    shirt = shop.add_variable_product("TSH", {"S": ("TSH-S", 3)})
    assert answers(client, StockItem("TSH-S", 8, str(shirt["S"]))) == {"TSH-S": WRITTEN}
    assert shop.stock("TSH-S") == 8


def test_a_product_that_has_another_sku_now_is_said_so(
    shop: WooCommerceServer, client: Client
) -> None:
    mug = shop.add_product("MUG", 4)
    shop.change_product(mug, sku="MUG-2")
    (result,) = client().set_stock([StockItem("MUG", 7, str(mug))])
    assert result.answer is StockAnswer.REFUSED
    assert f"product {mug} has another SKU now" in str(result.message)


def test_a_product_that_stopped_managing_stock_is_left_alone(
    shop: WooCommerceServer, client: Client
) -> None:
    mug = shop.add_product("MUG", 4)
    shop.change_product(mug, manage_stock=False)
    assert answers(client, StockItem("MUG", 7, str(mug))) == {"MUG": StockAnswer.NOT_MANAGED}


def test_an_item_that_the_shop_refuses_does_not_hold_up_the_others(
    shop: WooCommerceServer, client: Client
) -> None:
    error = {"code": "plugin_says_no", "message": "Not today.", "data": {"status": 400}}
    good = {"id": 2, "sku": "PEN", "manage_stock": True, "stock_quantity": 1}
    body = json.dumps({"update": [{"id": 1, "error": error}, good]})
    shop.faults.add(Fault(status=200, body=body, content_type="application/json"))
    items = [StockItem("MUG", 7, "1"), StockItem("PEN", 1, "2"), StockItem("CUP", 1, "3")]
    results = {result.productcode: result for result in client().set_stock(items)}
    assert results["MUG"].message == "«Not today.» (plugin_says_no)"
    assert results["PEN"].answer is WRITTEN
    assert results["CUP"].answer is StockAnswer.REFUSED


def test_a_sku_with_a_comma_is_asked_for_alone(shop: WooCommerceServer, client: Client) -> None:
    shop.add_product("A", 1)
    items = [StockItem("A,B", 5), StockItem("A", 6)]
    assert answers(client, *items) == {"A,B": UNKNOWN, "A": WRITTEN}
    assert [asked.query["sku"] for asked in shop.asked("GET")] == ["A,B", "A"]


def test_a_batch_that_is_refused_as_a_whole_is_an_error(
    shop: WooCommerceServer, client: Client
) -> None:
    body = '{"code":"rest_invalid_param","message":"Invalid parameter(s): update","data":{}}'
    shop.fail_next(400, body, path="products/batch")
    with pytest.raises(Refused, match="rest_invalid_param"):
        client().set_stock([StockItem("MUG", 7, "1")])

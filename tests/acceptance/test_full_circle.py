"""One order around the whole circle, and what every effect costs in calls to Picqer."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.acceptance.installation import Installation, until

pytestmark = pytest.mark.process

SECONDS = 20.0
CREATE, PROCESS = "POST /orders", "POST /orders/*/process"


def test_a_stock_event_reaches_the_shop_without_any_call(installation: Installation) -> None:
    picqer, shop = installation.picqer, installation.shop
    until(lambda: installation.oracle.seconds_since_reading("TEA-BOX") > 6, SECONDS, "no news")
    before = shop.books.sellable["TEA-BOX"]
    picqer.reset_log()

    picqer.set_stock("TEA-BOX", change=5)

    until(lambda: shop.books.sellable["TEA-BOX"] == before + 5, SECONDS, "five more are shown")
    read = f"/api/v1/products/{picqer.books.by_productcode('TEA-BOX').idproduct}"
    assert installation.oracle.calls() == {}
    assert [entry for entry in picqer.log() if entry["path"] == read] == []


def test_a_product_costs_one_call_when_new_or_changed_and_none_when_unchanged(
    installation: Installation,
) -> None:
    shop, oracle = installation.shop, installation.oracle
    installation.picqer.reset_log()

    number = shop.add_product(sku="BOWL", name="Bowl", price_net="3.10", sellable=0)
    until(lambda: oracle.calls() == {"POST /products": 1}, SECONDS, "the bowl is at Picqer")
    installation.wait_until_at_rest()
    shop.change_product(number, name="Large bowl")
    until(lambda: oracle.calls()["PUT /products/*"] == 1, SECONDS, "it has its new name")
    installation.wait_until_at_rest()
    shop.change_product(number, name="Large bowl")
    installation.wait_until_at_rest()

    assert oracle.calls() == {"POST /products": 1, "PUT /products/*": 1}
    assert installation.picqer.books.by_productcode("BOWL").fields["name"] == "Large bowl"


def test_an_order_of_a_guest_costs_two_calls(installation: Installation) -> None:
    installation.picqer.reset_log()

    installation.shop.place_order([("MUG-BLUE", 1)])
    installation.wait_until_at_rest()

    assert installation.oracle.calls() == {CREATE: 1, PROCESS: 1}


def test_an_order_of_a_new_customer_costs_three_calls_and_the_next_one_two(
    installation: Installation,
) -> None:
    customer = installation.shop.add_customer("Ada Canary", "ada.canary@example.org")
    installation.picqer.reset_log()

    installation.shop.place_order([("MUG-RED", 1)], customer=customer)
    installation.wait_until_at_rest()
    first = installation.oracle.calls()
    installation.shop.place_order([("MUG-RED", 2)], customer=customer)
    installation.wait_until_at_rest()

    assert first == {"POST /customers": 1, CREATE: 1, PROCESS: 1}
    assert installation.oracle.calls() - first == Counter({CREATE: 1, PROCESS: 1})
    orders = [
        order
        for order in installation.picqer.books.orders.values()
        if order.idcustomer is not None and order.lines[0].productcode == "MUG-RED"
    ]
    assert len(orders) == 2
    assert len({order.idcustomer for order in orders}) == 1


def test_an_order_shipped_in_two_parts_comes_back_to_the_shop_and_is_completed_once(
    installation: Installation,
) -> None:
    picqer, shop = installation.picqer, installation.shop
    order_id = shop.place_order([("TEAPOT", 3)])
    installation.wait_until_at_rest()
    order = installation.oracle.live_orders(order_id)[0]
    until(lambda: order.idpicklists, SECONDS, "the picklist is made")
    picqer.reset_log()

    picqer.pick_and_close(order.idpicklists[0], amounts={"TEAPOT": 2}, parcels=2, then="picklist")
    until(lambda: shop.books.shipments.get(order_id), SECONDS, "the shop has the first part")
    installation.wait_until_at_rest()
    assert shop.books.orders[order_id]["fulfillment_status"] == "partial"
    assert shop.books.completions[order_id] == 0
    picqer.pick_and_close(order.idpicklists[1])
    until(lambda: shop.books.completions[order_id], SECONDS, "the shop has completed it")
    installation.wait_until_at_rest()

    assert installation.oracle.calls() == {"GET /picklists/*/shipments": 2}
    assert shop.books.completions[order_id] == 1
    assert shop.books.orders[order_id]["fulfillment_status"] == "fulfilled"
    assert installation.oracle.shipments(order_id) == []


def test_at_the_end_both_books_agree_and_nothing_is_left_over(installation: Installation) -> None:
    installation.wait_until_stock_agrees()

    assert installation.oracle.orders() == []
    assert installation.oracle.next_steps() == []
    assert installation.oracle.deliveries() == []
    assert installation.oracle.rate(500) == []

"""The plan to go live over a catalogue of twenty thousand products: its requests and its memory."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from integration.golive import LivePlan, make_plan
from tests.flows.world import World

PRODUCTS = 20_000
ORDERS = 300
MOST_BYTES = 32 * 2**20
"""Of the plan itself: the catalogue once, and the few things that differ."""
ONLY_HERE, ONLY_THERE, OTHER_FIGURE = 120, 80, 50


def fill(world: World) -> None:
    """Both catalogues, mostly alike, and some open orders."""
    template = world.product()
    world.shop.books.products.clear()
    for number in range(PRODUCTS):
        sku = f"SKU-{number:05}"
        world.shop.books.products[str(number)] = replace(template, id=str(number), sku=sku)
        world.shop.books.stock[sku] = 7 if number >= OTHER_FIGURE else 9
        if number < PRODUCTS - ONLY_HERE:
            world.picqer.books.add_product(sku, 7)
    for number in range(ONLY_THERE):
        world.picqer.books.add_product(f"OLD-{number:05}", 1)
    for number in range(ORDERS):
        world.order(f"{5000 + number}")


def looked_at(world: World) -> tuple[LivePlan, list[int]]:
    shop = world.services.shops["nl"]
    heard: list[int] = []
    plan = make_plan(world.services, shop, world.clock.now() - timedelta(days=14), heard.append)
    return plan, heard


def test_twenty_thousand_products_cost_a_request_per_hundred_and_little_memory(
    world: World,
) -> None:
    fill(world)
    tracemalloc.start()
    try:
        plan, heard = looked_at(world)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert plan.products == PRODUCTS
    assert len(plan.not_at_picqer) == ONLY_HERE
    assert len(plan.not_in_shop) == ONLY_THERE
    assert len(plan.stock) == OTHER_FIGURE
    assert len(plan.orders.to_bring) == ORDERS
    there = PRODUCTS - ONLY_HERE + ONLY_THERE
    assert Counter(world.picqer.calls) == {
        "products": there // 100 + 2,  # the last page of the active ones, and of the inactive
        "warehouses": 1,
        "hooks": 1,
        "vat_groups": 1,
        "orders_since": 1,
    }
    assert Counter(world.shop.calls) == {
        "products_changed_since": 1,
        "stock": 1,
        "orders_changed_since": 1,
        "order": ORDERS,
    }
    assert peak < MOST_BYTES, f"{peak / 2**20:.0f} MB"
    assert heard[0] <= 100, "it is seen to go on from the first page"
    assert all(later >= earlier for earlier, later in pairwise(heard)), "the bar never goes back"

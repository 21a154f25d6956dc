"""How many requests at Picqer each effect costs, counted from the sandbox's own log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.service import Running, wait_until

RECONCILING = ("GET /api/v1/products/", "GET /api/v1/hooks")
"""Reads of the hook watch, and of products in doubt, which come at their own pace."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What an effect cost, and what the design's table says it costs at the least."""

    effect: str
    calls: int
    expected: int
    what: str

    @property
    def met(self) -> bool:
        """Whether it costs no more than that."""
        return self.calls <= self.expected


def measure(running: Running) -> list[Cost]:
    """Play each effect once on its normal path."""
    shop, picqer = running.shop, running.picqer
    customer = shop.add_customer("A. Jansen", "a@example.org")

    def order(**options: Any) -> Callable[[], object]:
        def play() -> None:
            number = shop.place_order([("MUG-BLUE", 1)], **options)
            wait_until(lambda: _is_processing(running, number), f"order {number} processing")

        return play

    def stock() -> None:
        picqer.set_stock("TEAPOT", amount=77)
        wait_until(lambda: shop.books.sellable["TEAPOT"] == 77, "the stock event in the shop")

    def new_product() -> None:
        shop.add_product(sku="NEW-ONE", name="New one", price_net="5.00", sellable=0)
        wait_until(lambda: _knows(running, "NEW-ONE"), "the new product at Picqer", 120)

    def picklist() -> None:
        number = shop.place_order([("MUG-RED", 1)])
        wait_until(lambda: bool(_picklists(running, number)), f"the picklist of {number}")
        picqer.reset_log()
        picqer.pick_and_close(_picklists(running, number)[0])
        wait_until(lambda: bool(shop.books.completions.get(number)), f"order {number} shipped")

    return [
        _cost(running, "order of a guest", 2, order()),
        _cost(running, "order of a new customer", 3, order(customer=customer)),
        _cost(running, "order of a known customer", 2, order(customer=customer)),
        _cost(running, "free stock event", 0, stock),
        _cost(running, "new product", 1, new_product),
        _cost(running, "closed picklist", 1, picklist),
    ]


def _cost(running: Running, effect: str, expected: int, play: Callable[[], object]) -> Cost:
    running.picqer.reset_log()
    play()
    asked = Counter(
        f"{entry['method']} {entry['path']}"
        for entry in running.picqer.log()
        if not f"{entry['method']} {entry['path']}".startswith(RECONCILING)
    )
    return Cost(effect, sum(asked.values()), expected, ", ".join(sorted(asked)))


def _is_processing(running: Running, number: str) -> bool:
    return any(row.status == "processing" for row in running.picqer.orders_of(number))


def _knows(running: Running, productcode: str) -> bool:
    with running.picqer.books.lock:
        return productcode in running.picqer.books.productcodes


def _picklists(running: Running, number: str) -> list[int]:
    orders = running.picqer.orders_of(number)
    return [idpicklist for order in orders for idpicklist in order.idpicklists]

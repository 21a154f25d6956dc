"""Pages of both books, for the tests of the demo day."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from workers.day.books import AtPicqer, BothBooks, OrderPage, Parcelled, StockPage

SENT = Parcelled({"MUG-BLUE": 2}, ("3SABC1", "3SABC2"))
AT_PICQER = AtPicqer("O2026-0001", "processing", {"MUG-BLUE": 2}, {})
PAGE = OrderPage(
    number="1042",
    in_shop=True,
    to_ship=True,
    pieces={"MUG-BLUE": 2},
    shipped={},
    fulfilled=False,
    at_picqer=(AT_PICQER,),
)
COMPLETED = replace(
    PAGE,
    shipped={"7": SENT},
    fulfilled=True,
    at_picqer=(replace(AT_PICQER, status="completed", shipped={"7": SENT}),),
)
STOCK = StockPage("MUG-BLUE", free=40, in_flight=3, shown=37)


def order_books(page: OrderPage = PAGE, **changes: Any) -> BothBooks:
    """Books with one order, which differs from ``page`` as named."""
    changed = replace(page, **changes)
    return BothBooks({changed.number: changed}, {})


def stock_books(**changes: Any) -> BothBooks:
    """Books with one product, which differs from STOCK as named."""
    changed = replace(STOCK, **changes)
    return BothBooks({}, {changed.productcode: changed})

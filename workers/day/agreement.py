"""Whether both books of the demo day agree, and in plain sentences where they do not. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from workers.day.books import AtPicqer, BothBooks, OrderPage, StockPage
from workers.day.words import pieces_in_words

PROCESSED = frozenset({"processing", "paused", "completed"})
"""Picqer's statuses of an order that was processed."""


def disagreements(books: BothBooks, parked: Collection[str] = ()) -> list[str]:
    """Every way in which the books differ; empty when they agree.

    ``parked`` are the order numbers that cannot be in Picqer before a person mends them.
    """
    found: list[str] = []
    for page in books.orders.values():
        found += _of_order(page, is_parked=page.number in parked)
    for stock in books.stock.values():
        found += _of_stock(stock)
    return found


def _of_order(page: OrderPage, *, is_parked: bool) -> Iterator[str]:
    if not page.in_shop:
        yield f"Picqer has an order {page.number} that the shop does not know"
        return
    wanted = 1 if page.to_ship and not is_parked else 0
    live = page.at_picqer
    if len(live) != wanted:
        yield f"order {page.number} is {len(live)} orders at Picqer and ought to be {wanted}"
        return
    for order in live:
        yield from _of_processing(page, order)
        yield from _of_shipments(page, order)


def _of_processing(page: OrderPage, order: AtPicqer) -> Iterator[str]:
    if order.status not in PROCESSED:
        yield f"order {page.number} is {order.status} at Picqer and not processing"
    if order.pieces != page.pieces:
        yield (
            f"order {page.number} is of {pieces_in_words(page.pieces)} in the shop and of "
            f"{pieces_in_words(order.pieces)} at Picqer"
        )


def _of_shipments(page: OrderPage, order: AtPicqer) -> Iterator[str]:
    for key in sorted(order.shipped.keys() | page.shipped.keys(), key=int):
        sent, told = order.shipped.get(key), page.shipped.get(key)
        if sent is None:
            yield f"the shop was told of picklist {key} of order {page.number}, which is not closed"
        elif told is None:
            yield f"the shop was not told that picklist {key} of order {page.number} is closed"
        elif sent.pieces != told.pieces:
            yield f"what was in picklist {key} of order {page.number} differs"
        elif sent.tracking != told.tracking:
            yield f"the tracking codes of picklist {key} of order {page.number} differ"
    if page.fulfilled != (order.status == "completed"):
        shop = "fulfilled" if page.fulfilled else "not fulfilled"
        yield f"order {page.number} is {order.status} at Picqer and {shop} in the shop"


def _of_stock(page: StockPage) -> Iterator[str]:
    if page.shown is None:
        return
    if page.free is None:
        yield f"the shop sells {page.productcode}, which Picqer does not know"
        return
    sellable = max(0, page.free - page.in_flight)
    if page.shown != sellable:
        yield (
            f"the shop shows {page.shown} of {page.productcode} and ought to show {sellable}: "
            f"{page.free} free at Picqer, {page.in_flight} in flight"
        )

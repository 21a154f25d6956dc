"""What changed between two looks at both books, as one plain line each. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from workers.day.books import NO_BOOKS, AtPicqer, BothBooks, OrderPage, StockPage
from workers.day.words import count, pieces_in_words


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the day: who it is about (``shop``, ``Picqer``, ``bridge``), and what happened.

    ``style`` is rich's, seen on a terminal only.
    """

    who: str
    text: str
    style: str = ""


def news(before: BothBooks, after: BothBooks) -> Iterator[Line]:
    """What the service did between the two, in the order of orders and products."""
    for number, page in after.orders.items():
        yield from _of_order(before.orders.get(number), page)
    for code, stock in after.stock.items():
        yield from _of_stock(before.stock.get(code), stock, first=before is NO_BOOKS)


def _of_order(before: OrderPage | None, page: OrderPage) -> Iterator[Line]:
    known = {order.orderid: order for order in before.at_picqer} if before else {}
    for order in page.at_picqer:
        yield from _of_picqer(known.get(order.orderid), page, order)
    told = before.shipped if before else {}
    for key, shipment in page.shipped.items():
        if told.get(key) != shipment:
            codes = ", ".join(shipment.tracking) or "no tracking yet"
            text = f"order {page.number} shows {pieces_in_words(shipment.pieces)} sent: {codes}"
            yield Line("shop", text, "green")
    if page.fulfilled and not (before and before.fulfilled):
        yield Line("shop", f"order {page.number} is fulfilled", "green")


def _of_picqer(before: AtPicqer | None, page: OrderPage, order: AtPicqer) -> Iterator[Line]:
    if before is None:
        text = f"order {page.number} is there as {order.orderid}, {order.status}"
        yield Line("Picqer", text, "cyan")
    elif before.status != order.status:
        yield Line("Picqer", f"order {page.number} ({order.orderid}) is {order.status}", "cyan")
    for key, shipment in order.shipped.items():
        if before is None or key not in before.shipped:
            parcels = count(len(shipment.tracking), "parcel")
            text = f"{pieces_in_words(shipment.pieces)} of order {page.number} left in {parcels}"
            yield Line("Picqer", text)


def _of_stock(before: StockPage | None, page: StockPage, *, first: bool) -> Iterator[Line]:
    if first:
        return
    if page.free is not None and (before is None or before.free is None):
        yield Line("Picqer", f"knows product {page.productcode}", "cyan")
    if before is not None and None not in (before.shown, page.shown) and before.shown != page.shown:
        text = f"shows {page.shown} of {page.productcode} (before: {before.shown})"
        yield Line("shop", text, "dim")

"""Both books of the demo day side by side: what the shop says and what Picqer says, at one moment.

Read from the two sandboxes themselves, never from what the service believes; only the pieces in
flight come from the service's store, because nobody else knows them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from integration.sandbox.picqer.rows import Order, Picklist
from workers.day.stage import Stage

Pieces = Mapping[str, int]
"""Pieces per productcode."""


@dataclass(frozen=True, slots=True)
class Parcelled:
    """One shipment: what was in it, and its tracking codes in alphabetical order."""

    pieces: Pieces
    tracking: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AtPicqer:
    """One order at Picqer. ``shipped`` is by idpicklist, closed picklists only."""

    orderid: str
    status: str
    pieces: Pieces
    shipped: Mapping[str, Parcelled]


@dataclass(frozen=True, slots=True)
class OrderPage:
    """One order number in both books.

    ``in_shop``: the shop has it. ``to_ship``: the shop wants it shipped. ``shipped`` is what the
    shop was told, by shipment key. ``at_picqer``: every order there with that reference that is
    not cancelled.
    """

    number: str
    in_shop: bool
    to_ship: bool
    pieces: Pieces
    shipped: Mapping[str, Parcelled]
    fulfilled: bool
    at_picqer: tuple[AtPicqer, ...]

    @property
    def tracking(self) -> tuple[str, ...]:
        """Every tracking code that the shop knows, in the order of the shipments."""
        return tuple(code for one in self.shipped.values() for code in one.tracking)


@dataclass(frozen=True, slots=True)
class StockPage:
    """One productcode, in pieces: free at Picqer, in flight, and what the shop shows.

    ``free`` is None while Picqer does not know the product, ``shown`` while the shop does not.
    """

    productcode: str
    free: int | None
    in_flight: int
    shown: int | None


@dataclass(frozen=True, slots=True)
class BothBooks:
    """All pages, by order number and by productcode."""

    orders: Mapping[str, OrderPage]
    stock: Mapping[str, StockPage]


NO_BOOKS = BothBooks({}, {})


def read_books(stage: Stage, in_flight: Callable[[str], int]) -> BothBooks:
    """Read both; ``in_flight`` gives the pieces in flight of a productcode."""
    shop = stage.shop.books.snapshot()
    picqer, free = _read_picqer(stage)
    pages = {str(order["number"]): _order_page(order, shop, picqer) for order in shop["orders"]}
    for reference in picqer.keys() - pages.keys():
        pages[reference] = _unknown_to_shop(reference, picqer[reference])
    managed = {
        product["sku"]: shop["sellable"][product["sku"]]
        for product in shop["products"]
        if product["sku"] and product["stock_managed"]
    }
    stock = {
        code: StockPage(code, free.get(code), in_flight(code), managed.get(code))
        for code in sorted(managed.keys() | free.keys())
    }
    return BothBooks(dict(sorted(pages.items())), stock)


def _read_picqer(stage: Stage) -> tuple[dict[str, tuple[AtPicqer, ...]], dict[str, int]]:
    """Live orders by reference, and free stock by productcode, of one moment."""
    books = stage.picqer.books
    with books.lock:
        summary = stage.picqer.summary()
        orders: dict[str, list[AtPicqer]] = {}
        for order in books.orders.values():
            if order.status != "cancelled":
                page = _at_picqer(stage, order)
                orders.setdefault(order.reference or order.orderid, []).append(page)
    free = {code: int(row["freestock"]) for code, row in summary["stock"].items()}
    return {reference: tuple(rows) for reference, rows in orders.items()}, free


def _at_picqer(stage: Stage, order: Order) -> AtPicqer:
    books = stage.picqer.books
    closed = [
        picklist
        for picklist in map(books.picklists.__getitem__, order.idpicklists)
        if picklist.status == "closed"
    ]
    return AtPicqer(
        order.orderid,
        order.status,
        _sum((line.productcode, line.amount) for line in order.lines),
        {str(one.idpicklist): _parcelled(stage, one) for one in closed},
    )


def _parcelled(stage: Stage, picklist: Picklist) -> Parcelled:
    codes = [
        parcel.tracking_code
        for shipment in stage.picqer.books.shipments.values()
        if shipment.idpicklist == picklist.idpicklist and not shipment.cancelled
        for parcel in shipment.parcels
    ]
    picked = _sum((line.productcode, line.amount_picked) for line in picklist.lines)
    return Parcelled(picked, tuple(sorted(codes)))


def _order_page(
    order: Mapping[str, Any], shop: Mapping[str, Any], picqer: Mapping[str, tuple[AtPicqer, ...]]
) -> OrderPage:
    number = str(order["number"])
    told = shop["shipments"].get(order["id"], {})
    return OrderPage(
        number=number,
        in_shop=True,
        to_ship=bool(order["release"]) and not order["cancelled"] and not order["test"],
        pieces=_sum(
            (line["sku"], line["quantity"]) for line in order["lines"] if line["requires_shipping"]
        ),
        shipped={key: _told(report["body"]) for key, report in told.items()},
        fulfilled=order["fulfillment_status"] == "fulfilled",
        at_picqer=picqer.get(number, ()),
    )


def _unknown_to_shop(reference: str, rows: tuple[AtPicqer, ...]) -> OrderPage:
    return OrderPage(
        number=reference,
        in_shop=False,
        to_ship=False,
        pieces={},
        shipped={},
        fulfilled=False,
        at_picqer=rows,
    )


def _told(body: Mapping[str, Any]) -> Parcelled:
    codes = [parcel["tracking_code"] for parcel in body["parcels"]]
    return Parcelled(
        _sum((line["sku"], line["quantity"]) for line in body["lines"]), tuple(sorted(codes))
    )


def _sum(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Pieces per productcode; lines of one product count together, and nothing is left out."""
    pieces: dict[str, int] = {}
    for productcode, amount in pairs:
        if amount:
            pieces[productcode] = pieces.get(productcode, 0) + int(amount)
    return pieces

"""Endpoints of picklists and shipments (picqer.com/en/api/picklists, picklist-shipments)."""

from collections.abc import Iterator

from integration.sandbox.picqer import picking, shapes_orders, shipping
from integration.sandbox.picqer.books import Books
from integration.sandbox.picqer.endpoints.call import (
    Answer,
    Call,
    Endpoint,
    after,
    contains,
    same,
    within,
)
from integration.sandbox.picqer.order_entry import whole
from integration.sandbox.picqer.refusals import Refusal
from integration.sandbox.picqer.rows import Picklist, Shipment


def _picklist(books: Books, call: Call) -> Picklist:
    return call.find(books.picklists, "idpicklist")


def _answer(books: Books, picklist: Picklist) -> Answer:
    return Answer(shapes_orders.picklist(books, picklist))


def _listed(books: Books, call: Call) -> Iterator[Picklist]:
    since, until = call.since("sincedate"), call.until("untildate")
    closed_after, closed_before = call.since("closed_after"), call.until("closed_before")
    low, high = call.number("sinceid"), call.number("beforeid")
    return (
        row
        for row in call.seen(books, books.picklists)
        if after(low, high, row.idpicklist)
        and same(call.text("status"), row.status)
        and same(call.text("picklistid"), row.picklistid)
        and same(call.text("idwarehouse"), row.idwarehouse)
        and within(row.created, since, until)
        and within(row.closed_at, closed_after, closed_before)
    )


def list_picklists(books: Books, call: Call) -> Answer:
    """Picklists, those of returns included."""
    return call.page(_listed(books, call), lambda row: shapes_orders.picklist(books, row))


def get_picklist(books: Books, call: Call) -> Answer:
    """One picklist."""
    return _answer(books, _picklist(books, call))


def close(books: Books, call: Call) -> Answer:
    """Close a picklist of which everything is picked."""
    picklist = _picklist(books, call)
    picking.close(books, picklist)
    return _answer(books, picklist)


def pick_all(books: Books, call: Call) -> Answer:
    """Pick everything on a picklist."""
    picklist = _picklist(books, call)
    picking.pick_all(books, picklist)
    return _answer(books, picklist)


def pick(books: Books, call: Call) -> Answer:
    """Pick some of one line."""
    picklist, wanted = _picklist(books, call), call.json()
    line = wanted.get("idpicklist_product", wanted.get("product"))
    picking.pick(books, picklist, whole(line, 15), whole(wanted.get("amount"), 16))
    return _answer(books, picklist)


def cancel(books: Books, call: Call) -> Answer:
    """Cancel a picklist; its goods become backorders."""
    picklist = _picklist(books, call)
    picking.cancel(books, picklist)
    return _answer(books, picklist)


def list_of_picklist(books: Books, call: Call) -> Answer:
    """The shipments of one picklist: none, one or more, cancelled ones included."""
    found = shipping.of_picklist(books, _picklist(books, call))
    return Answer([shapes_orders.shipment(books, row) for row in found])


def post_shipment(books: Books, call: Call) -> Answer:
    """A new shipment; `?return=shipment` answers with it, otherwise with the picklist."""
    picklist = _picklist(books, call)
    shipment = picking.ship(books, picklist, call.json())
    if call.text("return") == "shipment":
        return Answer(shapes_orders.shipment(books, shipment), 201)
    return Answer(shapes_orders.picklist(books, picklist), 201)


def delete_shipment(books: Books, call: Call) -> Answer:
    """Cancel a shipment while it is fresh."""
    shipment = call.find(books.shipments, "idshipment")
    if shipment.idpicklist != call.id("idpicklist"):
        raise Refusal(20)
    shipping.cancel(books, shipment)
    return Answer(None, 204)


def _shipments(books: Books, call: Call) -> Iterator[Shipment]:
    since, until = call.since("sincedate"), call.until("untildate")
    return (
        row
        for row in call.seen(books, books.shipments)
        if within(row.created, since, until)
        and contains(call.text("search"), *(parcel.tracking_code for parcel in row.parcels))
    )


def list_shipments(books: Books, call: Call) -> Answer:
    """Shipments of all picklists."""
    return call.page(_shipments(books, call), lambda row: shapes_orders.shipment(books, row))


def get_shipment(books: Books, call: Call) -> Answer:
    """One shipment."""
    return Answer(shapes_orders.shipment(books, call.find(books.shipments, "idshipment")))


ENDPOINTS: list[Endpoint] = [
    ("GET", "/picklists", list_picklists),
    ("GET", "/picklists/{idpicklist:int}", get_picklist),
    ("POST", "/picklists/{idpicklist:int}/close", close),
    ("POST", "/picklists/{idpicklist:int}/pickall", pick_all),
    ("POST", "/picklists/{idpicklist:int}/pick", pick),
    ("POST", "/picklists/{idpicklist:int}/cancel", cancel),
    ("GET", "/picklists/{idpicklist:int}/shipments", list_of_picklist),
    ("POST", "/picklists/{idpicklist:int}/shipments", post_shipment),
    ("DELETE", "/picklists/{idpicklist:int}/shipments/{idshipment:int}", delete_shipment),
    ("GET", "/shipments", list_shipments),
    ("GET", "/shipments/{idshipment:int}", get_shipment),
]

"""Shipments and their parcels (picqer.com/en/api/picklist-shipments)."""

from typing import Any

from integration.sandbox.picqer import shapes_orders
from integration.sandbox.picqer.books import Books
from integration.sandbox.picqer.hooks import Event, announce
from integration.sandbox.picqer.order_entry import whole
from integration.sandbox.picqer.refusals import Refusal
from integration.sandbox.picqer.rows import Parcel, Picklist, Shipment
from integration.sandbox.picqer.wire import Json

SECONDS_TO_CANCEL = 5 * 60


def create(books: Books, picklist: Picklist, wanted: Json) -> Shipment:
    """Make a shipment of one parcel or, with `parcels`, of several; weights in grams.

    Without a profile the first one is used. Refusal 26 for an unknown profile or parcels that are
    no list, 21 for a cancelled picklist.
    """
    if picklist.status == "cancelled":
        raise Refusal(21, "Picklist is cancelled")
    provider, profile = _profile(books, wanted.get("idshippingprofile"))
    boxes = wanted.get("parcels") or [wanted]
    if not isinstance(boxes, list) or not all(isinstance(box, dict) for box in boxes):
        raise Refusal(26)
    number = books.number("shipment")
    shipment = Shipment(
        idshipment=number,
        idpicklist=picklist.idpicklist,
        idorder=picklist.idorder,
        idreturn=picklist.idreturn,
        idshippingprovider=provider["idshippingprovider"],
        idshippingprovider_profile=profile["idshippingprovider_profile"],
        provider=provider["name"],
        profile_name=profile["name"],
        carrier_key=provider["carrier_key"],
        parcels=[_parcel(books, picklist, box) for box in boxes],
        born=books.clock(),
        created=books.stamp(),
        updated=books.stamp(),
    )
    books.shipments[number] = shipment
    announce(books, _event(books, "picklists.shipments.created", shipment))
    return shipment


def _profile(books: Books, idprofile: Any) -> tuple[Json, Json]:
    for provider in books.shippingproviders.values():
        for profile in provider["profiles"]:
            if idprofile is None or str(profile["idshippingprovider_profile"]) == str(idprofile):
                return provider, profile
    raise Refusal(26, f"Unknown shipping profile {idprofile}")


def _parcel(books: Books, picklist: Picklist, box: Json) -> Parcel:
    weight = box.get("weight")
    goods = sum(line.weight * line.amount for line in picklist.lines if not line.has_parts)
    code = f"3SSBX{books.random.randrange(10**9):09d}"
    return Parcel(
        idparcel=books.number("parcel"),
        idparcel_document=books.number("document"),
        idpackaging=box.get("idpackaging"),
        weight=goods if weight is None else whole(weight, 26),
        tracking_code=code,
        tracking_url=f"https://tracking.example.com/{code}",
    )


def of_picklist(books: Books, picklist: Picklist) -> list[Shipment]:
    """Return the shipments of a picklist, cancelled ones included."""
    return [row for row in books.shipments.values() if row.idpicklist == picklist.idpicklist]


def cancel(books: Books, shipment: Shipment, *, late: bool = False) -> None:
    """Cancel a shipment within five minutes, or later when `late`; Refusal 21 otherwise."""
    too_late = books.clock() - shipment.born > SECONDS_TO_CANCEL
    if shipment.cancelled or (too_late and not late):
        raise Refusal(21, "Shipment can no longer be cancelled")
    shipment.cancelled, shipment.updated = True, books.stamp()
    announce(books, _event(books, "picklists.shipments.cancelled", shipment))


def _event(books: Books, name: str, shipment: Shipment) -> Event:
    return Event(name, str(shipment.idshipment), lambda: shapes_orders.shipment(books, shipment))

"""Picqer's orders, picklists, shipments, products and settings as values of the domain. Pure.

Sources: picqer.com/en/api/ orders, picklists, picklist-shipments, products, product-stock,
warehouses, vatgroups, webhooks. Each function raises ``reading.Malformed``.
"""

from __future__ import annotations

from integration.domain import (
    FreeStock,
    Hook,
    Parcel,
    Picklist,
    PicklistLine,
    PicqerCustomer,
    PicqerOrder,
    PicqerOrderLine,
    PicqerProduct,
    PicqerShipment,
    PicqerStatus,
    VatGroup,
    Warehouse,
)
from integration.picqer.mapping.reading import (
    Malformed,
    Record,
    decimal,
    maybe_text,
    maybe_whole,
    record,
    records,
    text,
    whole,
    yes,
)

UNLIMITED = "unlimited_stock"
IMPOSSIBLE_STOCK = 10**9
"""Pieces of one product in one warehouse."""


def read_order(data: object) -> PicqerOrder:
    """An order with its lines; its picklists come without theirs."""
    row = record(data, "the order")
    return PicqerOrder(
        idorder=whole(row, "idorder"),
        orderid=maybe_text(row, "orderid") or "",
        status=read_status(row),
        reference=maybe_text(row, "reference"),
        created=maybe_text(row, "created") or "",
        updated=maybe_text(row, "updated", "created") or "",
        idcustomer=maybe_whole(row, "idcustomer"),
        lines=tuple(map(_order_line, records(row.get("products"), "the order's products"))),
        picklists=tuple(map(read_picklist, records(row.get("picklists"), "its picklists"))),
    )


def read_status(row: Record) -> PicqerStatus:
    """The status; one that Picqer added since is UNKNOWN."""
    status = text(row, "status")
    return PicqerStatus(status) if status in list(PicqerStatus) else PicqerStatus.UNKNOWN


def _order_line(row: Record) -> PicqerOrderLine:
    return PicqerOrderLine(
        idorder_product=whole(row, "idorder_product"),
        idproduct=maybe_whole(row, "idproduct"),
        productcode=maybe_text(row, "productcode") or "",
        amount=whole(row, "amount"),
        partof=maybe_whole(row, "partof_idorder_product"),
    )


def read_picklist(data: object) -> Picklist:
    """A picklist; ``closed_at`` is set only while it is closed."""
    row = record(data, "the picklist")
    status = text(row, "status")
    closed_at = maybe_text(row, "closed_at") or maybe_text(row, "updated")
    return Picklist(
        idpicklist=whole(row, "idpicklist"),
        picklistid=maybe_text(row, "picklistid") or "",
        idorder=maybe_whole(row, "idorder"),
        idreturn=maybe_whole(row, "idreturn"),
        status=status,
        closed_at=closed_at if status == "closed" else None,
        updated=maybe_text(row, "updated", "created") or "",
        lines=tuple(map(_picklist_line, records(row.get("products"), "the picklist's products"))),
    )


def _picklist_line(row: Record) -> PicklistLine:
    return PicklistLine(
        idorder_product=maybe_whole(row, "idorder_product"),
        productcode=maybe_text(row, "productcode") or "",
        amount=whole(row, "amount"),
        amount_picked=maybe_whole(row, "amount_picked", "amountpicked") or 0,
        partof=maybe_whole(row, "partof_idpicklist_product"),
    )


def read_shipment(data: object) -> PicqerShipment:
    """A shipment; its parcels, or one of the old flat keys when it has no list of parcels."""
    row = record(data, "the shipment")
    carrier = maybe_text(row, "public_providername", "providername", "provider")
    listed = records(row.get("parcels"), "the shipment's parcels")
    parcels = [
        Parcel(
            maybe_text(parcel, "tracking_code", "trackingcode"),
            maybe_text(parcel, "tracking_url", "tracktraceurl", "trackingurl"),
            carrier,
        )
        for parcel in listed
    ]
    if not any(parcel.tracking_code for parcel in parcels):
        parcels = _flat_parcel(row, carrier) or parcels
    return PicqerShipment(
        idshipment=whole(row, "idshipment"),
        idpicklist=whole(row, "idpicklist"),
        cancelled=yes(row, "cancelled"),
        parcels=tuple(parcels),
        updated=maybe_text(row, "updated", "created") or "",
    )


def _flat_parcel(row: Record, carrier: str | None) -> list[Parcel]:
    """The one parcel of the old flat keys, if they say anything."""
    code = maybe_text(row, "trackingcode", "tracking_code")
    url = maybe_text(row, "tracktraceurl", "trackingurl", "tracking_url")
    return [Parcel(code, url, carrier)] if code or url else []


def read_product(data: object, stamp: str) -> PicqerProduct:
    """A product with its free stock as it was at ``stamp``."""
    row = record(data, "the product")
    idproduct = whole(row, "idproduct")
    return PicqerProduct(
        idproduct=idproduct,
        productcode=text(row, "productcode"),
        active=yes(row, "active", missing=True),
        free_stock=read_free_stock(row, stamp),
        idvatgroup=maybe_whole(row, "idvatgroup"),
    )


def read_free_stock(data: object, stamp: str) -> FreeStock:
    """The ``freestock`` per warehouse of a product."""
    row = record(data, "the product")
    stock = records(row.get("stock"), "the product's stock")
    return FreeStock(
        productcode=text(row, "productcode"),
        by_warehouse={whole(entry, "idwarehouse"): free_of(entry) for entry in stock},
        stamp=stamp,
        unlimited=yes(row, "unlimitedstock") or maybe_text(row, "type") == UNLIMITED,
        idproduct=maybe_whole(row, "idproduct"),
    )


def free_of(entry: Record) -> int:
    """``freestock``; where it is missing, ``stock`` less ``reserved``.

    Figures that cannot be are refused: one of them would hold up the stock of a whole shop.
    """
    free = maybe_whole(entry, "freestock")
    if free is None:
        free = whole(entry, "stock") - (maybe_whole(entry, "reserved") or 0)
    if abs(free) >= IMPOSSIBLE_STOCK:
        raise Malformed("freestock is too large")
    return free


def read_customer(data: object) -> PicqerCustomer:
    """A customer, of whom only the e-mail address is kept."""
    row = record(data, "the customer")
    return PicqerCustomer(whole(row, "idcustomer"), maybe_text(row, "emailaddress"))


def read_warehouse(data: object) -> Warehouse:
    """A warehouse."""
    row = record(data, "the warehouse")
    return Warehouse(
        idwarehouse=whole(row, "idwarehouse"),
        name=maybe_text(row, "name") or "",
        counts_for_general_stock=yes(row, "counts_for_general_stock", missing=True),
        active=yes(row, "active", missing=True),
    )


def read_vat_group(data: object) -> VatGroup:
    """A VAT group."""
    row = record(data, "the VAT group")
    name = maybe_text(row, "name") or ""
    return VatGroup(whole(row, "idvatgroup"), name, decimal(row, "percentage"))


def read_shipping_profiles(data: object) -> dict[int, str]:
    """The profiles of all shipping providers (picqer.com/en/api/shippingproviders)."""
    return {
        whole(profile, "idshippingprovider_profile"): maybe_text(profile, "name") or ""
        for provider in records(data, "the list of shipping providers")
        for profile in records(provider.get("profiles"), "the provider's profiles")
    }


def read_hook(data: object) -> Hook:
    """A hook; ``secret`` is only a yes or no when read, and was seen as a text too."""
    row = record(data, "the hook")
    secret = row.get("secret")
    return Hook(
        idhook=whole(row, "idhook"),
        name=maybe_text(row, "name") or "",
        event=text(row, "event"),
        address=text(row, "address"),
        active=yes(row, "active", missing=True),
        signed=bool(secret) and secret not in {"false", "0"},
    )

"""Orders, picklists and shipments as Picqer's API prints them, doubled legacy keys included."""

from integration.sandbox.picqer import shapes
from integration.sandbox.picqer.books import Books
from integration.sandbox.picqer.countries import full_address
from integration.sandbox.picqer.rows import (
    Order,
    OrderLine,
    Parcel,
    Picklist,
    PicklistLine,
    Shipment,
)
from integration.sandbox.picqer.wire import Json


def order(books: Books, row: Order) -> Json:
    """Return an order; its picklists come without their products."""
    fields = row.fields
    return {
        "idorder": row.idorder,
        "idcustomer": row.idcustomer,
        "orderid": row.orderid,
        **fields,
        "full_delivery_address": full_address(fields, "delivery"),
        "full_invoice_address": full_address(fields, "invoice"),
        "status": row.status,
        "public_status_page": f"https://sandbox.picqer.com/s/{row.idorder:09d}",
        "via_portal": False,
        "comment_count": len(row.comments),
        "created": row.created,
        "updated": row.updated,
        "products": [order_line(line) for line in row.lines],
        "tags": shapes.tags(books, row.tags),
        "pricelists": [],
        "picklists": [
            picklist(books, books.picklists[idpicklist], products=False)
            for idpicklist in row.idpicklists
        ],
    }


def order_line(line: OrderLine) -> Json:
    """Return one line of an order."""
    return {
        "idorder_product": line.idorder_product,
        "idproduct": line.idproduct,
        "idvatgroup": line.idvatgroup,
        "productcode": line.productcode,
        "name": line.name,
        "remarks": line.remarks,
        "price": line.price,
        "amount": line.amount,
        "amount_cancelled": line.amount_cancelled,
        "weight": line.weight,
        "partof_idorder_product": line.partof_idorder_product,
        "has_parts": line.has_parts,
    }


def picklist(books: Books, row: Picklist, *, products: bool = True) -> Json:
    """Return a picklist; tracking is never part of it."""
    counted = [line for line in row.lines if not line.has_parts]
    closed_by = next(iter(books.users), None) if row.closed_at else None
    shape = {
        "idpicklist": row.idpicklist,
        "picklistid": row.picklistid,
        "idorder": row.idorder,
        "idreturn": row.idreturn,
        "idwarehouse": row.idwarehouse,
        "idpicklist_batch": None,
        **row.fields,
        "assigned_to_iduser": None,
        "status": row.status,
        "paused_reason": row.paused_reason,
        "totalproducts": sum(line.amount for line in counted),
        "totalpicked": sum(line.amount_picked for line in counted),
        "weight": sum(line.weight * line.amount for line in counted),
        "snoozed_until": None,
        "closed_by_iduser": closed_by,
        "closed_at": row.closed_at,
        "created": row.created,
        "updated": row.updated,
        "idfulfilment_customer": None,
        "comment_count": len(row.comments),
        "tags": shapes.tags(books, []),
    }
    if products:
        shape["products"] = [picklist_line(line) for line in row.lines]
    return shape


def picklist_line(line: PicklistLine) -> Json:
    """Return one line of a picklist."""
    return {
        "idpicklist_product": line.idpicklist_product,
        "idproduct": line.idproduct,
        "idorder_product": line.idorder_product,
        "idreturn_product_replacement": line.idreturn_product_replacement,
        "idvatgroup": line.idvatgroup,
        "productcode": line.productcode,
        "name": line.name,
        "remarks": line.remarks,
        "amount": line.amount,
        "amountpicked": line.amount_picked,
        "amount_picked": line.amount_picked,
        "price": line.price,
        "weight": line.weight,
        "stocklocation": "A.1",
        "stock_location": "A.1",
        "partof_idpicklist_product": line.partof_idpicklist_product,
        "has_parts": line.has_parts,
        "pick_locations": [{"idlocation": 9, "name": "A.1", "amount": line.amount}],
    }


def shipment(books: Books, row: Shipment) -> Json:
    """Return a shipment with the old flat tracking keys beside the newer parcels."""
    first = row.parcels[0] if row.parcels else None
    code = first.tracking_code if first else None
    url = first.tracking_url if first else None
    label = f"https://sandbox.picqer.com/labels/{row.idshipment}.pdf"
    return {
        "idshipment": row.idshipment,
        "idpicklist": row.idpicklist,
        "idorder": row.idorder,
        "idreturn": row.idreturn,
        "idpackaging": first.idpackaging if first else None,
        "idshippingprovider": row.idshippingprovider,
        "idcompany_shippingprovider": row.idshippingprovider,
        "idcompany_shippingprovider_profile": row.idshippingprovider_profile,
        "provider": row.provider,
        "providername": row.provider,
        "public_providername": row.provider,
        "profile_name": row.profile_name,
        "carrier_key": row.carrier_key,
        "labelurl": label,
        "labelurl_pdf": label,
        "labelurl_zpl": None,
        "trackingcode": code,
        "trackingurl": url,
        "tracktraceurl": url,
        "weight": sum(parcel.weight for parcel in row.parcels),
        "created_by_iduser": next(iter(books.users), None),
        "cancelled": row.cancelled,
        "created": row.created,
        "updated": row.updated,
        "parcels": [parcel_shape(parcel, label) for parcel in row.parcels],
    }


def parcel_shape(parcel: Parcel, label: str) -> Json:
    """Return one parcel with its label."""
    return {
        "idparcel": parcel.idparcel,
        "idpackaging": parcel.idpackaging,
        "weight": parcel.weight,
        "tracking_code": parcel.tracking_code,
        "tracking_url": parcel.tracking_url,
        "documents": [
            {
                "idparcel_document": parcel.idparcel_document,
                "type": "label",
                "size": "A6",
                "format": "pdf",
                "url": label,
            }
        ],
    }

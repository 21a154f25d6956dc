"""Picklists and backorders as they are made: one warehouse's share of an order's lines."""

from integration.sandbox.picqer import shapes_orders
from integration.sandbox.picqer.books import Books
from integration.sandbox.picqer.hooks import Event, announce
from integration.sandbox.picqer.rows import (
    Backorder,
    Order,
    OrderLine,
    Picklist,
    PicklistLine,
    Share,
)
from integration.sandbox.picqer.stock import Moves
from integration.sandbox.picqer.wire import Json

_COPIED = (
    "idtemplate idshippingprovider_profile deliveryname deliveryaddress deliveryaddress2 "
    "deliveryzipcode deliverycity deliveryregion deliverycountry telephone emailaddress reference "
    "invoiced preferred_delivery_date"
)
COPIED = _COPIED.split()


def event(books: Books, name: str, picklist: Picklist) -> Event:
    """Return an event about a picklist."""
    return Event(name, str(picklist.idpicklist), lambda: shapes_orders.picklist(books, picklist))


def create(
    books: Books, order: Order, idwarehouse: int, shares: list[Share], moves: Moves
) -> Picklist:
    """Make a picklist of an order for one warehouse, and promise it its stock."""
    fields: Json = {"idcustomer": order.idcustomer}
    fields |= {key: order.fields[key] for key in COPIED}
    fields |= {"deliverycontact": order.fields["deliverycontactname"], "urgent": False}
    picklist = new_picklist(books, idwarehouse, fields, _lines(books, shares))
    picklist.idorder = order.idorder
    order.idpicklists.append(picklist.idpicklist)
    for line in picklist.lines:
        if not line.has_parts:
            moves.change(line.idproduct, idwarehouse, picklists=line.amount)
    announce(books, event(books, "picklists.created", picklist))
    return picklist


def new_picklist(
    books: Books, idwarehouse: int, fields: Json, lines: list[PicklistLine]
) -> Picklist:
    """Return a new picklist, entered in the books and belonging to nothing yet."""
    number = books.number("picklist")
    picklist = Picklist(
        idpicklist=number,
        picklistid=f"P{books.stamp()[:4]}-{number:04d}",
        idorder=None,
        idreturn=None,
        idwarehouse=idwarehouse,
        fields=fields,
        lines=lines,
        born=books.clock(),
        created=books.stamp(),
        updated=books.stamp(),
    )
    books.picklists[number] = picklist
    return picklist


def _lines(books: Books, shares: list[Share]) -> list[PicklistLine]:
    lines: list[PicklistLine] = []
    numbers: dict[int, int] = {}
    for share in shares:
        line = share.line
        number = numbers[line.idorder_product] = books.number("picklistline")
        lines.append(
            PicklistLine(
                idpicklist_product=number,
                idproduct=line.idproduct,
                idorder_product=line.idorder_product,
                idvatgroup=line.idvatgroup,
                productcode=line.productcode,
                name=line.name,
                remarks=line.remarks,
                price=line.price,
                weight=line.weight,
                amount=share.pick,
                partof_idpicklist_product=numbers.get(line.partof_idorder_product or 0),
                has_parts=line.has_parts,
            )
        )
    return lines


def add_backorder(
    books: Books,
    order: Order,
    line: OrderLine,
    idwarehouse: int,
    *,
    amount: int,
    moves: Moves,
    parent: Backorder | None = None,
) -> Backorder:
    """Let `amount` pieces of an order line wait for stock."""
    row = Backorder(
        idbackorder=books.number("backorder"),
        idorder=order.idorder,
        idorder_product=line.idorder_product,
        idproduct=line.idproduct,
        idcustomer=order.idcustomer,
        idwarehouse=idwarehouse,
        amount=amount,
        created_at=books.stamp(),
        born=books.clock(),
        has_parts=line.has_parts,
        part_of_idbackorder=parent.idbackorder if parent else None,
        parts_per_parent=amount // parent.amount if parent else None,
    )
    books.backorders[row.idbackorder] = row
    if not line.has_parts:
        moves.change(line.idproduct, idwarehouse, backorders=amount)
    return row

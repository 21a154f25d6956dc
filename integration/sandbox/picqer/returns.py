"""Picklists that belong to a return: they close like others and concern no order of a shop."""

from integration.sandbox.picqer import picking, picklists, shapes
from integration.sandbox.picqer.books import Books
from integration.sandbox.picqer.hooks import announce
from integration.sandbox.picqer.refusals import Refusal
from integration.sandbox.picqer.rows import Picklist, PicklistLine, Product
from integration.sandbox.picqer.stock import Moves
from integration.sandbox.picqer.wire import Json


def make(
    books: Books,
    product: Product,
    *,
    amount: int = 1,
    reference: str | None = None,
    idwarehouse: int | None = None,
    shipments: int = 1,
) -> Picklist:
    """Send a replacement for a returned product: a picklist without order, picked and closed."""
    place = idwarehouse or next(iter(books.warehouses))
    if product.counted and shapes.held(books, product, place).freestock < amount:
        raise Refusal(16, f"There are no {amount} pieces of {product.productcode} to send")
    line = PicklistLine(
        idpicklist_product=books.number("picklistline"),
        idproduct=product.idproduct,
        idorder_product=None,
        idvatgroup=product.idvatgroup,
        productcode=product.productcode,
        name=str(product.fields["name"]),
        remarks="",
        price=0.0,
        weight=int(product.fields["weight"] or 0),
        amount=amount,
        idreturn_product_replacement=books.number("replacement"),
    )
    picklist = picklists.new_picklist(books, place, _address(reference), [line])
    picklist.idreturn = books.number("return")
    moves = Moves(books)
    moves.change(product.idproduct, place, picklists=amount)
    told = [picklists.event(books, "picklists.created", picklist), *moves.events()]
    announce(books, *told, shuffle=True)
    picking.pick_and_close(books, picklist, shipments=shipments)
    return picklist


def _address(reference: str | None) -> Json:
    fields: Json = dict.fromkeys(("idcustomer", *picklists.COPIED, "deliverycontact"))
    return {
        **fields,
        "deliveryname": "A. Jansen",
        "deliverycountry": "NL",
        "reference": reference,
        "invoiced": False,
        "urgent": False,
    }

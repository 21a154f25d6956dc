"""The life of an order after it was entered: changed, paused, cancelled, completed."""

from integration.sandbox.picqer import picking, processing
from integration.sandbox.picqer.books import Books
from integration.sandbox.picqer.hooks import announce
from integration.sandbox.picqer.order_entry import (
    ADDRESS,
    HEADER,
    KINDS,
    check_address,
    event,
    find_product,
    money,
    new_line,
    settle,
    whole,
)
from integration.sandbox.picqer.refusals import Refusal
from integration.sandbox.picqer.rows import Backorder, Order, OrderLine
from integration.sandbox.picqer.stock import Moves
from integration.sandbox.picqer.wire import Json

WAITING = {"concept", "expected"}


def change(books: Books, order: Order, wanted: Json) -> None:
    """Change header fields; lines have calls of their own. Refusal 30 while Picqer is busy."""
    refuse_while_busy(order)
    fields = {**order.fields, **{key: wanted[key] for key in HEADER if key in wanted}}
    if any(kind + part in wanted for kind in KINDS for part in ADDRESS):
        for kind in KINDS:
            check_address(fields, kind)
    if "idcustomer" in wanted:
        order.idcustomer = _known_customer(books, wanted["idcustomer"])
    settle(books, fields)
    if fields["reference"] != order.reference:
        _move_reference(books, order, fields["reference"])
    order.fields = fields
    order.updated = books.stamp()


def _known_customer(books: Books, idcustomer: object) -> int | None:
    if idcustomer is None:
        return None
    known = whole(idcustomer, 25)
    if known not in books.customers:
        raise Refusal(25)
    return known


def _move_reference(books: Books, order: Order, reference: object) -> None:
    if order.reference is not None:
        books.references[order.reference].remove(order.idorder)
    if reference is not None:
        books.references[str(reference)].append(order.idorder)
        books.references[str(reference)].sort()


def refuse_while_busy(order: Order) -> None:
    """Refusal 30 while picklists are being worked out."""
    if order.busy:
        raise Refusal(30)


def set_status(books: Books, order: Order, status: str, *also: str) -> None:
    """Give an order a status, and tell `orders.status_changed` and the events named beside it."""
    order.status = status
    order.updated = books.stamp()
    names = [*also, "orders.status_changed"]
    announce(books, *(event(books, name, order) for name in names), shuffle=True)


def cancel(books: Books, order: Order, *, force: bool = False) -> None:
    """Cancel an order; once it was processed only with `force`, which undoes open picklists.

    What was already shipped stays shipped. Refusal 30 while busy, 21 in a status that forbids it;
    the code for cancelling without force is not documented.
    """
    if order.status == "cancelled":
        raise Refusal(21)
    if not force:
        refuse_while_busy(order)
        if order.status not in WAITING:
            raise Refusal(21, "Only concept orders can be cancelled without force")
    processing.release(books, order)
    for idpicklist in order.idpicklists:
        if books.picklists[idpicklist].is_open:
            picking.cancel(books, books.picklists[idpicklist], to_backorder=False)
    drop_backorders(books, order)
    set_status(books, order, "cancelled")


def drop_backorders(books: Books, order: Order, only: Backorder | None = None) -> None:
    """Forget what still waits for stock (one family, or all), booked as cancelled on the lines."""
    moves = Moves(books)
    lines = {line.idorder_product: line for line in order.lines}
    family = (only.part_of_idbackorder or only.idbackorder) if only else None
    mine = [
        row
        for row in books.backorders.values()
        if row.idorder == order.idorder
        and (family is None or family in {row.idbackorder, row.part_of_idbackorder})
    ]
    for row in mine:
        lines[row.idorder_product].amount_cancelled += row.amount
        if not row.has_parts:
            moves.change(row.idproduct, row.idwarehouse, backorders=-row.amount)
        del books.backorders[row.idbackorder]
    announce(books, *moves.events(), shuffle=True)


def complete(books: Books, order: Order, *, shipments: int = 1) -> None:
    """Do all the warehouse's work at once: pick, ship and close whatever is open.

    What waits for stock is cancelled. Refusal 21 unless the order is processing.
    """
    if order.status != "processing":
        raise Refusal(21, "Only an order that is processing can be completed")
    processing.finish(books, order)
    drop_backorders(books, order)
    for idpicklist in list(order.idpicklists):
        picklist = books.picklists[idpicklist]
        if picklist.is_open:
            picking.pick_and_close(books, picklist, shipments=shipments)
    # Dropping the last backorder of an order whose picklists are closed leaves nothing to close.
    picking.complete_when_done(books, order)


def pause(books: Books, order: Order, reason: str) -> None:
    """Pause an order and its picklists; Refusal 21 unless it is processing."""
    refuse_while_busy(order)
    if order.status != "processing":
        raise Refusal(21)
    picking.set_paused(books, order, reason)
    set_status(books, order, "paused", "orders.paused")


def resume(books: Books, order: Order) -> None:
    """Let a paused order go on; Refusal 21 unless it is paused."""
    if order.status != "paused":
        raise Refusal(21)
    picking.set_paused(books, order, None)
    set_status(books, order, "processing", "orders.resumed")


def add_line(books: Books, order: Order, wanted: Json) -> OrderLine:
    """Add a line to a concept; Refusal 33 once it was processed."""
    refuse_line_change(order)
    product = find_product(books, wanted)
    if whole(wanted.get("amount"), 23) <= 0:
        raise Refusal(23)
    line = new_line(books, product, wanted)
    order.lines.append(line)
    order.updated = books.stamp()
    return line


def change_line(books: Books, order: Order, line: OrderLine, wanted: Json) -> None:
    """Change amount, price, name or remarks of a concept's line; Refusal 33 once processed."""
    refuse_line_change(order)
    if "amount" in wanted:
        line.amount = whole(wanted["amount"], 23)
    if "price" in wanted:
        line.price = money(wanted["price"])
    line.name = str(wanted.get("name", line.name))
    line.remarks = str(wanted.get("remarks", line.remarks))
    order.updated = books.stamp()


def refuse_line_change(order: Order) -> None:
    """Refusal 33 when the order is no longer a concept."""
    if order.status not in WAITING:
        raise Refusal(33)

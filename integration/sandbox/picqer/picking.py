"""Picklists: picked, cancelled and closed (picqer.com/en/api/picklists)."""

from integration.sandbox.picqer import picklists, shipping
from integration.sandbox.picqer.books import Books
from integration.sandbox.picqer.hooks import Event, announce
from integration.sandbox.picqer.order_entry import event as order_event
from integration.sandbox.picqer.refusals import Refusal
from integration.sandbox.picqer.rows import (
    Backorder,
    Order,
    Picklist,
    PicklistLine,
    Shipment,
)
from integration.sandbox.picqer.stock import Moves
from integration.sandbox.picqer.wire import Json


def pick(books: Books, picklist: Picklist, idpicklist_product: int, amount: int) -> None:
    """Pick `amount` more of one line; Refusals 16, 17, 18, and 21 when it is not open."""
    _refuse_unless_open(picklist)
    line = next(
        (row for row in picklist.lines if row.idpicklist_product == idpicklist_product), None
    )
    if line is None:
        raise Refusal(17)
    if amount <= 0:
        raise Refusal(16)
    if line.amount_picked + amount > line.amount:
        raise Refusal(18)
    line.amount_picked += amount
    picklist.updated = books.stamp()
    _close_by_itself(books, picklist)


def pick_all(books: Books, picklist: Picklist) -> None:
    """Pick everything; Refusal 21 when the picklist is not open."""
    _refuse_unless_open(picklist)
    for line in picklist.lines:
        line.amount_picked = line.amount
    picklist.updated = books.stamp()
    _close_by_itself(books, picklist)


def _refuse_unless_open(picklist: Picklist) -> None:
    if picklist.status != "new":
        raise Refusal(21, f"Picklist is {picklist.status}")


def fully_picked(picklist: Picklist) -> bool:
    """Say whether nothing is left to pick; a set counts through its parts."""
    return all(line.has_parts or line.amount_picked == line.amount for line in picklist.lines)


def ship(books: Books, picklist: Picklist, wanted: Json) -> Shipment:
    """Add a shipment; an open picklist that is fully picked closes by itself thereby."""
    shipment = shipping.create(books, picklist, wanted)
    if picklist.is_open:
        _close_by_itself(books, picklist)
    return shipment


def _close_by_itself(books: Books, picklist: Picklist) -> None:
    shipped = any(not row.cancelled for row in shipping.of_picklist(books, picklist))
    if books.tuning.closes_by_itself and shipped and fully_picked(picklist):
        close(books, picklist)


def close(books: Books, picklist: Picklist, *, short: bool = False) -> None:
    """Close a picklist: the goods leave, and perhaps the order is complete.

    Everything must be picked (Refusal 16) unless `short`; then the rest becomes a backorder.
    """
    _refuse_unless_open(picklist)
    if not short and not fully_picked(picklist):
        raise Refusal(16, "Not everything on this picklist is picked")
    moves = Moves(books)
    order = books.orders.get(picklist.idorder or 0)
    for line in picklist.lines:
        if line.has_parts:
            line.amount_picked = line.amount
        else:
            _take_out(books, picklist, line, order, moves)
    picklist.status = "closed"
    picklist.closed_at = picklist.updated = books.stamp()
    told = [picklists.event(books, "picklists.closed", picklist), *moves.events()]
    if order is not None and _is_done(books, order):
        told += _completed(books, order)
    announce(books, *told, shuffle=True)


def _take_out(
    books: Books, picklist: Picklist, line: PicklistLine, order: Order | None, moves: Moves
) -> None:
    missing = line.amount - line.amount_picked
    moves.change(
        line.idproduct,
        picklist.idwarehouse,
        stock=-line.amount_picked,
        picklists=-line.amount,
        reason=picklist.picklistid,
    )
    if missing and order is not None:
        ordered = next(row for row in order.lines if row.idorder_product == line.idorder_product)
        picklists.add_backorder(
            books, order, ordered, picklist.idwarehouse, amount=missing, moves=moves
        )


def _is_done(books: Books, order: Order) -> bool:
    if order.status != "processing" or order.busy:
        return False
    rows = [books.picklists[idpicklist] for idpicklist in order.idpicklists]
    if any(row.is_open for row in rows) or not any(row.closed_at for row in rows):
        return False
    return not any(row.idorder == order.idorder for row in books.backorders.values())


def _completed(books: Books, order: Order) -> list[Event]:
    order.status, order.updated = "completed", books.stamp()
    return [
        order_event(books, name, order) for name in ("orders.completed", "orders.status_changed")
    ]


def complete_when_done(books: Books, order: Order) -> None:
    """Complete an order of which nothing is left to ship."""
    if _is_done(books, order):
        announce(books, *_completed(books, order), shuffle=True)


def cancel(books: Books, picklist: Picklist, *, to_backorder: bool = True) -> None:
    """Cancel an open picklist; its goods become backorders again unless the order goes too."""
    if not picklist.is_open:
        raise Refusal(21, f"Picklist is {picklist.status}")
    moves = Moves(books)
    order = books.orders.get(picklist.idorder or 0)
    ordered = {row.idorder_product: row for row in order.lines} if order else {}
    parents: dict[int, Backorder] = {}
    for line in picklist.lines:
        if not line.has_parts:
            moves.change(line.idproduct, picklist.idwarehouse, picklists=-line.amount)
        if to_backorder and order is not None and line.idorder_product is not None:
            parent = parents.get(line.partof_idpicklist_product or 0)
            parents[line.idpicklist_product] = picklists.add_backorder(
                books,
                order,
                ordered[line.idorder_product],
                picklist.idwarehouse,
                amount=line.amount,
                moves=moves,
                parent=parent,
            )
    picklist.status, picklist.updated = "cancelled", books.stamp()
    announce(
        books,
        picklists.event(books, "picklists.cancelled", picklist),
        *moves.events(),
        shuffle=True,
    )


def set_paused(books: Books, order: Order, reason: str | None) -> None:
    """Pause every open picklist of an order, or with None let them go on."""
    was, becomes, name = (
        ("paused", "new", "picklists.resumed")
        if reason is None
        else ("new", "paused", "picklists.paused")
    )
    for idpicklist in order.idpicklists:
        picklist = books.picklists[idpicklist]
        if picklist.status == was:
            picklist.status, picklist.paused_reason = becomes, reason
            picklist.updated = books.stamp()
            announce(books, picklists.event(books, name, picklist))


def pick_and_close(
    books: Books,
    picklist: Picklist,
    *,
    amounts: dict[str, int] | None = None,
    shipments: int = 1,
    parcels: int = 1,
) -> None:
    """Do the warehouse's work on one picklist: pick, make shipments, close.

    `amounts` gives pieces per productcode; what it does not name is not picked, and what is left
    becomes a backorder. None picks everything.
    """
    _refuse_unless_open(picklist)
    left = dict(amounts or {})
    for line in picklist.lines:
        wanted = line.amount if amounts is None else min(line.amount, left.get(line.productcode, 0))
        line.amount_picked = wanted
        left[line.productcode] = left.get(line.productcode, 0) - wanted
    for _ in range(shipments):
        shipping.create(books, picklist, {"parcels": [{} for _ in range(parcels)]})
    close(books, picklist, short=True)

"""Processing an order: its stock is promised at once, its picklists come a little later.

Picqer answers before picklists and backorders exist (picqer.com/en/api/orders). Virtual sets are
taken apart into extra lines here; a missing part puts the whole set in backorder.
"""

from collections import Counter, defaultdict

from integration.sandbox.picqer import picklists, planning, shapes
from integration.sandbox.picqer.books import Books
from integration.sandbox.picqer.hooks import announce
from integration.sandbox.picqer.order_entry import event
from integration.sandbox.picqer.refusals import Refusal
from integration.sandbox.picqer.rows import Backorder, Order, OrderLine, Share
from integration.sandbox.picqer.stock import Moves


def process(books: Books, order: Order) -> None:
    """Take an order into processing; its picklists follow after the tuning's delay.

    Refusal 32 when it was processed before, 21 when it is cancelled.
    """
    if order.status == "cancelled":
        raise Refusal(21)
    if order.status not in {"concept", "expected"}:
        raise Refusal(32)
    release(books, order)
    _explode(books, order)
    order.shares = planning.plan(books, order)
    moves = Moves(books)
    _promise(moves, order.shares, 1)
    order.status, order.busy, order.updated = "processing", True, books.stamp()
    told = [event(books, name, order) for name in ("orders.closed", "orders.status_changed")]
    announce(books, *told, *moves.events(), shuffle=True)


def _explode(books: Books, order: Order) -> None:
    lines: list[OrderLine] = []
    for line in order.lines:
        lines.append(line)
        product = books.products[line.idproduct]
        if not product.virtual:
            continue
        line.has_parts = True
        for part in product.parts:
            inner = books.products[part.idproduct]
            lines.append(
                OrderLine(
                    idorder_product=books.number("orderline"),
                    idproduct=inner.idproduct,
                    idvatgroup=line.idvatgroup,
                    productcode=inner.productcode,
                    name=str(inner.fields["name"]),
                    remarks="",
                    price=0.0,
                    amount=line.amount * part.amount,
                    weight=int(inner.fields["weight"] or 0),
                    partof_idorder_product=line.idorder_product,
                )
            )
    order.lines = lines


def _promise(moves: Moves, shares: list[Share], sign: int) -> None:
    for share in shares:
        if not share.line.has_parts:
            moves.change(
                share.line.idproduct,
                share.idwarehouse,
                allocations=sign * share.pick,
                backorders=sign * share.backorder,
            )


def finish(books: Books, order: Order) -> None:
    """Make the picklists and backorders of an order in processing, if they are still to be made."""
    if not order.busy:
        return
    shares, order.shares, order.busy = order.shares, [], False
    moves = Moves(books)
    _promise(moves, shares, -1)
    waiting = [share for share in shares if share.backorder]
    _add_backorders(books, order, waiting, moves)
    by_place: dict[int, list[Share]] = defaultdict(list)
    for share in shares:
        if share.pick:
            by_place[share.idwarehouse].append(share)
    for idwarehouse, picked in by_place.items():
        for some in _portions(picked, books.tuning.lines_per_picklist):
            picklists.create(books, order, idwarehouse, some, moves)
    announce(books, *moves.events(), shuffle=True)


def _portions(shares: list[Share], size: int) -> list[list[Share]]:
    if size <= 0:
        return [shares]
    return [shares[start : start + size] for start in range(0, len(shares), size)]


def _add_backorders(books: Books, order: Order, shares: list[Share], moves: Moves) -> None:
    parents: dict[int, Backorder] = {}
    for share in shares:
        line = share.line
        parent = parents.get(line.partof_idorder_product or 0)
        row = picklists.add_backorder(
            books,
            order,
            line,
            share.idwarehouse,
            amount=share.backorder,
            moves=moves,
            parent=parent,
        )
        if line.has_parts:
            parents[line.idorder_product] = row


def process_backorders(books: Books, order: Order) -> None:
    """Make picklists of the backorders for which there is stock now; Picqer never does by itself.

    Backorders of a set move together or not at all.
    """
    lines = {line.idorder_product: line for line in order.lines}
    by_place: dict[int, list[Share]] = defaultdict(list)
    moves = Moves(books)
    for family in _families(books, order):
        if not _in_stock(books, family):
            continue
        for row in family:
            line = lines[row.idorder_product]
            by_place[row.idwarehouse].append(Share(line, row.idwarehouse, row.amount, 0))
            del books.backorders[row.idbackorder]
            # Held as an allocation until the picklist exists, so that the next one cannot have it.
            if not row.has_parts:
                pieces = row.amount
                moves.change(row.idproduct, row.idwarehouse, backorders=-pieces, allocations=pieces)
    for idwarehouse, shares in by_place.items():
        _promise(moves, shares, -1)
        picklists.create(books, order, idwarehouse, shares, moves)
    announce(books, *moves.events(), shuffle=True)


def _families(books: Books, order: Order) -> list[list[Backorder]]:
    """Return an order's backorders, those of one set together."""
    families: dict[int, list[Backorder]] = {}
    for row in books.backorders.values():
        if row.idorder == order.idorder:
            families.setdefault(row.part_of_idbackorder or row.idbackorder, []).append(row)
    return list(families.values())


def _in_stock(books: Books, family: list[Backorder]) -> bool:
    wanted: Counter[tuple[int, int]] = Counter()
    for row in family:
        wanted[row.idproduct, row.idwarehouse] += row.amount
    for (idproduct, idwarehouse), pieces in wanted.items():
        product = books.products[idproduct]
        held = shapes.held(books, product, idwarehouse)
        left = held.stock - held.reservedpicklists - held.reservedallocations
        if product.counted and left < pieces:
            return False
    return True


def release(books: Books, order: Order) -> None:
    """Give back what was promised to an order that has no picklists yet."""
    moves = Moves(books)
    for idproduct, idwarehouse, pieces in order.allocations:
        moves.change(idproduct, idwarehouse, allocations=-pieces)
    _promise(moves, order.shares, -1)
    order.allocations, order.shares, order.busy = [], [], False
    announce(books, *moves.events(), shuffle=True)


def allocate(books: Books, order: Order) -> None:
    """Promise free stock to a concept; virtual sets cannot be allocated. Refusal 21 otherwise."""
    if order.status not in {"concept", "expected"}:
        raise Refusal(21)
    release(books, order)
    place = planning.warehouses(books, order)[0]
    moves = Moves(books)
    shelves = planning.Shelves(books)
    for line in order.lines:
        pieces = shelves.free(line, place)
        if books.products[line.idproduct].counted and pieces:
            moves.change(line.idproduct, place, allocations=pieces)
            order.allocations.append((line.idproduct, place, pieces))
    announce(books, event(books, "orders.allocated", order), *moves.events(), shuffle=True)

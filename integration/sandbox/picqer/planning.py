"""Dividing an order over warehouses: what is picked where, and what waits for stock."""

from collections import Counter

from integration.sandbox.picqer import shapes
from integration.sandbox.picqer.books import Books
from integration.sandbox.picqer.refusals import Refusal
from integration.sandbox.picqer.rows import Order, OrderLine, Share


class Shelves:
    """Free stock while an order is being divided: what one line took is gone for the next."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._taken: Counter[tuple[int, int]] = Counter()

    def free(self, line: OrderLine, idwarehouse: int) -> int:
        """Return the pieces that are left for a line, at most what it asks for."""
        product = self._books.products[line.idproduct]
        if not product.counted:
            return line.amount
        held = shapes.held(self._books, product, idwarehouse)
        left = held.freestock - self._taken[line.idproduct, idwarehouse]
        return min(line.amount, max(0, left))

    def take(self, line: OrderLine, idwarehouse: int, pieces: int) -> None:
        """Take pieces for a line."""
        self._taken[line.idproduct, idwarehouse] += pieces

    def take_all(self, lines: list[OrderLine], idwarehouse: int) -> bool:
        """Take every line completely, or nothing; say which."""
        before = self._taken.copy()
        for line in lines:
            if self.free(line, idwarehouse) < line.amount:
                self._taken = before
                return False
            self.take(line, idwarehouse, line.amount)
        return True


def plan(books: Books, order: Order) -> list[Share]:
    """Divide every line over warehouses and backorders."""
    places = warehouses(books, order)
    shelves = Shelves(books)
    for idwarehouse in places:
        if shelves.take_all(order.lines, idwarehouse):
            return [Share(line, idwarehouse, line.amount, 0) for line in order.lines]
    if not order.fields["partialdelivery"]:
        return [Share(line, places[0], 0, line.amount) for line in order.lines]
    usable = places if order.fields["auto_split"] else places[:1]
    return [share for group in _groups(order) for share in _share(shelves, group, usable)]


def warehouses(books: Books, order: Order) -> list[int]:
    """Return where an order may be picked, by priority; Refusal 21 when that is nowhere."""
    wanted = [
        row
        for row in books.warehouses.values()
        if row.active and row.accept_orders and row.idwarehouse in order.fields["warehouses"]
    ]
    if not wanted:
        raise Refusal(21, "No warehouse accepts this order")
    return [row.idwarehouse for row in sorted(wanted, key=lambda row: row.priority)]


def _groups(order: Order) -> list[list[OrderLine]]:
    """Return the lines, a virtual set together with its parts."""
    groups: dict[int, list[OrderLine]] = {}
    for line in order.lines:
        groups.setdefault(line.partof_idorder_product or line.idorder_product, []).append(line)
    return list(groups.values())


def _share(shelves: Shelves, group: list[OrderLine], places: list[int]) -> list[Share]:
    if len(group) > 1:
        place = next((place for place in places if shelves.take_all(group, place)), None)
        if place is None:
            return [Share(line, places[0], 0, line.amount) for line in group]
        return [Share(line, place, line.amount, 0) for line in group]
    line, shares = group[0], []
    missing = line.amount
    for place in places:
        picked = min(missing, shelves.free(line, place))
        if picked:
            shelves.take(line, place, picked)
            shares.append(Share(line, place, picked, 0))
            missing -= picked
    if missing:
        shares.append(Share(line, places[0], 0, missing))
    return shares

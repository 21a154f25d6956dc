"""Stock that moves: physical pieces, promises, and the events that tell of both.

freestock = stock - reserved, per warehouse (picqer.com/en/api/product-stock). A virtual composition
has no stock of its own; when its parts move, so do the sets that can be made of them.
"""

from integration.sandbox.picqer import shapes
from integration.sandbox.picqer.books import Books
from integration.sandbox.picqer.hooks import Event, announce
from integration.sandbox.picqer.refusals import Refusal
from integration.sandbox.picqer.rows import Product, Stock

Figures = tuple[tuple[int, int], ...]


class Moves:
    """Changes of stock that belong together, and the events that follow from their sum."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._before: dict[int, Figures] = {}

    def change(
        self,
        idproduct: int,
        idwarehouse: int,
        *,
        stock: int = 0,
        backorders: int = 0,
        picklists: int = 0,
        allocations: int = 0,
        reason: str = "",
    ) -> None:
        """Add pieces, or take them away with a minus; products without counted stock stay put."""
        product = self._books.products[idproduct]
        if not product.counted:
            return
        self._remember(product)
        held = product.stock.setdefault(idwarehouse, Stock())
        held.stock += stock
        held.reservedbackorders += backorders
        held.reservedpicklists += picklists
        held.reservedallocations += allocations
        if stock:
            self._write_history(product, idwarehouse, held, stock, reason)

    def _remember(self, product: Product) -> None:
        if product.idproduct in self._before:
            return
        self._before[product.idproduct] = _figures(self._books, product)
        for idset in self._books.sets.get(product.idproduct, ()):
            self._remember(self._books.products[idset])

    def _write_history(
        self, product: Product, idwarehouse: int, held: Stock, change: int, reason: str
    ) -> None:
        self._books.stockhistory.appendleft(
            {
                "idproduct_stock_history": self._books.number("stockhistory"),
                "idproduct": product.idproduct,
                "idwarehouse": idwarehouse,
                "iduser": None,
                "old_stock": held.stock - change,
                "stock_change": change,
                "new_stock": held.stock,
                "reason": reason,
                "change_type": "api",
                "changed_at": self._books.stamp(),
            }
        )

    def events(self) -> list[Event]:
        """Return an event for every product of which physical or free stock is not as it was."""
        told: list[Event] = []
        for idproduct, before in self._before.items():
            product = self._books.products[idproduct]
            after = _figures(self._books, product)
            if product.virtual:
                if after != before:
                    told.append(self._event("products.assembled_stock_changed", product))
                continue
            if [stock for stock, _ in after] != [stock for stock, _ in before]:
                told.append(self._event("products.stock_changed", product))
            if [free for _, free in after] != [free for _, free in before]:
                told.append(self._event("products.free_stock_changed", product))
        return told

    def _event(self, name: str, product: Product) -> Event:
        return Event(name, product.productcode, lambda: shapes.product(self._books, product))


def _figures(books: Books, product: Product) -> Figures:
    return tuple(
        (held.stock, held.freestock)
        for held in (shapes.held(books, product, idwarehouse) for idwarehouse in books.warehouses)
    )


def set_stock(
    books: Books,
    product: Product,
    idwarehouse: int,
    *,
    amount: int | None = None,
    change: int | None = None,
    reason: str = "",
) -> Stock:
    """Count a product anew (`amount`) or book a difference (`change`), in pieces.

    Refusal 5 when neither is given, 16 when it would fall below nought or below what picklists
    hold, 21 when the product has no stock of its own.
    """
    if not product.counted:
        raise Refusal(21, f"{product.productcode} has no stock of its own")
    held = product.stock.setdefault(idwarehouse, Stock())
    if amount is None and change is None:
        raise Refusal(5, "Give change or amount")
    difference = change if change is not None else (amount or 0) - held.stock
    # Allocations include the picks of orders whose picklists are being made this very moment.
    if held.stock + difference < held.reservedpicklists + held.reservedallocations:
        raise Refusal(16, "Stock cannot fall below nought or below what picklists reserve")
    moves = Moves(books)
    moves.change(product.idproduct, idwarehouse, stock=difference, reason=reason)
    announce(books, *moves.events(), shuffle=True)
    return held

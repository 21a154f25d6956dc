"""What follows from an order's status: stock, dates, notes and the mails of WooCommerce itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

from tests.woocommerce.books import Books, Mail
from tests.woocommerce.lines import LineItem
from tests.woocommerce.orders import Note, Order
from tests.woocommerce.products import Product
from tests.woocommerce.refunds import Refund
from tests.woocommerce.refusals import not_in_enum

Tell = Callable[[str, int], None]
"""Called with a topic, for example `order.updated`, and the id of what it is about."""

TAKES_STOCK = {"processing", "on-hold", "completed"}
GIVES_STOCK_BACK = {"pending", "cancelled"}
REDUCED = "_reduced_stock"
RESTOCKED = "_restock_refunded_items"
MAILS = {
    "processing": "customer_processing_order",
    "on-hold": "customer_on_hold_order",
    "completed": "customer_completed_order",
}


class OrderStatus:
    """Moves orders from one status to another, with all that WooCommerce does on the way."""

    def __init__(self, books: Books, tell: Tell) -> None:
        self._books = books
        self._tell = tell

    def check(self, status: str) -> None:
        """Raise Refusal when no order can have that status (036)."""
        choices = self._books.settings.order_statuses
        if status not in choices:
            raise not_in_enum("status", choices)

    def change(self, order: Order, status: str) -> None:
        """Give the order that status."""
        before, order.status = order.status, status
        now = self._books.clock()
        order.modified = now
        if before == status:
            return
        self.note(order, f"Order status changed from {before} to {status}.")
        if self._counts_as_paid(order) and order.paid is None:
            order.paid = now
        if status == "completed":
            order.completed = now
        if status in TAKES_STOCK:
            self._take_stock(order)
        elif status in GIVES_STOCK_BACK:
            self._give_stock_back(order)
        elif status == "refunded":
            self._refund_the_rest(order)
        if status in MAILS:
            self.mail(order, MAILS[status])

    @staticmethod
    def _counts_as_paid(order: Order) -> bool:
        """Cash on delivery is processing before it is paid (062)."""
        return order.status == "completed" or (
            order.status == "processing" and order.payment_method != "cod"
        )

    def pay(self, order: Order, transaction_id: str = "") -> None:
        """The payment came in: the order is processing, or completed when nothing is sent."""
        order.transaction_id = transaction_id or order.transaction_id
        order.paid = order.paid or self._books.clock()
        self.change(order, "processing" if order.needs_processing else "completed")

    def note(self, order: Order, text: str, *, customer_note: bool = False) -> Note:
        """Write a note at the order; one for the customer is mailed."""
        number = next(self._books.note_numbers)
        note = Note(number, self._books.clock(), text, customer_note)
        order.notes.append(note)
        if customer_note:
            self.mail(order, "customer_note")
        return note

    def mail(self, order: Order, kind: str) -> None:
        """Send one of WooCommerce's own mails to the customer, unless it is switched off."""
        if kind in self._books.settings.mails_off:
            return
        self._books.mails.append(Mail(kind, order.billing["email"], order.id))

    def _take_stock(self, order: Order) -> None:
        if order.stock_reduced:
            return
        for line, product in self._kept(order):
            if line.meta.get(REDUCED) is None:
                line.meta.set(REDUCED, str(line.quantity))
                self.move_stock(product, -line.quantity)
        for line in order.lines:
            if line.product is not None:
                sold = line.product.parent or line.product
                sold.total_sales += line.quantity
        order.stock_reduced = True

    def _give_stock_back(self, order: Order) -> None:
        if not order.stock_reduced:
            return
        for line, product in self._kept(order):
            taken = line.meta.get(REDUCED)
            if taken is not None:
                line.meta.set(REDUCED, None)
                self.move_stock(product, int(taken))
        order.stock_reduced = False

    @staticmethod
    def _kept(order: Order) -> Iterator[tuple[LineItem, Product]]:
        """The lines whose stock somebody keeps count of."""
        for line in order.lines:
            keeper = line.product.keeper if line.product is not None else None
            if keeper is not None:
                yield line, keeper

    def move_stock(self, product: Product, pieces: int) -> None:
        """Add that many pieces to the stock; it may go below zero."""
        product.put_stock((product.stock or 0) + pieces)
        product.modified = self._books.clock()
        self._tell("product.updated", product.id)

    def restock(self, line: LineItem, pieces: int) -> None:
        """Put pieces that came back on the shelf (034, delivery 029)."""
        keeper = line.product.keeper if line.product is not None else None
        taken = line.meta.get(REDUCED)
        if keeper is None or taken is None:
            return
        line.meta.set(REDUCED, str(int(taken) - pieces))
        back = int(line.meta.get(RESTOCKED) or 0) + pieces
        line.meta.set(RESTOCKED, str(back))
        self.move_stock(keeper, pieces)

    def _refund_the_rest(self, order: Order) -> None:
        """A status of refunded gives back what is left, without naming goods."""
        left = order.total - order.refunded
        if left > 0:
            self.add_refund(order, left, "Order fully refunded.")

    def add_refund(self, order: Order, amount: Decimal, reason: str) -> Refund:
        """Write a refund down, its lines still to come."""
        now = self._books.clock()
        number = next(self._books.post_numbers)
        refund = Refund(number, order.id, now, amount, reason, order.prices_include_tax)
        whole = order.refunded + amount >= order.total
        refund.meta.set("_refund_type", "full" if whole else "partial")
        order.refunds.append(refund)
        order.modified = now
        return refund

"""What the bridge may write into the demo shop: stock figures, shipments and completions.

Each of the three may be repeated any number of times with the same outcome.
"""

from collections.abc import Mapping
from typing import Any

from integration.sandbox.shop.books import Books, Mail, ShipmentReport
from integration.sandbox.shop.catalogue import ShopProduct


class RefusedWriteError(Exception):
    """The shop does not do it: an HTTP status of the contract and a sentence for a person."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status = status
        self.error = error


def set_stock(books: Books, sku: str, sellable: int) -> ShopProduct:
    """Make the figure the shop's own sellable one, and return the product.

    Raises RefusedWriteError with the contract's `unknown_sku` when no product has the sku, with
    `not_managed` when the shop keeps no stock of it, or with a sentence for a figure below zero.
    """
    with books.lock:
        product = books.product_of(sku)
        if product is None:
            raise RefusedWriteError(404, "unknown_sku")
        if not product.stock_managed:
            raise RefusedWriteError(409, "not_managed")
        if sellable < 0:
            raise RefusedWriteError(422, "sellable is below zero; send 0 for what is sold out")
        books.sellable[sku] = sellable
        books.stock_writes[sku] += 1
        return product


def record_shipment(books: Books, order_id: str, body: Mapping[str, Any]) -> None:
    """Write the shipment down; the same key replaces. A mail is sent once per key.

    Raises RefusedWriteError: 404 no such order, 409 a person cancelled or refunded it, 422 a line
    that the order does not have.
    """
    with books.lock:
        order = _open_order(books, order_id)
        known = {line["id"] for line in order["lines"]}
        strange = [line["line_id"] for line in body["lines"] if line["line_id"] not in known]
        if strange:
            raise RefusedWriteError(422, f"order {order_id} has no line {', '.join(strange)}")
        reports = books.shipments.setdefault(order_id, {})
        key = body["shipment_key"]
        before = reports.get(key)
        reports[key] = ShipmentReport(body, before.times + 1 if before else 1)
        if body["notify_customer"]:
            _mail_once(books, order, key)
        if order.get("fulfillment_status") == "unfulfilled":
            order["fulfillment_status"] = "partial"
            books.keep_order(order)


def complete(books: Books, order_id: str) -> None:
    """Mark the order as shipped in full; one that is so already stays as it is.

    Raises RefusedWriteError: 404 no such order, 409 a person cancelled or refunded it.
    """
    with books.lock:
        order = _open_order(books, order_id)
        books.completions[order_id] += 1
        if order.get("fulfillment_status") != "fulfilled":
            order["fulfillment_status"] = "fulfilled"
            books.keep_order(order)


def _open_order(books: Books, order_id: str) -> dict[str, Any]:
    order = books.orders.get(order_id)
    if order is None:
        raise RefusedWriteError(404, f"there is no order {order_id}")
    if order.get("cancelled"):
        raise RefusedWriteError(409, f"order {order_id} was cancelled in the shop")
    if order.get("payment_status") == "refunded":
        raise RefusedWriteError(409, f"order {order_id} was refunded in the shop")
    return order


def _mail_once(books: Books, order: Mapping[str, Any], key: str) -> None:
    order_id = order["id"]
    if not any((mail.order_id, mail.shipment_key) == (order_id, key) for mail in books.mails):
        email = (order.get("customer") or {}).get("email")
        books.mails.append(Mail(order_id, key, email, books.clock()))

"""The shop as its owner and its customers see it: what a test makes happen, and looks up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from tests.woocommerce.books import Asked, Books, Customer, Mail
from tests.woocommerce.captures import Json, answer
from tests.woocommerce.catalogue import Catalogue
from tests.woocommerce.lines import Coupon
from tests.woocommerce.order_documents import OrderDocuments
from tests.woocommerce.order_entry import OrderEntry
from tests.woocommerce.order_status import OrderStatus
from tests.woocommerce.orders import Note

DUTCH_ADDRESS: Json = answer("024")["shipping"]
"""An invented customer's address (capture 024)."""


class Owner:
    """What happens in the shop without the REST API; any thread may do it."""

    def __init__(
        self,
        books: Books,
        catalogue: Catalogue,
        entry: OrderEntry,
        status: OrderStatus,
        documents: OrderDocuments,
    ) -> None:
        self.books = books
        self._catalogue = catalogue
        self._entry = entry
        self._status = status
        self._documents = documents

    # --- products ----------------------------------------------------------------------------

    def add_product(
        self, sku: str, stock: int | None = None, *, price: str = "18.50", **given: Any
    ) -> int:
        """Put a simple product on sale and return its id.

        `stock` None: its stock is not managed. `price` is as the shop enters prices. `given` are
        fields of WooCommerce REST v3, products: name, weight, tax_class, virtual, images ...
        """
        with self.books.lock:
            return self._catalogue.add(_simple(sku, stock, price, given)).id

    def add_variable_product(
        self,
        sku: str,
        variations: Mapping[str, tuple[str, int | None]],
        *,
        price: str = "24.00",
        attribute: str = "Maat",
        **given: Any,
    ) -> dict[str, int]:
        """Put a product with kinds on sale: per choice its SKU and stock.

        Returns the ids: the parent's under "", the variations' under their choices.
        """
        options = list(variations)
        chosen = {"name": attribute, "visible": True, "variation": True, "options": options}
        sent = {"name": sku, **given, "type": "variable", "sku": sku, "attributes": [chosen]}
        with self.books.lock:
            parent = self._catalogue.add(sent)
            ids = {"": parent.id}
            for option, (own_sku, stock) in variations.items():
                picked = {"attributes": [{"name": attribute, "option": option}]}
                row = _simple(own_sku, stock, price, picked)
                ids[option] = self._catalogue.add_variation(parent, row).id
            return ids

    def change_product(self, product_id: int, **given: Any) -> None:
        """Save a product or variation with these fields of REST v3."""
        with self.books.lock:
            self._catalogue.change(self.books.product(product_id), given)

    def trash_product(self, product_id: int) -> None:
        """Put the product in the trash."""
        with self.books.lock:
            self._catalogue.trash(self.books.product(product_id))

    def stock(self, product: int | str) -> int | None:
        """The stock of a product or variation, by id or SKU; None when it is not managed."""
        with self.books.lock:
            found = self.books.by_sku(product) if isinstance(product, str) else None
            return (found or self.books.product(int(product))).stock

    # --- orders ------------------------------------------------------------------------------

    def add_customer(self, email: str, **addresses: Json) -> int:
        """Somebody makes an account; returns the customer's id."""
        with self.books.lock:
            number = next(self.books.customer_numbers)
            self.books.customers[number] = Customer(
                number, email, self.books.clock(), addresses=dict(addresses)
            )
            return number

    def place_order(
        self,
        *lines: tuple[int | str, int] | Json,
        status: str = "processing",
        billing: Json | None = None,
        shipping: Json | None = None,
        carriage: Sequence[tuple[str, str]] = (),
        fees: Sequence[tuple[str, str]] = (),
        coupons: Sequence[Coupon] = (),
        **given: Any,
    ) -> int:
        """Somebody orders; returns the order's id.

        A line is (product or variation id, or SKU; pieces), or a whole `line_items` row of REST
        v3. `carriage` are shipping lines and `fees` fees: (name, amount excluding VAT). `given` are
        fields of REST v3, orders: customer_id, payment_method, customer_note, meta_data, number ...
        """
        email = {"email": "jasmijn@voorbeeld.test"}
        sent = {
            "created_via": "checkout",
            "payment_method": "mollie_wc_gateway_ideal",
            "payment_method_title": "iDEAL",
            "billing": {**DUTCH_ADDRESS, **email} if billing is None else billing,
            "shipping": DUTCH_ADDRESS if shipping is None else shipping,
            "line_items": [_row(each) for each in lines],
            "shipping_lines": [
                {"method_id": "flat_rate", "method_title": name, "total": total}
                for name, total in carriage
            ],
            "fee_lines": [{"name": name, "total": total} for name, total in fees],
            **given,
            "status": status,
        }
        with self.books.lock:
            return self._entry.place(sent, coupons).id

    def change_status(self, order_id: int, status: str) -> None:
        """A person gives the order another status."""
        self.change_order(order_id, status=status)

    def change_order(self, order_id: int, **given: Any) -> None:
        """A person saves the order with these fields of REST v3."""
        with self.books.lock:
            self._entry.change(self.books.order(order_id), given)

    def set_meta(self, order_id: int, key: str, value: Any) -> None:
        """A plugin keeps something at the order."""
        self.change_order(order_id, meta_data=[{"key": key, "value": value}])

    def refund(
        self,
        order_id: int,
        amount: str,
        lines: Mapping[int, tuple[int, str]] | None = None,
        *,
        taxes: Mapping[int, Mapping[int, str]] | None = None,
        reason: str = "",
        restock: bool = True,
    ) -> int:
        """A person gives `amount` (including VAT) back; returns the refund's id.

        `lines`: per id of a line the pieces that came back and their amount excluding VAT;
        `taxes`: per id of a line the VAT given back per id of a rate.
        """
        rows = [
            {
                "id": line,
                "quantity": pieces,
                "refund_total": total,
                "refund_tax": [
                    {"id": rate, "refund_total": tax}
                    for rate, tax in ((taxes or {}).get(line) or {}).items()
                ],
            }
            for line, (pieces, total) in (lines or {}).items()
        ]
        sent = {"amount": amount, "reason": reason, "line_items": rows, "api_restock": restock}
        with self.books.lock:
            return self._entry.refund(self.books.order(order_id), sent).id

    def trash_order(self, order_id: int) -> None:
        """Put the order in the trash."""
        with self.books.lock:
            self._entry.trash(self.books.order(order_id))

    def restore_order(self, order_id: int) -> None:
        """Take the order out of the trash."""
        with self.books.lock:
            self._entry.restore(self.books.order(order_id))

    def erase_order(self, order_id: int) -> None:
        """Remove the order for good."""
        with self.books.lock:
            self._entry.erase(self.books.order(order_id))

    # --- looking up --------------------------------------------------------------------------

    def order(self, order_id: int, dp: int = 2) -> Json:
        """The order as REST shows it, without links that lead anywhere."""
        with self.books.lock:
            return self._documents.order(self.books.order(order_id), "", dp)

    def status(self, order_id: int) -> str:
        """The status of an order."""
        with self.books.lock:
            return self.books.order(order_id).status

    def total(self, order_id: int) -> Decimal:
        """What the customer pays, including VAT."""
        with self.books.lock:
            return self.books.order(order_id).total

    def meta(self, order_id: int, key: str) -> Any:
        """What is kept at the order under that key, None when nothing is."""
        with self.books.lock:
            return self.books.order(order_id).meta.get(key)

    def notes(self, order_id: int, *, of_the_shop: bool = False) -> list[Note]:
        """The notes of an order, the oldest first; WooCommerce's own only with `of_the_shop`."""
        with self.books.lock:
            notes = self.books.order(order_id).notes
            own = "Order status changed from "
            return [note for note in notes if of_the_shop or not note.text.startswith(own)]

    def mails(self, order_id: int | None = None) -> list[Mail]:
        """The mails that WooCommerce sent, about one order or all."""
        with self.books.lock:
            return [mail for mail in self.books.mails if order_id in {None, mail.order_id}]

    def asked(self, method: str | None = None, path: str = "") -> list[Asked]:
        """The requests that reached the shop: of one method, with a path that ends so."""
        with self.books.lock:
            return [each for each in self.books.log
                    if method in {None, each.method} and each.path.endswith(path)]  # fmt: skip


def _simple(sku: str, stock: int | None, price: str, given: Mapping[str, Any]) -> Json:
    managed: Json = {} if stock is None else {"manage_stock": True, "stock_quantity": stock}
    return {"name": sku, "type": "simple", "regular_price": price, "sku": sku, **managed, **given}


def _row(line: tuple[int | str, int] | Json) -> Json:
    if isinstance(line, dict):
        return line
    which, quantity = line
    named: Json = {"sku": which} if isinstance(which, str) else {"product_id": which}
    return {**named, "quantity": quantity}

"""What people do in the demo shop besides stocking it: buy, pay, cancel, refund, ship by hand.

Every action changes the books and then tells the bridge by the matching webhook. Stock is net, as
in most shops: an order, paid or not, lowers the shop's own sellable figure at once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from typing_extensions import Unpack

from integration.sandbox.shop.customers import Customer, invented_guest
from integration.sandbox.shop.instants import from_rfc3339
from integration.sandbox.shop.orders import (
    OrderedLine,
    OrderOptions,
    as_lines,
    order_document,
    totals,
)
from integration.sandbox.shop.stocking import Stocking
from integration.sandbox.shop.webhooks import EventType


class Trade(Stocking):
    """The actions of people in one shop. Unknown ids raise KeyError, impossible wishes ValueError.

    When `manners.echo` is on, what the bridge itself wrote comes back as events.
    """

    def add_customer(
        self,
        name: str | None,
        email: str | None,
        *,
        company: str | None = None,
        vat_number: str | None = None,
    ) -> str:
        """Open an account for somebody and return its id."""
        with self.books.lock:
            customer = Customer(
                id=self._new_id("customer"),
                created_at=self.books.clock(),
                email=email,
                name=name,
                company=company,
                vat_number=vat_number,
            )
            self.books.customers[str(customer.id)] = customer
        return str(customer.id)

    def place_order(
        self, lines: Iterable[OrderedLine | tuple[str, int]], **options: Unpack[OrderOptions]
    ) -> str:
        """Place an order, paid unless the options say otherwise, and return its id.

        A line is an `OrderedLine`, or a sku and a quantity.
        """
        with self.books.lock:
            order_id = self._new_order_id()
            document = order_document(
                order_id,
                as_lines(lines),
                {item.sku: item for item in self.books.products.values() if item.sku},
                self._buyer(options),
                options,
                now=self.books.clock(),
                rng=self._rng,
            )
            self.books.keep_order(document)
            self._move_stock(document["lines"], -1)
        self.webhooks.announce("order.created", order_id)
        return order_id

    def add_order(self, document: Mapping[str, Any], event: EventType = "order.created") -> str:
        """Put an order in the books exactly as given, however odd, and return its id.

        Only a missing `id` is added. Stock does not move.
        """
        with self.books.lock:
            order_id = str(document.get("id") or self._new_order_id())
            try:
                changed_at = from_rfc3339(str(document.get("updated_at")))
            except ValueError:
                changed_at = self.books.clock()
            self.books.keep_order_as_given({**document, "id": order_id}, changed_at)
        self.webhooks.announce(event, order_id)
        return order_id

    def pay_order(self, order_id: str) -> None:
        """Let the money come in; the order may be shipped from now on."""
        with self.books.lock:
            order = self.books.orders[order_id]
            order.update(payment_status="paid", release=not order.get("cancelled"))
            self.books.keep_order(order)
            order["paid_at"] = order["updated_at"]
        self.webhooks.announce("order.paid", order_id)

    def change_order(self, order_id: str, **fields: object) -> None:
        """Let a person edit the order: the given fields of its JSON object are replaced."""
        with self.books.lock:
            order = self.books.orders[order_id]
            self.books.keep_order({**order, **fields})
        self.webhooks.announce("order.updated", order_id)

    def cancel_order(self, order_id: str) -> None:
        """Let a person cancel the order; goods that were not shipped go back on the shelf."""
        with self.books.lock:
            order = self.books.orders[order_id]
            if not order.get("cancelled"):
                self._give_back(order)
                order.update(cancelled=True, release=False, holds_stock=False)
                self.books.person_did[order_id] = "cancelled"
                self.books.keep_order(order)
        self.webhooks.announce("order.cancelled", order_id)

    def delete_order(self, order_id: str) -> None:
        """Let a person delete the order altogether; goods that were not shipped go back."""
        with self.books.lock:
            self._give_back(self.books.forget_order(order_id))
        self.webhooks.announce("order.updated", order_id)

    def complete_by_person(self, order_id: str) -> None:
        """Let a person mark the order as shipped by hand."""
        with self.books.lock:
            order = self.books.orders[order_id]
            order["fulfillment_status"] = "fulfilled"
            self.books.person_did[order_id] = "completed"
            self.books.keep_order(order)
        self.webhooks.announce("order.updated", order_id)

    def refund(self, order_id: str, quantities: Mapping[str, int] | None = None) -> None:
        """Let a person pay back: some pieces by line id, or all that is left when none are named.

        What was paid back is not to be shipped any more and goes back on the shelf. Raises
        ValueError when more is named than the line has.
        """
        with self.books.lock:
            order = self.books.orders[order_id]
            lines = {line["id"]: line for line in order["lines"]}
            back = quantities or {key: line["quantity"] for key, line in lines.items()}
            if any(not 0 <= back[key] <= lines[key]["quantity"] for key in back):
                raise ValueError(f"order {order_id} has fewer pieces than are to be paid back")
            self._refund(order, lines, back)
        self.webhooks.announce("order.updated", order_id)

    def bridge_wrote_order(self, order_id: str) -> None:
        """Send `order.updated` for what the bridge wrote, when the shop echoes."""
        if self.manners.echo:
            self.webhooks.announce("order.updated", order_id)

    def _new_order_id(self) -> str:
        """Return the next number that no order has; orders as given bring numbers of their own."""
        while (order_id := self._new_id("order")) in self.books.orders:
            continue
        return order_id

    def _buyer(self, options: OrderOptions) -> Customer:
        """Return the account named in the options or a guest, with the options' own details."""
        account = options.get("customer")
        found = invented_guest(self._rng) if account is None else self.books.customers[account]
        if "name" in options:
            found = replace(found, name=options["name"])
        if "email" in options:
            found = replace(found, email=options["email"])
        if "company" in options:
            found = replace(found, company=options["company"])
        if "vat_number" in options:
            found = replace(found, vat_number=options["vat_number"])
        return found

    def _refund(
        self, order: dict[str, Any], lines: Mapping[str, dict[str, Any]], back: Mapping[str, int]
    ) -> None:
        returned = [{**lines[key], "quantity": quantity} for key, quantity in back.items()]
        if order.get("holds_stock"):
            self._move_stock(returned, +1)
        for key, quantity in back.items():
            lines[key]["quantity"] -= quantity
        if any(line["quantity"] for line in lines.values()):
            order["payment_status"] = "partially_refunded"
        else:
            order.update(payment_status="refunded", release=False, holds_stock=False)
            order.update(shipping_lines=[], fees=[], discounts=[])
            self.books.person_did[order["id"]] = "refunded"
        order["totals"] = totals(order)
        self.books.keep_order(order)

    def _give_back(self, order: Mapping[str, Any]) -> None:
        if order.get("holds_stock") and order.get("fulfillment_status") != "fulfilled":
            self._move_stock(order["lines"], +1)

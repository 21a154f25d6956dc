"""The endpoints `orders`, with their notes and refunds."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Any

from tests.woocommerce.books import Books
from tests.woocommerce.call import Answer, Call
from tests.woocommerce.captures import Json
from tests.woocommerce.instants import bound, digits
from tests.woocommerce.order_documents import OrderDocuments
from tests.woocommerce.order_entry import OrderEntry
from tests.woocommerce.order_status import OrderStatus
from tests.woocommerce.orders import Order
from tests.woocommerce.refusals import Refusal, not_in_enum

ORDERINGS = ["date", "modified", "id", "include", "title", "slug"]


class OrdersApi:
    """Answers what is asked about orders."""

    def __init__(
        self, books: Books, entry: OrderEntry, status: OrderStatus, documents: OrderDocuments
    ) -> None:
        self._books = books
        self._entry = entry
        self._status = status
        self._documents = documents

    def index(self, call: Call) -> Answer:
        """A page of orders."""
        orders = [order for order in self._books.orders.values() if self._asked_for(order, call)]
        by = call.choice("orderby", ORDERINGS)
        backwards = call.choice("order", ["desc", "asc"]) == "desc"
        settings = self._books.settings
        zone = settings.posts_zone if settings.orders_in_posts else UTC
        orders.sort(key=_sorting(by, zone), reverse=backwards)
        told = {f"status[{place}]": name for place, name in enumerate(self._statuses(call))}
        return call.page_of(orders, lambda order: self._shown(order, call), told=told)

    def _asked_for(self, order: Order, call: Call) -> bool:
        statuses = self._statuses(call)
        if "any" in statuses:
            if order.status == "trash":
                return False
        elif order.status not in statuses:
            return False
        include = call.texts("include")
        return self._in_time(order, call) and (not include or str(order.id) in include)

    def _statuses(self, call: Call) -> list[str]:
        choices = ["any", "trash", *self._books.settings.order_statuses]
        statuses = call.texts("status") or ["any"]
        for place, status in enumerate(statuses):
            if status not in choices:
                raise not_in_enum("status", choices, f"status[{place}]")
        return statuses

    def _in_time(self, order: Order, call: Call) -> bool:
        """Filters on dates compare digits, strictly, in UTC or in the shop's time."""
        zone = self._books.settings.zone
        column = UTC if call.flag("dates_are_gmt") else zone
        for name, moment, later in (
            ("modified_after", order.modified, True),
            ("modified_before", order.modified, False),
            ("after", order.created, True),
            ("before", order.created, False),
        ):
            if call.text(name):
                limit, own = bound(name, call.text(name), zone), digits(moment, column)
                if not (own > limit if later else own < limit):
                    return False
        return True

    def _shown(self, order: Order, call: Call) -> Json:
        return self._documents.order(order, call.home, call.dp)

    def one(self, call: Call) -> Answer:
        """One order; one in the trash too."""
        order = self._books.order(call.ids[0])
        return Answer(call.fields(self._shown(order, call)))

    def create(self, call: Call) -> Answer:
        """A new order."""
        order = self._entry.place(call.body)
        return call.made(self._shown(order, call), f"orders/{order.id}")

    def update(self, call: Call) -> Answer:
        """A changed order."""
        order = self._books.order(call.ids[0], 400)
        self._entry.change(order, call.body)
        return Answer(call.fields(self._shown(order, call)))

    def delete(self, call: Call) -> Answer:
        """Into the trash, or gone for good with `force`; shown as it was before (065)."""
        return Answer(self._delete(call.ids[0], call, force=call.flag("force")))

    def _delete(self, order_id: int, call: Call, *, force: bool) -> Json:
        order = self._books.order(order_id)
        shown = self._shown(order, call)
        if force:
            self._entry.erase(order)
        else:
            self._entry.trash(order)
        return shown

    def batch(self, call: Call) -> Answer:
        """Many orders at once (064)."""

        def create(sent: Json) -> Json:
            return self._shown(self._entry.place(sent), call)

        def update(sent: Json) -> Json:
            order = self._books.order(int(sent["id"]), 400)
            self._entry.change(order, sent)
            return self._shown(order, call)

        return call.batch(create, update, lambda number: self._delete(number, call, force=False))

    def notes(self, call: Call) -> Answer:
        """The notes of an order, the newest first; `type` customer or internal."""
        order = self._books.order(call.ids[0])
        kind = call.choice("type", ["any", "customer", "internal"])
        notes = [note for note in reversed(order.notes)
                 if kind == "any" or note.customer_note == (kind == "customer")]  # fmt: skip
        return Answer([self._documents.note(note, order, call.home) for note in notes])

    def add_note(self, call: Call) -> Answer:
        """A new note; one for the customer is mailed (032)."""
        order = self._books.order(call.ids[0])
        if not call.body.get("note"):
            raise Refusal(400, "rest_missing_callback_param", "Missing parameter(s): note",
                          params=["note"])  # fmt: skip
        customer = call.body.get("customer_note") is True
        note = self._status.note(order, str(call.body["note"]), customer_note=customer)
        shown = self._documents.note(note, order, call.home)
        return call.made(shown, f"orders/{order.id}/notes/{note.id}")

    def refunds(self, call: Call) -> Answer:
        """A page of what was given back of an order, the newest first."""
        order = self._books.order(call.ids[0])
        zone = self._books.settings.zone
        return call.page_of(
            order.refunds[::-1], lambda refund: refund.document(call.home, zone, call.dp)
        )

    def add_refund(self, call: Call) -> Answer:
        """A new refund; WooCommerce names its place with the pattern of the route (034)."""
        order = self._books.order(call.ids[0])
        refund = self._entry.refund(order, call.body)
        shown = refund.document(call.home, self._books.settings.zone, call.dp)
        return call.made(shown, rf"orders/(?P<order_id>[\d]+)/refunds/{refund.id}")


def _sorting(by: str, zone: tzinfo) -> Any:
    def key(order: Order) -> tuple[datetime | int, int]:
        if by == "modified":
            return digits(order.modified, zone), order.id
        if by == "date":
            return order.created.replace(microsecond=0), order.id
        return order.id, order.id

    return key

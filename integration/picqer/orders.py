"""Picqer's orders and customers (picqer.com/en/api/orders, /customers)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from integration.domain import Order, PicqerCustomer, PicqerOrder
from integration.http import Answer
from integration.picqer.access import Api
from integration.picqer.mapping import customer_to_picqer, order_to_picqer
from integration.picqer.mapping.reading import records
from integration.picqer.mapping.records import read_customer, read_order
from integration.picqer.paging import every_page
from integration.ports import OrderDraft, Page

OVERLAP = timedelta(hours=2)
"""Picqer does not say in which zone its filters are, nor how far its lists lag."""


class Orders:
    """One account's orders and customers."""

    _api: Api

    def order(self, idorder: int) -> PicqerOrder:
        """The order. Raises NotFound."""
        return self._api.ask("GET", f"/orders/{idorder}", _order)

    def orders_with_reference(self, reference: str) -> list[PicqerOrder]:
        """All orders whose reference is exactly this, cancelled ones too, oldest first."""
        found = self._api.ask("GET", "/orders", _orders, params={"reference": reference})
        exact = [order for order in found if order.reference == reference]
        return sorted(exact, key=lambda order: order.idorder)

    def orders_since(self, since: datetime, *, start: int = 0) -> Iterator[Page[PicqerOrder]]:
        """Orders created since that instant, two hours of overlap included, any status."""
        begin = self._api.stamp(since - OVERLAP)

        def page(offset: int) -> list[PicqerOrder]:
            params: dict[str, str | int] = {"sincedate": begin, "offset": offset}
            return self._api.ask("GET", "/orders", _orders, params=params)

        return every_page(page, lambda order: order.idorder, start)

    def create_order(self, draft: OrderDraft) -> PicqerOrder:
        """Create a concept order. Raises Unmappable before sending, Refused (24: unknown code)."""
        return self._api.ask("POST", "/orders", _order, json=order_to_picqer(draft))

    def process_order(self, idorder: int) -> PicqerOrder:
        """Make a concept order processing. Raises Refused with error_code 32 when it was.

        The answer comes before Picqer has made picklists and backorders.
        """
        return self._api.ask("POST", f"/orders/{idorder}/process", _order)

    def cancel_order(self, idorder: int, *, force: bool = False) -> None:
        """Cancel (delete) an order; ``force`` also when it is processing."""
        params: dict[str, str | int] = {"force": "true"} if force else {}
        self._api.ask("DELETE", f"/orders/{idorder}", _nothing, params=params)

    def customers_with_email(self, email: str) -> list[PicqerCustomer]:
        """Customers with exactly this e-mail address, lowest idcustomer first.

        Picqer only has a search over several fields; upper and lower case are not told apart,
        because no mail server does.
        """
        wanted = email.strip().casefold()
        found = self._api.ask("GET", "/customers", _customers, params={"search": email.strip()})
        exact = [row for row in found if (row.email or "").strip().casefold() == wanted]
        return sorted(exact, key=lambda row: row.idcustomer)

    def create_customer(self, order: Order) -> PicqerCustomer:
        """Create the customer of this order, without addresses."""
        return self._api.ask("POST", "/customers", _customer, json=customer_to_picqer(order))


def _order(answer: Answer) -> PicqerOrder:
    return read_order(answer.data)


def _orders(answer: Answer) -> list[PicqerOrder]:
    return [read_order(row) for row in records(answer.data, "the list of orders")]


def _customer(answer: Answer) -> PicqerCustomer:
    return read_customer(answer.data)


def _customers(answer: Answer) -> list[PicqerCustomer]:
    return [read_customer(row) for row in records(answer.data, "the list of customers")]


def _nothing(answer: Answer) -> None:
    """Whatever a deletion answers."""

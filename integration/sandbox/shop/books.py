"""The demo shop's books: what it sells, what was ordered, and what the bridge told it.

Everything here is kept in memory behind one lock, because people act on the shop from one thread
while the bridge calls it from another.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from threading import RLock
from typing import Any, Literal

from integration.sandbox.shop.catalogue import ShopProduct
from integration.sandbox.shop.customers import Customer
from integration.sandbox.shop.instants import Clock, to_rfc3339

Shelf = Literal["orders", "products"]
PersonDid = Literal["cancelled", "completed", "refunded"]

LOG_LENGTH = 100_000


@dataclass(frozen=True, slots=True)
class Change:
    """When something last changed; `sequence` orders changes that share a moment."""

    sequence: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ShipmentReport:
    """The newest report of one shipment, and how often it was reported in all."""

    body: Mapping[str, Any]
    times: int


@dataclass(frozen=True, slots=True)
class Mail:
    """A shipped-mail that the shop sent to the customer, because the bridge asked for it."""

    order_id: str
    shipment_key: str
    email: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request of the bridge; `status` is None when the connection was dropped instead."""

    at: datetime
    method: str
    path: str
    query: str
    body: Any
    status: int | None
    fault: str | None
    seconds: float


class Books:
    """The state of one shop. `shipments` is by order id, then by shipment key."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.lock = RLock()
        self.products: dict[str, ShopProduct] = {}
        self.sellable: dict[str, int] = {}
        self.orders: dict[str, dict[str, Any]] = {}
        self.customers: dict[str, Customer] = {}
        self.shipments: dict[str, dict[str, ShipmentReport]] = {}
        self.completions: Counter[str] = Counter()
        self.person_did: dict[str, PersonDid] = {}
        self.mails: list[Mail] = []
        self.stock_writes: Counter[str] = Counter()
        self.log: deque[LoggedRequest] = deque(maxlen=LOG_LENGTH)
        self._changes: dict[tuple[Shelf, str], Change] = {}
        self._sequence = 0

    def product_of(self, sku: str | None) -> ShopProduct | None:
        """Return the product with that sku, None when the shop has none."""
        with self.lock:
            found = (product for product in self.products.values() if product.sku == sku)
            return None if sku is None else next(found, None)

    def keep_product(self, product: ShopProduct) -> None:
        """Write the product down as it is now, changed now.

        Raises ValueError when another product has its sku.
        """
        with self.lock:
            holder = self.product_of(product.sku)
            if holder is not None and holder.id != product.id:
                raise ValueError(f"product {holder.id} already has the sku {product.sku}")
            self.products[product.id] = replace(product, updated_at=self.clock())
            self._changed("products", product.id, self.clock())

    def keep_order(self, document: dict[str, Any]) -> None:
        """Write the order down as it is now, changed now."""
        with self.lock:
            document["updated_at"] = to_rfc3339(self.clock())
            self.keep_order_as_given(document, self.clock())

    def keep_order_as_given(self, document: dict[str, Any], changed_at: datetime) -> None:
        """Write down an order that somebody else wrote, without touching a field of it."""
        with self.lock:
            self.orders[document["id"]] = document
            self._changed("orders", document["id"], changed_at)

    def forget_order(self, order_id: str) -> dict[str, Any]:
        """Strike the order out, as if it had never been, and return it; KeyError: absent."""
        with self.lock:
            del self._changes["orders", order_id]
            return self.orders.pop(order_id)

    def move_stock(self, lines: Iterable[Mapping[str, Any]], sign: int) -> list[ShopProduct]:
        """Take the lines off the sellable figures (-1) or give them back (+1).

        Returns the products whose figure moved. Lines without stock of their own move nothing.
        """
        moved = []
        with self.lock:
            for line in lines:
                product = self.product_of(line.get("sku"))
                if product is None or product.sku is None or not product.stock_managed:
                    continue
                self.sellable[product.sku] += sign * line["quantity"]
                moved.append(product)
        return moved

    def changed_since(
        self, shelf: Shelf, since: datetime | None, after: int, size: int
    ) -> tuple[list[dict[str, Any]], int | None]:
        """Return one page of what changed at or after `since`, and where the next one begins.

        Pages follow the order of the changes: what changes while somebody pages comes again at
        the end, so that nothing is missed.
        """
        with self.lock:
            found = sorted(
                (change.sequence, key)
                for (kind, key), change in self._changes.items()
                if kind == shelf
                and change.sequence > after
                and (since is None or change.at >= since)
            )
            page = [self.document(shelf, key) for _, key in found[:size]]
        return page, found[size - 1][0] if len(found) > size else None

    def document(self, shelf: Shelf, key: str) -> dict[str, Any]:
        """Return a copy of the order or the product as the contract's object; KeyError: absent."""
        with self.lock:
            if shelf == "orders":
                return deepcopy(self.orders[key])
            return self.products[key].document()

    def stock(self, after: str, size: int) -> tuple[list[tuple[str, int | None]], str | None]:
        """Return one page of sku and sellable figure, in order of sku, and the next beginning.

        The figure is None for a product whose stock the shop does not keep.
        """
        with self.lock:
            found = sorted(
                (product.sku, product.stock_managed)
                for product in self.products.values()
                if product.sku is not None and product.sku > after
            )[: size + 1]
            page = [(sku, self.sellable[sku] if managed else None) for sku, managed in found[:size]]
        return page, page[-1][0] if len(found) > size else None

    def snapshot(self) -> dict[str, Any]:
        """Return the whole of the books, but for the log, as values that JSON can carry."""
        with self.lock:
            return {
                "products": [product.document() for product in self.products.values()],
                "sellable": dict(self.sellable),
                "orders": [deepcopy(order) for order in self.orders.values()],
                "customers": [customer.document() for customer in self.customers.values()],
                "shipments": _as_values(self.shipments, asdict),
                "completions": dict(self.completions),
                "person_did": dict(self.person_did),
                "mails": [{**asdict(mail), "at": to_rfc3339(mail.at)} for mail in self.mails],
                "stock_writes": dict(self.stock_writes),
            }

    def _changed(self, shelf: Shelf, key: str, at: datetime) -> None:
        self._sequence += 1
        self._changes[shelf, key] = Change(self._sequence, at)


def _as_values(
    shipments: Mapping[str, Mapping[str, ShipmentReport]],
    written: Callable[[ShipmentReport], dict[str, Any]],
) -> dict[str, dict[str, Any]]:
    return {
        order_id: {key: written(report) for key, report in reports.items()}
        for order_id, reports in shipments.items()
    }

"""A ``Webshop`` in memory: net stock, shipments by key, and faults to switch on.

The suite ``integration.testing.webshop_contract`` holds it and real connectors to one behaviour.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from integration.domain import FulfillmentStatus, Order, Product, Shipment
from integration.errors import BridgeError, NotFound
from integration.ports import (
    Call,
    CallGuard,
    Capabilities,
    OrderChange,
    ShopAnswer,
    ShownStock,
    StockAnswer,
    StockItem,
    StockResult,
)
from integration.testing.open_doors import OpenGuard


@dataclass(slots=True)
class WebshopBooks:
    """What a shop knows. ``stock`` is its own sellable figure per SKU."""

    orders: dict[str, Order] = field(default_factory=dict)
    products: dict[str, Product] = field(default_factory=dict)
    stock: dict[str, int] = field(default_factory=dict)
    unmanaged: set[str] = field(default_factory=set)
    refused_skus: set[str] = field(default_factory=set)
    shipments: dict[tuple[str, str], Shipment] = field(default_factory=dict)
    reports: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    completed: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    mails: list[tuple[str, str]] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    """Orders that a person completed, cancelled or refunded: they are left as they are."""
    images: dict[str, bytes] = field(default_factory=dict)
    stock_writes: int = 0


class FakeWebshop:
    """One run's client of a shop in memory; ``connect`` makes those of other runs.

    ``calls`` names the method of every request of every run so far, in order.
    """

    def __init__(
        self,
        books: WebshopBooks | None = None,
        *,
        guard: CallGuard | None = None,
        capabilities: Capabilities | None = None,
        clock_offset: timedelta = timedelta(0),
    ) -> None:
        """Look into these books, under this guard."""
        self.books = books or WebshopBooks()
        self.calls: list[str] = []
        self._faults: dict[str, deque[BridgeError]] = defaultdict(deque)
        self._guard: CallGuard = guard or OpenGuard()
        self._capabilities = capabilities or Capabilities()
        self._clock_offset = clock_offset

    def connect(self, guard: CallGuard) -> FakeWebshop:
        """A client for another run: same books, calls and faults, another guard."""
        client = FakeWebshop(
            self.books,
            guard=guard,
            capabilities=self._capabilities,
            clock_offset=self._clock_offset,
        )
        client.calls = self.calls
        client._faults = self._faults
        return client

    def fail(self, method: str, error: BridgeError, *, times: int = 1) -> None:
        """Let the next calls of a method raise ``error`` before anything changes."""
        self._faults[method].extend([error] * times)

    @property
    def capabilities(self) -> Capabilities:
        """What this platform can do."""
        return self._capabilities

    @property
    def clock_offset(self) -> timedelta:
        """Our clock less the shop's."""
        return self._clock_offset

    def order(self, order_id: str) -> Order:
        """The order now. Raises NotFound."""
        self._request("order")
        found = self.books.orders.get(order_id)
        if found is None:
            raise NotFound(f"the shop has no order {order_id}")
        return found

    def orders_changed_since(self, since: datetime) -> Iterator[OrderChange]:
        """Which orders changed since that instant of ours, oldest change first."""
        self._request("orders_changed_since")
        changed = [(self._changed(order.updated_at), order) for order in self.books.orders.values()]
        for moment, order in sorted(changed, key=lambda pair: (pair[0], pair[1].id)):
            if moment >= since:
                yield OrderChange(order.id, order.updated_at)

    def product(self, product_id: str) -> Product:
        """The product now. Raises NotFound."""
        self._request("product")
        found = self.books.products.get(product_id)
        if found is None:
            raise NotFound(f"the shop has no product {product_id}")
        return found

    def products_changed_since(self, since: datetime) -> Iterator[Product]:
        """Products changed since that instant of ours, oldest change first."""
        self._request("products_changed_since")
        changed = [(self._changed(item.updated_at), item) for item in self.books.products.values()]
        for moment, product in sorted(changed, key=lambda pair: (pair[0], pair[1].id)):
            if moment >= since:
                yield product

    def image(self, url: str) -> bytes | None:
        """A product picture; None when unusable."""
        self._request("image")
        return self.books.images.get(url)

    def stock(self) -> Iterator[ShownStock]:
        """What the shop shows of every product."""
        self._request("stock")
        for sku in sorted(self.books.stock):
            yield ShownStock(
                sku,
                self.books.stock[sku],
                ref=f"ref-{sku}",
                managed=sku not in self.books.unmanaged,
            )

    def set_stock(self, items: Sequence[StockItem]) -> list[StockResult]:
        """Show these figures; one result per item."""
        self._request("set_stock", writes=True)
        return [self._set(item) for item in items]

    def ship(self, order_id: str, shipment: Shipment) -> ShopAnswer:
        """Report a shipment; the same ``shipment_key`` again replaces."""
        self._request("ship", writes=True)
        if order_id not in self.books.orders:
            raise NotFound(f"the shop has no order {order_id}")
        if order_id in self.books.touched:
            return ShopAnswer.LEFT_AS_IS
        key = (order_id, shipment.shipment_key)
        if shipment.notify_customer and key not in self.books.shipments:
            self.books.mails.append(key)
        self.books.shipments[key] = shipment
        self.books.reports[key] += 1
        return ShopAnswer.ACCEPTED

    def complete(self, order_id: str) -> ShopAnswer:
        """Complete the order; safe to repeat."""
        self._request("complete", writes=True)
        order = self.books.orders.get(order_id)
        if order is None:
            raise NotFound(f"the shop has no order {order_id}")
        if order_id in self.books.touched:
            return ShopAnswer.LEFT_AS_IS
        self.books.completed[order_id] += 1
        self.books.orders[order_id] = replace(order, fulfillment_status=FulfillmentStatus.FULFILLED)
        return ShopAnswer.ACCEPTED

    def _set(self, item: StockItem) -> StockResult:
        sku = item.productcode
        if sku not in self.books.stock:
            return StockResult(sku, StockAnswer.UNKNOWN_SKU)
        if sku in self.books.unmanaged:
            return StockResult(sku, StockAnswer.NOT_MANAGED)
        if sku in self.books.refused_skus:
            return StockResult(sku, StockAnswer.REFUSED, "this figure is not accepted")
        self.books.stock[sku] = item.sellable
        self.books.stock_writes += 1
        return StockResult(sku, StockAnswer.WRITTEN)

    def _changed(self, updated_at: datetime | None) -> datetime:
        if updated_at is None:
            return datetime.max.replace(tzinfo=UTC)
        return updated_at + self._clock_offset

    def _request(self, method: str, *, writes: bool = False) -> None:
        call = Call("PUT" if writes else "GET", f"/{method}", writes)
        self._guard.before(call, 12.0)
        self.calls.append(method)
        if self._faults[method]:
            self._guard.after(call, None, 0.0, None)
            raise self._faults[method].popleft()
        self._guard.after(call, 200, 0.0, None)

"""One webshop; connectors implement this."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from integration.domain import Order, Product, Shipment


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a connector's platform can do; these drive the generic code.

    ``stock_batch``: items per ``set_stock``. ``shop_can_mail``: ``notify_customer`` is honoured.
    """

    stock_batch: int = 100
    partial_shipments: bool = True
    shop_can_mail: bool = True


@dataclass(frozen=True, slots=True)
class ShownStock:
    """What the shop shows for a productcode; ``ref`` is what the connector needs to write it."""

    productcode: str
    sellable: int | None
    ref: str | None = None
    managed: bool = True


@dataclass(frozen=True, slots=True)
class StockItem:
    """A figure to write. ``ref`` as the shop's stock list gave it, None when never seen."""

    productcode: str
    sellable: int
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class OrderChange:
    """An order that changed at ``updated_at``; None when the shop does not say when."""

    id: str
    updated_at: datetime | None


class StockAnswer(StrEnum):
    """How one item of a batch fared."""

    WRITTEN = "written"
    UNKNOWN_SKU = "unknown_sku"
    NOT_MANAGED = "not_managed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class StockResult:
    """The shop's answer for one item; ``message`` is the shop's own text when refused."""

    productcode: str
    answer: StockAnswer
    message: str | None = None


class ShopAnswer(StrEnum):
    """How the shop took a shipment or a completion."""

    ACCEPTED = "accepted"
    LEFT_AS_IS = "left_as_is"
    """A person completed, cancelled or refunded the order meanwhile: it stays as it is."""


class Webshop(Protocol):
    """One webshop. Connectors implement this; the contract suite is in ``integration.testing``."""

    @property
    def capabilities(self) -> Capabilities:
        """What this platform can do."""

    @property
    def clock_offset(self) -> timedelta:
        """Our clock less the shop's, from its latest ``Date`` header; add it to shop instants."""

    def order(self, order_id: str) -> Order:
        """The order now. Raises NotFound."""

    def orders_changed_since(self, since: datetime) -> Iterator[OrderChange]:
        """Which orders changed since that instant of ours, oldest change first; misses none."""

    def product(self, product_id: str) -> Product:
        """The product now. Raises NotFound."""

    def products_changed_since(self, since: datetime) -> Iterator[Product]:
        """Products changed since that instant of ours, oldest change first; misses none."""

    def image(self, url: str) -> bytes | None:
        """A product picture from the shop's own host, at most 5 MiB; None when unusable."""

    def stock(self) -> Iterator[ShownStock]:
        """What the shop shows of every product."""

    def set_stock(self, items: Sequence[StockItem]) -> list[StockResult]:
        """Show these figures; one result per item, in any order."""

    def ship(self, order_id: str, shipment: Shipment) -> ShopAnswer:
        """Report a shipment; the same ``shipment_key`` again replaces."""

    def complete(self, order_id: str) -> ShopAnswer:
        """Complete the order; safe to repeat."""

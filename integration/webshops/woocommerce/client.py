"""A WooCommerce shop as a webshop: orders, and the ways to products, stock and shipments.

Source: WooCommerce REST v3; seen in WooCommerce 11. A repeated write does no harm: stock is
written as a figure, and a shipment is looked for before it is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from heapq import merge

from integration.domain import Order, Product, Shipment
from integration.errors import LockedOut, NotFound, Refused, Unmappable
from integration.http import fetch_picture
from integration.policy import ShopPolicy
from integration.ports import (
    CallGuard,
    Capabilities,
    Clock,
    OrderChange,
    ShopAnswer,
    ShownStock,
    StockItem,
    StockResult,
)
from integration.webshops.woocommerce.catalogue import Catalogue
from integration.webshops.woocommerce.fields import fields_of
from integration.webshops.woocommerce.mapping.orders import (
    ContextWanted,
    OrderContext,
    order_of,
    wanted_context,
)
from integration.webshops.woocommerce.order_products import found_products
from integration.webshops.woocommerce.pages import Changed, ChangedRows
from integration.webshops.woocommerce.rest import ShopRest
from integration.webshops.woocommerce.settings import WooCommerceSettings
from integration.webshops.woocommerce.shipping import ORDER_ID, Shipping
from integration.webshops.woocommerce.shop_facts import FactsMemory
from integration.webshops.woocommerce.stock import STOCK_BATCH, StockWriter, shown_stock

DECIMALS = 6
"""Amounts are asked for this exactly: two would round the prices of single pieces."""
LISTED_STATUSES = ("any", "trash")
"""WordPress leaves the waste basket out of ``any``."""


class WooCommerce:
    """The ``Webshop`` of one run."""

    capabilities = Capabilities(stock_batch=STOCK_BATCH, partial_shipments=True, shop_can_mail=True)

    def __init__(
        self,
        settings: WooCommerceSettings,
        policy: ShopPolicy,
        guard: CallGuard,
        clock: Clock,
        memory: FactsMemory,
    ) -> None:
        """Talk to the shop of these settings under this guard."""
        self._settings = settings
        self._rest = ShopRest(settings, policy.name, guard, clock)
        self._shipping = Shipping(self._rest, settings)
        self._catalogue = Catalogue(
            self._rest, settings, clock, lambda: memory.of(self._rest, clock)
        )

    @property
    def clock_offset(self) -> timedelta:
        """Our clock less the shop's, from the ``Date`` of its latest answer; else zero."""
        return self._rest.clock.offset

    def order(self, order_id: str) -> Order:
        """The order now. Raises NotFound."""
        if not ORDER_ID.fullmatch(order_id):
            raise NotFound(f"the shop has no order {order_id[:40]!r}")
        document = self._rest.document(f"/orders/{order_id}", {"dp": DECIMALS})
        context = self._context(order_id, wanted_context(document))
        return order_of(document, order_id, self._settings, context)

    def orders_changed_since(self, since: datetime) -> Iterator[OrderChange]:
        """Which orders changed since that instant of ours, those in the waste basket too."""
        lists = [self._changed_orders(status, since) for status in LISTED_STATUSES]
        for row in merge(*lists, key=lambda row: row.modified):
            yield OrderChange(str(row.id), row.modified)

    def product(self, product_id: str) -> Product:
        """The product now. Raises NotFound."""
        return self._catalogue.product(product_id)

    def products_changed_since(self, since: datetime) -> Iterator[Product]:
        """Products and variations changed since that instant of ours.

        In a shop older than WooCommerce 10.3 variations that changed by themselves come last, and
        only when changes of more than an hour are asked for; else their webhook tells.
        """
        return self._catalogue.changed_since(since)

    def image(self, url: str) -> bytes | None:
        """A picture from the shop's own host; None when there is none that Picqer would take."""
        rest = self._rest
        return fetch_picture(
            url, shop_url=rest.url, name=rest.name, guard=rest.guard, deadline=rest.deadline
        )

    def stock(self) -> Iterator[ShownStock]:
        """What the shop shows of every product and variation with a SKU."""
        return shown_stock(self._rest)

    def set_stock(self, items: Sequence[StockItem]) -> list[StockResult]:
        """Show these figures; one result per item."""
        return StockWriter(self._rest).write(items)

    def ship(self, order_id: str, shipment: Shipment) -> ShopAnswer:
        """Report a shipment as a note with its tracking links; the same again sends nothing."""
        return self._shipping.ship(order_id, shipment)

    def complete(self, order_id: str) -> ShopAnswer:
        """Give the order the status that says it was shipped; safe to repeat."""
        return self._shipping.complete(order_id)

    def _changed_orders(self, status: str, since: datetime) -> Iterator[Changed]:
        wanted = {"_fields": "id,date_modified_gmt", "status": status}
        return ChangedRows(self._rest, "/orders", wanted).since(since)

    def _context(self, order_id: str, wanted: ContextWanted) -> OrderContext:
        """What the order's own JSON leaves open, asked for only where it does."""
        refunds: Sequence[object] = ()
        if wanted.refunds:
            query = {"dp": DECIMALS, "per_page": 100}
            refunds = self._rest.rows(f"/orders/{order_id}/refunds", query)
        return OrderContext(
            customer_created_at=self._customer_since(wanted.customer_id),
            products=found_products(self._rest, wanted.products),
            refunds=refunds,
        )

    def _customer_since(self, customer_id: str | None) -> datetime | None:
        """When a registered customer's account was made; None when that cannot be read."""
        if customer_id is None:
            return None
        path, only = f"/customers/{customer_id}", {"_fields": "id,date_created_gmt"}
        try:
            customer = fields_of(self._rest.document(path, only), f"customer {customer_id}")
            return customer.optional_utc("date_created_gmt")
        except (LockedOut, NotFound, Refused, Unmappable):
            # The order could be read, so the key is good; this account is closed to it, or gone.
            return None


class Connecting:
    """Makes the client of a run; what it remembers of shops is shared by the runs of a process."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._memory = FactsMemory()

    def __call__(
        self, settings: WooCommerceSettings, policy: ShopPolicy, guard: CallGuard, clock: Clock
    ) -> WooCommerce:
        """A client for this shop under this guard."""
        return WooCommerce(settings, policy, guard, clock, self._memory)

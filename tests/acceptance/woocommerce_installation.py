"""An installation whose shop is a WooCommerce, and who judges it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from integration.sandbox.picqer import SandboxPicqer, products
from integration.testing.clock import HandClock
from tests.acceptance.installation import (
    API_KEY,
    HOOK_SECRET,
    SHOP,
    START_SECONDS,
    Running,
    until,
    until_nothing,
)
from tests.acceptance.oracle import Witness
from tests.acceptance.secrets_kept import telling
from tests.acceptance.seen_at_picqer import PROCESSED
from tests.woocommerce.captures import CAPTURED_SECRET, Json
from tests.woocommerce.receiver import receiving
from tests.woocommerce.replay import replay
from tests.woocommerce.server import WooCommerceServer
from tests.woocommerce.webhooks import Webhook

SHIPPING = "SHIPPING"
"""The product at Picqer on which shipping costs are booked."""
UNLIMITED = "unlimited_stock"
PADS = "PAD-50"
"""A product that Picqer knew long before the shop got it."""
TOPICS = ("order.created", "order.deleted", "order.restored", "order.updated",
          "product.created", "product.updated")  # fmt: skip
WAITING = frozenset({"processing", "on-hold"})
"""Statuses of an order whose goods the shop took off its stock, and did not send yet."""
CAPTURED_DAY = "2026-11-23T00:00:00Z"
LAST_ORDER = datetime(2026, 11, 23, 11, 57, 23, tzinfo=UTC)


class WooCommerceOracle(Witness):
    """Judges one installation with a WooCommerce shop."""

    def __init__(self, picqer: SandboxPicqer, shop: WooCommerceServer, database_url: str) -> None:
        super().__init__(picqer, database_url)
        self._shop = shop

    def stock(self) -> list[str]:
        """The shop shows what is free at Picqer less what is ordered and not processed there."""
        wrong = []
        for productcode, sellable in self.sellable(self._not_processed()).items():
            with self._shop.books.lock:
                product = self._shop.books.by_sku(productcode)
                shown = sellable if product is None else product.stock
            if shown != sellable:
                wrong.append(f"{productcode}: the shop shows {shown}, sellable are {sellable}")
        return wrong

    def _not_processed(self) -> Counter[str]:
        with self._shop.books.lock:
            orders = list(self._shop.books.orders.values())
        pieces: Counter[str] = Counter()
        for order in orders:
            live = self.live_orders(str(order.id))
            if order.status not in WAITING or any(one.status in PROCESSED for one in live):
                continue
            for line in order.lines:
                if line.product is not None:
                    pieces[line.product.sku] += line.quantity
        return pieces

    def shipments(self, order_id: int) -> list[str]:
        """Each closed picklist is one note with a link to every parcel, and there are no others."""
        (order,) = self.live_orders(str(order_id))
        notes = [note.text for note in self._shop.notes(order_id)]
        wrong = []
        for idpicklist in order.idpicklists:
            codes = self.tracking_codes(idpicklist)
            links = [f"https://tracking.example.com/{code}" for code in codes]
            found = [text for text in notes if all(link in text for link in links)]
            if len(found) != 1 or not links:
                wrong.append(f"picklist {idpicklist} with {links} is in {len(found)} notes")
        if len(notes) != len(order.idpicklists):
            wrong.append(f"order {order_id} has {len(notes)} notes")
        return wrong

    def completions(self, order_id: int) -> int:
        """How often the order was asked to be, or became, completed by a request."""
        return sum(
            isinstance(asked.body, dict) and asked.body.get("status") == "completed"
            for asked in self._shop.asked("PUT", f"/orders/{order_id}")
        )

    def people(self) -> set[str]:
        """Every text about a person in the shop's orders and accounts."""
        with self._shop.books.lock:
            found = {customer.email for customer in self._shop.books.customers.values()}
            for order in self._shop.books.orders.values():
                found.update([*order.billing.values(), *order.shipping.values()])
                found.add(order.customer_note)
        return telling(found)

    def unrest(self) -> list[str]:
        """What is still under way between the shop, the bridge and Picqer; no readings of doubt."""
        found = self.unfinished(reconciling=False)
        if not self._shop.deliveries.wait_until_quiet(0):
            found.append("the shop has events to tell")
        if self._picqer.books.deliveries.waiting():
            found.append("Picqer has events to tell")
        # Looked at again, because an event may have become a job meanwhile.
        return found or self.unfinished(reconciling=False)


class WooCommerceInstallation(Running):
    """An installation with a WooCommerce shop that is empty at first."""

    oracle: WooCommerceOracle

    def __init__(
        self,
        folder: Path,
        *,
        database_url: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(folder, database_url=database_url, environment=environment)
        self._replaying: HandClock | None = None
        self.shop = WooCommerceServer(clock=self._shop_clock, delivers_itself=True)
        self.oracle = WooCommerceOracle(self.picqer, self.shop, self.database_url)

    def _shop_clock(self) -> datetime:
        return datetime.now(UTC) if self._replaying is None else self._replaying.now()

    def _open_shop(self) -> None:
        self._to_close.enter_context(self.shop)
        costs = {"productcode": SHIPPING, "name": "Shipping", "price": 0, "type": UNLIMITED}
        pads = {"productcode": PADS, "name": "Koffiepads", "price": 4.12}
        with self.picqer.books.lock:
            for known in (costs, pads):
                products.create(self.picqer.books, {**known, "idvatgroup": 19})
        self.picqer.set_stock(PADS, amount=50)

    def _shop_table(self) -> str:
        return f"""
[shops.{SHOP}]
orders_since = "{CAPTURED_DAY}"
shipping_productcode = "{SHIPPING}"
[shops.{SHOP}.woocommerce]
url = "{self.shop.url}"
consumer_key = "{self.shop.key.consumer_key}"
consumer_secret = "{self.shop.key.consumer_secret}"
webhook_secret = "{CAPTURED_SECRET}"
"""

    @property
    def address(self) -> str:
        """Where the shop's deliveries go."""
        return f"{self.door}/webhooks/shops/{SHOP}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What only the two sides and the bridge may know."""
        key = self.shop.key
        return (API_KEY, HOOK_SECRET, key.consumer_key, key.consumer_secret, CAPTURED_SECRET)

    def webhooks(self) -> list[Webhook]:
        """The shop's webhooks to our door, by topic."""
        with self.shop.books.lock:
            ours = [one for one in self.shop.webhooks.all.values()
                    if one.delivery_url == self.address]  # fmt: skip
        return sorted(ours, key=lambda webhook: webhook.topic)

    def active_topics(self) -> tuple[str, ...]:
        """The topics of which the shop tells us at this moment."""
        return tuple(one.topic for one in self.webhooks() if one.status == "active")

    def wait_until_settled(self) -> None:
        """Return when all hooks are made, both sides were read and nothing is left to do."""
        until(lambda: len(self.picqer.books.hooks) == 6, START_SECONDS, "Picqer's hooks are made")
        until(lambda: self.active_topics() == TOPICS, START_SECONDS, "the shop's webhooks are made")
        until(self.oracle.shop_was_seen, START_SECONDS, "the shop was seen for the first time")
        until_nothing(self.oracle.unfinished, START_SECONDS)

    def wait_until_at_rest(self, seconds: float = 30.0) -> None:
        """Return when nobody has work, but for readings of doubt."""
        until_nothing(self.oracle.unrest, seconds)

    def wait_until_stock_agrees(self, seconds: float = 90.0) -> None:
        """Return when the shop shows what is right: a product in doubt is read once a minute."""
        until_nothing(self.oracle.stock, seconds)

    def live_captured_history(self) -> None:
        """Let the shop's captured day happen, without telling anybody: then it looks as it did.

        The webhooks that the captures made are removed again; ours stay.
        """
        shop, ours = self.shop, {webhook.id for webhook in self.webhooks()}
        shop.deliveries.switched_on, shop.access.basic_allowed = False, True
        self._replaying = HandClock()
        with receiving() as other:
            replay(shop, self._replaying, other)
        self._replaying.instant = LAST_ORDER
        self._place_last_order()
        with shop.books.lock:
            for webhook_id in shop.webhooks.all.keys() - ours:
                del shop.webhooks.all[webhook_id]
            shop.books.log.clear()
        self._replaying = None
        shop.deliveries.switched_on, shop.access.basic_allowed = True, False

    def _place_last_order(self) -> None:
        """Order 29, of which only the deliveries were captured (071, 072)."""
        who = {"first_name": "Cron", "last_name": "Latentie", "country": "NL"}
        billing: Json = {**who, "email": "cron@voorbeeld.test"}
        self.shop.place_order((11, 1), billing=billing, shipping={}, payment_method="bacs")

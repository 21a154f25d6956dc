"""A small WooCommerce on a real port: it answers and delivers as a captured WooCommerce 11 did."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Sequence
from threading import Thread
from types import TracebackType
from typing import Self

import uvicorn

from integration.sandbox.shop.server import CuttableConnection
from tests.woocommerce.api_orders import OrdersApi
from tests.woocommerce.api_products import ProductsApi
from tests.woocommerce.api_shop import ShopApi, WebhooksApi
from tests.woocommerce.books import Books
from tests.woocommerce.captures import CAPTURED_SECRET, Json
from tests.woocommerce.catalogue import Catalogue
from tests.woocommerce.deliveries import Deliveries
from tests.woocommerce.faults import UPDATING, Fault, Faults
from tests.woocommerce.front import UPLOADS, Front, Manners
from tests.woocommerce.instants import Clock, utc_now
from tests.woocommerce.order_amounts import OrderAmounts
from tests.woocommerce.order_documents import OrderDocuments
from tests.woocommerce.order_entry import OrderEntry
from tests.woocommerce.order_status import OrderStatus
from tests.woocommerce.owner import Owner
from tests.woocommerce.page_cache import PageCache
from tests.woocommerce.product_documents import ProductDocuments
from tests.woocommerce.refusals import Refusal
from tests.woocommerce.routes import Routes
from tests.woocommerce.settings import Settings
from tests.woocommerce.signing import Access, ApiKey
from tests.woocommerce.tax import DUTCH, TaxRate, TaxTable
from tests.woocommerce.webhooks import Webhook, Webhooks

LOOPBACK = "127.0.0.1"
STOP_SECONDS = 5.0
SECRET = CAPTURED_SECRET


class PromptServer(uvicorn.Server):
    """Closes as soon as it is told to: tests open and close many."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over = asyncio.Event()

    async def main_loop(self) -> None:
        """Stay until somebody wants it to end."""
        self._loop = asyncio.get_running_loop()
        if not self.should_exit:
            await self._over.wait()

    def close(self) -> None:
        """End it, from any thread."""
        self.should_exit = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._over.set)


class WooCommerceServer(Owner):
    """A shop that speaks WooCommerce REST v3 under `url`, open while it is a context.

    `basic_allowed`: it takes Basic and the key in the query, as over https; without it only OAuth
    1.0a counts, as WooCommerce demands over plain http. `clock` is the shop's idea of now, `wall`
    that of the access check in seconds. Deliveries wait for `pump()`, unless `delivers_itself`.
    """

    def __init__(
        self,
        *,
        basic_allowed: bool = False,
        key: ApiKey | None = None,
        settings: Settings | None = None,
        rates: Sequence[TaxRate] = DUTCH,
        clock: Clock = utc_now,
        wall: Callable[[], float] = time.time,
        delivers_itself: bool = False,
        first_id: int = 11,
    ) -> None:
        self._socket = _listening()
        self.url = f"http://{LOOPBACK}:{self._socket.getsockname()[1]}"
        self.key = key or ApiKey()
        self.settings = settings or Settings()
        self.taxes = TaxTable(rates)
        self.manners = Manners()
        self.faults = Faults()
        self.access = Access(self.key, basic_allowed=basic_allowed, wall=wall)
        self.webhooks = Webhooks(clock)
        books = Books(clock, self.settings, self.taxes, first_id)
        self.deliveries = Deliveries(books, self.webhooks, self._payload, f"{self.url}/")
        self._delivers_itself = delivers_itself
        tell = self.deliveries.tell
        status = OrderStatus(books, tell)
        entry = OrderEntry(books, OrderAmounts(self.settings, self.taxes), status, tell)
        documents = OrderDocuments(self.settings, self.taxes)
        self._products = ProductDocuments(self.settings, self.taxes)
        catalogue = Catalogue(books, tell)
        super().__init__(books, catalogue, entry, status, documents)
        routes = Routes(
            OrdersApi(books, entry, status, documents),
            ProductsApi(books, catalogue, self._products),
            WebhooksApi(books, self.webhooks, self.deliveries),
            ShopApi(books),
        )
        front = Front(
            books=books,
            routes=routes,
            access=self.access,
            deliveries=self.deliveries,
            faults=self.faults,
            manners=self.manners,
            home=self.url,
        )
        self._server = PromptServer(
            uvicorn.Config(
                front,
                http=CuttableConnection,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                timeout_graceful_shutdown=1,
            )
        )
        self._thread: Thread | None = None

    def __enter__(self) -> Self:
        """Open the shop in a thread of its own."""
        self._thread = Thread(target=self._serve, name="woocommerce-http", daemon=True)
        self._thread.start()
        if self._delivers_itself:
            self.deliveries.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the shop and wait for its threads."""
        self._server.close()
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)
        self.deliveries.stop()
        self._socket.close()

    def _serve(self) -> None:
        self._server.run(sockets=[self._socket])

    def _payload(self, webhook: Webhook, subject: int) -> Json:
        """The body of a delivery: what REST shows now, also when that is a refusal (041)."""
        if webhook.event == "deleted":
            return {"id": subject}
        try:
            if webhook.resource == "order":
                return self._documents.order(self.books.order(subject), self.url)
            return self._products.product(self.books.product(subject), self.url)
        except Refusal as refusal:
            return refusal.body

    # --- webhooks ----------------------------------------------------------------------------

    def add_webhook(self, topic: str, delivery_url: str, *, secret: str = SECRET) -> int:
        """A person makes a webhook by hand, which is not pinged; returns its id."""
        sent = {"name": topic, "topic": topic, "delivery_url": delivery_url, "secret": secret}
        with self.books.lock:
            webhook = self.webhooks.add(sent)
            webhook.pending = False
            return webhook.id

    def webhook(self, webhook_id: int) -> Webhook:
        """The webhook itself, with its secret and its count of failures."""
        with self.books.lock:
            return self.webhooks.get(webhook_id)

    def pump(self) -> int:
        """Deliver everything that waits, in this thread; returns how many deliveries that were."""
        return self.deliveries.pump()

    def deliver(self, topic: str, body: bytes) -> list[int | None]:
        """Send that body, signed, to every active webhook of the topic; returns the statuses."""
        with self.books.lock:
            webhooks = self.webhooks.of_topic(topic)
        return [self.deliveries.send(webhook, body) for webhook in webhooks]

    # --- how the shop behaves ----------------------------------------------------------------

    @property
    def plain_permalinks(self) -> bool:
        """Whether every address under `/wp-json/` is a page of HTML that is not found."""
        return self.manners.plain_permalinks

    @plain_permalinks.setter
    def plain_permalinks(self, plain: bool) -> None:
        self.manners.plain_permalinks = plain

    @property
    def cache(self) -> PageCache:
        """The cache in front of the shop; it is off until it is given a kind."""
        return self.manners.cache

    def fail_next(self, status: int = 503, body: str = UPDATING, *, path: str = "*") -> None:
        """Let the next request fail, by default as while WordPress is being updated."""
        self.faults.add(Fault(status=status, body=body, path=path))

    def picture(self, name: str, content: bytes) -> str:
        """Put a picture in the media library; returns its address, for `images`."""
        self.manners.pictures[name] = content
        return f"{self.url}{UPLOADS}{name}"


def _listening() -> socket.socket:
    """Bind before anything runs, so that the address is known and callers may queue up."""
    # Named as TCP, because asyncio sends small packets at once only on such a socket.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((LOOPBACK, 0))
    sock.listen(64)
    return sock

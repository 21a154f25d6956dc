"""Books that agree: one shop, one Picqer, one store, and an order that went all the way."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, insert

from integration.sandbox.picqer import SandboxPicqer, orders, processing, products
from integration.sandbox.picqer.books import Books
from integration.sandbox.picqer.order_entry import create
from integration.sandbox.picqer.rows import Order
from integration.sandbox.shop import SandboxShop
from integration.sandbox.shop.bridge_writes import complete, record_shipment
from integration.store.schema import deliveries, jobs
from tests.acceptance.oracle import Oracle

WARE = "MUG-BLUE"


@dataclass
class Witnessed:
    """The two books and the store, in which a test spoils one thing."""

    picqer: SandboxPicqer
    shop: SandboxShop
    engine: Engine
    oracle: Oracle

    @property
    def books(self) -> Books:
        """Picqer's."""
        return self.picqer.books

    def enter(self, order_id: str, *, pieces: int = 2, status: str = "processing") -> Order:
        """Do at Picqer what the service would do about this order of the shop."""
        number = self.shop.books.orders[order_id]["number"]
        wanted = {
            "reference": number,
            "deliveryname": "A. Jansen",
            "deliverycountry": "NL",
            "invoicename": "A. Jansen",
            "invoicecountry": "NL",
            "products": [{"productcode": WARE, "amount": pieces}],
        }
        with self.books.lock:
            order = create(self.books, wanted)
            if status == "processing":
                processing.process(self.books, order)
                processing.finish(self.books, order)
        return order

    def ship(self, order_id: str, order: Order) -> None:
        """Close its picklist and tell the shop, as the service would."""
        idpicklist = order.idpicklists[0]
        self.picqer.pick_and_close(idpicklist)
        record_shipment(self.shop.books, order_id, self.report(order))
        complete(self.shop.books, order_id)

    def report(self, order: Order, *, pieces: int = 2) -> dict[str, Any]:
        """What the shop is to be told of its only picklist."""
        idpicklist = order.idpicklists[0]
        return {
            "shipment_key": str(idpicklist),
            "notify_customer": False,
            "lines": [{"line_id": "1", "sku": WARE, "quantity": pieces}],
            "parcels": [{"tracking_code": code} for code in self.oracle.tracking_codes(idpicklist)],
        }

    def cancel(self, order: Order) -> None:
        """Cancel it in the warehouse."""
        with self.books.lock:
            orders.cancel(self.books, order, force=True)

    def add_job(self, **values: Any) -> int:
        """A row of a job that is done, but for these values."""
        now = time.time()
        row = {
            "flow": "create_order", "shop": "nl", "subject": "1001", "account": "main",
            "queue": "orders", "state": "done", "due_at": now, "revision": 1,
            "claimed_revision": 1, "progress": {}, "created_at": now, "updated_at": now,
        } | values  # fmt: skip
        with self.engine.begin() as connection:
            return int(connection.execute(insert(jobs).returning(jobs.c.id), row).scalar_one())

    def add_delivery(self, **values: Any) -> int:
        """A row of a delivery that was ignored with a reason, but for these values."""
        row = {
            "source": "shops/nl", "digest": str(time.monotonic_ns()), "received_at": time.time(),
            "state": "ignored", "reason": "nothing to do", "headers": {}, "body": b"{}",
        } | values  # fmt: skip
        with self.engine.begin() as connection:
            added = insert(deliveries).returning(deliveries.c.id)
            return int(connection.execute(added, row).scalar_one())


@pytest.fixture
def witnessed(tmp_path: Path, file_with_tables: Path) -> Iterator[Witnessed]:
    """Nothing runs: the books are written by hand, and all of them agree."""
    shutil.copy(file_with_tables, tmp_path / "store.db")
    url = f"sqlite:///{tmp_path / 'store.db'}"
    engine = create_engine(url)
    picqer, shop = SandboxPicqer(random=Random(1)), SandboxShop(rng=Random(2))
    wanted = {"productcode": WARE, "name": "Blue mug", "price": 8.22, "idvatgroup": 18}
    with picqer.books.lock:
        products.create(picqer.books, wanted)
    picqer.set_stock(WARE, amount=100)
    shop.add_product(sku=WARE, name="Blue mug", price_net="8.22", sellable=100)
    oracle = Oracle(picqer, shop, url)
    yield Witnessed(picqer, shop, engine, oracle)
    oracle.close()
    engine.dispose()


@pytest.fixture
def order_id(witnessed: Witnessed) -> str:
    """An order of two mugs, in the shop."""
    return witnessed.shop.place_order([(WARE, 2)])


@pytest.fixture
def order(witnessed: Witnessed, order_id: str) -> Order:
    """The same order, processing at Picqer."""
    return witnessed.enter(order_id)

"""The books of the simulated Picqer: every row it holds, its clock, its numbers and its lock."""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from datetime import datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from integration.sandbox.picqer.agenda import Agenda
from integration.sandbox.picqer.deliveries import Deliveries, Post
from integration.sandbox.picqer.faults import FaultPlan
from integration.sandbox.picqer.rate_windows import RateLimit, WindowKind
from integration.sandbox.picqer.request_log import RequestLog
from integration.sandbox.picqer.rows import (
    Backorder,
    Customer,
    Hook,
    Order,
    Picklist,
    Product,
    Shipment,
    Warehouse,
)
from integration.sandbox.picqer.tuning import Tuning
from integration.sandbox.picqer.wire import Json

STAMP = "%Y-%m-%d %H:%M:%S"


class Books:
    """All of the simulated account, in memory, guarded by one lock.

    `clock` gives epoch seconds and `random` every choice, so that a test can repeat a day exactly.
    Whoever reads or changes rows holds `lock`; the functions of this package do not take it.
    """

    def __init__(
        self,
        *,
        api_key: str = "sandbox-key",
        clock: Callable[[], float] = time.time,
        random: Random | None = None,
        time_zone: str = "Europe/Amsterdam",
        limit: int = 500,
        window: WindowKind = "fixed",
        tuning: Tuning | None = None,
        post: Post | None = None,
    ) -> None:
        self.lock = threading.RLock()
        self.api_key = api_key
        self.clock = clock
        self.random = random or Random(0)
        self.zone = ZoneInfo(time_zone)
        self.tuning = tuning or Tuning()
        self.rate = RateLimit(limit, window)
        self.log = RequestLog()
        self.faults = FaultPlan(Random(self.random.random()))
        self.agenda = Agenda(clock)
        self._numbers: dict[str, int] = defaultdict(int)
        self._open_rows()
        self.deliveries = Deliveries(self, post)

    def _open_rows(self) -> None:
        self.products: dict[int, Product] = {}
        self.productcodes: dict[str, int] = {}
        self.sets: dict[int, list[int]] = defaultdict(list)
        self.customers: dict[int, Customer] = {}
        self.orders: dict[int, Order] = {}
        self.references: dict[str, list[int]] = defaultdict(list)
        self.picklists: dict[int, Picklist] = {}
        self.shipments: dict[int, Shipment] = {}
        self.backorders: dict[int, Backorder] = {}
        self.warehouses: dict[int, Warehouse] = {}
        self.hooks: dict[int, Hook] = {}
        self.vatgroups: dict[int, Json] = {}
        self.templates: dict[int, Json] = {}
        self.shippingproviders: dict[int, Json] = {}
        self.users: dict[int, Json] = {}
        self.tags: dict[int, Json] = {}
        self.stockhistory: deque[Json] = deque(maxlen=100_000)
        self.events: deque[tuple[str, str]] = deque(maxlen=100_000)

    def number(self, kind: str) -> int:
        """Return the next number of a kind of row, beginning at 1."""
        self._numbers[kind] += 1
        return self._numbers[kind]

    def stamp(self, moment: float | None = None) -> str:
        """Return a moment (default: now) as Picqer writes it: local time, whole seconds, no zone.

        The zone of Picqer's stamps is undocumented; `time_zone` of the books decides.
        """
        at = self.clock() if moment is None else moment
        return datetime.fromtimestamp(int(at), self.zone).strftime(STAMP)

    def by_productcode(self, productcode: str) -> Product:
        """Return the product with that productcode; KeyError when there is none."""
        return self.products[self.productcodes[productcode]]

    def by_reference(self, reference: str) -> list[Order]:
        """Return every order with that reference, cancelled ones included, oldest first."""
        return [self.orders[idorder] for idorder in self.references.get(reference, [])]

    def counting(self) -> Iterable[int]:
        """Yield the idwarehouse of every warehouse whose stock counts for shops."""
        return (row.idwarehouse for row in self.warehouses.values() if row.counts_for_general_stock)

    def turn(self, **changes: Any) -> Tuning:
        """Turn knobs of the tuning while running; see `Tuning` for their names."""
        self.tuning = self.tuning.turned(**changes)
        return self.tuning

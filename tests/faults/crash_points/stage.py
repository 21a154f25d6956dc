"""The stage: one installation in which processes are killed at point after point, and revived."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from integration.sandbox.picqer import products
from integration.sandbox.shop.customers import Customer
from tests.acceptance.installation import SHOP, Installation, Ware, until, until_nothing
from tests.acceptance.mail_sink import MailSink
from tests.acceptance.secrets_kept import canaries, leaks_of, telling
from tests.acceptance.sentry_sink import SentrySink
from tests.faults.crash_points.killing import Killing

LIMIT = 500
TOLD_AT_MOST = 4
"""Who dies after telling of a shipment and before writing it down tells of it again: a job runs at
three deaths in a row before a person is asked. Telling again replaces what was told."""


@dataclass
class Stage(Killing):
    """An installation with the sandbox's own shop, and what people do there."""

    bridge: Installation
    mail: MailSink
    sentry: SentrySink
    _wares: Iterator[Ware]
    poisoned: int = 0
    _prepared: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    # --- Trade -----------------------------------------------------------------------------------

    def ware(self) -> str:
        """A product that both sides know: nobody else's orders put its stock into doubt."""
        with self._one_at_a_time:
            return next(self._wares).sku

    def new_name(self) -> str:
        """A productcode or order number that nobody knows."""
        with self._one_at_a_time:
            return f"NEW-{next(self._numbers)}"

    def product_id(self, sku: str) -> str:
        """The shop's id of a product."""
        with self.bridge.shop.books.lock:
            product = self.bridge.shop.books.product_of(sku)
        assert product is not None
        return product.id

    def put_into_picqer(self, productcode: str, *, amount: int = 100) -> None:
        """Let a person enter a product into Picqer, behind everybody's back."""
        wanted = {"productcode": productcode, "name": productcode, "price": 8.22, "idvatgroup": 18}
        with self.bridge.picqer.books.lock:
            products.create(self.bridge.picqer.books, wanted)
        self.bridge.picqer.set_stock(productcode, amount=amount)

    def buy(self, productcode: str = "", *, customer: str | None = None) -> str:
        """A paid order of two pieces; returns its id at the shop, which is its number too."""
        shop, line = self.bridge.shop, [(productcode or self.ware(), 2)]
        if customer is None:
            return shop.place_order(line)
        return shop.place_order(line, customer=customer)

    def idorder(self, order_id: str) -> int:
        """Picqer's id of an order, once it is there."""
        return until(
            lambda: self.bridge.oracle.live_orders(order_id), 90, f"{order_id} is at Picqer"
        )[0].idorder

    def processed(self, order_id: str, seconds: float = 120) -> int:
        """Wait until the order is processing and has its picklist; returns its idorder."""

        def ready() -> int:
            live = self.bridge.oracle.live_orders(order_id)
            good = live and live[0].status == "processing" and live[0].idpicklists
            return live[0].idorder if good else 0

        return until(ready, seconds, f"order {order_id} has a picklist")

    def until_cancelled(self, idorder: int) -> None:
        """Return when the order is cancelled at Picqer."""
        summary = self.bridge.picqer.summary_of
        until(lambda: summary(idorder)["status"] == "cancelled", 60, f"{idorder} is cancelled")

    def ship(self, order_id: str, *, amounts: dict[str, int] | None = None) -> int:
        """Let the warehouse pick and close the order's first picklist; returns its idorder."""
        idorder = self.processed(order_id)
        with self.bridge.picqer.books.lock:
            idpicklist = self.bridge.picqer.books.orders[idorder].idpicklists[0]
        self.bridge.picqer.pick_and_close(idpicklist, amounts=amounts)
        return idorder

    def next_prepared(self) -> str:
        """An order that is processing and that nobody has shipped yet."""
        with self._one_at_a_time:
            return self._prepared.pop()

    def prepare(self, orders: int) -> None:
        """Have so many orders processed, one of each ware, before anything is killed."""
        bought = [self.buy() for _ in range(orders)]
        for order_id in bought:
            self.processed(order_id)
        self._prepared += bought

    def has_job(self, flow: str, shop: str, subject: str) -> bool:
        """Whether there is a job of this identity."""
        return any((flow, shop, subject) == one for one in self.bridge.oracle.identities())

    def retry(self, flow: str, shop: str, subject: str) -> None:
        """Let an operator run a job now."""
        self._retry(self.bridge.oracle.job_id(flow, shop, subject))

    def retry_what_died_thrice(self) -> list[int]:
        """Do what a job says that was running at three deaths in a row: somebody retries it."""
        found = self.bridge.oracle.parked_for("its worker died")
        if found:
            self.poisoned += len(found)
            self._retry(*found)
        return found

    def _retry(self, *ids: int) -> None:
        answer = self.bridge.command("jobs", "retry", "--yes", *map(str, ids))
        assert answer.returncode == 0, answer.stderr

    def complaints(self) -> list[str]:
        """What an outsider has to say about it all."""
        oracle = self.bridge.oracle
        return [
            *oracle.orders(),
            *oracle.next_steps(),
            *oracle.deliveries(),
            *(f"{job} is parked: {reason}" for job, reason in oracle.parked().items()),
            *oracle.rate(LIMIT),
            *oracle.stock(),
            *oracle.all_shipments(times=TOLD_AT_MOST),
            *self.mail.doubled(),
            *self.leaks(),
        ]

    def leaks(self) -> list[str]:
        """People and secrets in logs, Redis, metrics, or what Sentry was told."""
        secret = canaries(self.bridge.shop, self.bridge.secrets)
        secret |= telling(customer.email or "" for customer in self._customers())
        return leaks_of(self.bridge, self.sentry, secret)

    def _customers(self) -> list[Customer]:
        with self.bridge.shop.books.lock:
            return list(self.bridge.shop.books.customers.values())

    def settled(self, seconds: float = 120.0) -> None:
        """Return when all points were reached and nothing is left to do but readings of doubt."""
        oracle = self.bridge.oracle
        until_nothing(
            lambda: [
                *map(str, self.retry_what_died_thrice()),
                *self.waiting(),
                *oracle.unfinished(reconciling=False),
            ],
            seconds,
        )


@contextmanager
def open_stage(folder: Path, database_url: str | None, wares: tuple[Ware, ...]) -> Iterator[Stage]:
    """An installation with mail and Sentry, at rest, in which anything may be killed."""
    points = folder / "points"
    points.mkdir(parents=True)
    bridge_folder = folder / "bridge"
    bridge_folder.mkdir()
    with ExitStack() as stack:
        mail, sentry = stack.enter_context(MailSink()), stack.enter_context(SentrySink())
        environment = {
            **mail.environment,
            "SENTRY_DSN": sentry.dsn,
            "BRIDGE_CRASH_POINTS": str(points),
            f"BRIDGE_SHOPS__{SHOP.upper()}__CUSTOMER_MAIL": "bridge",
            f"BRIDGE_SHOPS__{SHOP.upper()}__ON_CANCEL": "cancel",
            f"BRIDGE_SHOPS__{SHOP.upper()}__POLL_SECONDS": "30",
        }
        bridge = Installation(
            bridge_folder, database_url=database_url, environment=environment, wares=wares
        )
        stack.enter_context(bridge)
        bridge.wait_until_settled()
        stage = Stage(points, bridge, mail, sentry, iter(wares))
        with stage.reviving():
            yield stage

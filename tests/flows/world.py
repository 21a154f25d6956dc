"""A whole small world for the tests of flows: in-memory store, fakes, and a runner."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

from integration.domain import (
    Address,
    Customer,
    FulfillmentStatus,
    Order,
    OrderLine,
    PaymentStatus,
    PicqerStatus,
    Product,
)
from integration.flows.account_facts import counting_warehouses
from integration.flows.complete_order import complete_order
from integration.flows.create_order import create_order
from integration.flows.create_product import create_product
from integration.flows.push_stock import push_stock
from integration.flows.reconcile import reconcile
from integration.jobs import Flow, Identity, Job
from integration.policy import AccountPolicy, ShopPolicy
from integration.ports import LedgerEntry, LedgerKey
from integration.runner import Outcome, Runner
from integration.services import Account, Services, Shop
from integration.store.audit import SqlAudit
from integration.store.bookmarks import SqlBookmarks
from integration.store.bulk_acts import SqlBulkActs
from integration.store.database import Database
from integration.store.gate import SqlGate
from integration.store.inbox import SqlInbox
from integration.store.jobs import SqlJobs
from integration.store.ledger import SqlLedger
from integration.store.open_causes import SqlOpenCauses
from integration.store.privacy import SqlPrivacy
from integration.store.shipments import SqlShipments
from integration.store.stock import SqlStockBook
from integration.testing.alarm import FakeAlarm
from integration.testing.clock import NOON, HandClock
from integration.testing.mailer import FakeMailer
from integration.testing.open_doors import OpenLimiter
from integration.testing.picqer import FakePicqer
from integration.testing.picqer_books import WAREHOUSE, PicqerBooks
from integration.testing.wake_up import RecordedWakeUp
from integration.testing.webshop import FakeWebshop

ALL_FLOWS = frozenset(flow.value for flow in Flow)
FLOWS = {
    Flow.CREATE_PRODUCT: create_product,
    Flow.CREATE_ORDER: create_order,
    Flow.COMPLETE_ORDER: complete_order,
    Flow.PUSH_STOCK: push_stock,
    Flow.RECONCILE: reconcile,
}
DUTCH = Address(
    name="A. Jansen",
    street="Dorpsstraat 1",
    postal_code="1234 AB",
    city="Arnhem",
    country="NL",
)


@dataclass
class World:
    """Everything a flow touches, and the words to say what happens in it."""

    database: Database
    clock: HandClock
    policy: ShopPolicy = field(
        default_factory=lambda: ShopPolicy("nl", AccountPolicy("main"), ALL_FLOWS)
    )
    shop: FakeWebshop = field(default_factory=FakeWebshop)
    mailer: FakeMailer = field(default_factory=FakeMailer)
    alarm: FakeAlarm = field(default_factory=FakeAlarm)
    wake_up: RecordedWakeUp = field(default_factory=RecordedWakeUp)
    limiter: OpenLimiter = field(default_factory=OpenLimiter)
    stopping: bool = False

    def __post_init__(self) -> None:
        self.picqer = FakePicqer(PicqerBooks(self.clock))
        bookmarks = SqlBookmarks(self.database)
        self.services = Services(
            store=self.database,
            inbox=SqlInbox(self.database),
            jobs=SqlJobs(self.database, self.wake_up),
            ledger=SqlLedger(self.database),
            stock=SqlStockBook(
                self.database,
                shops=lambda _account: [self.policy.name],
                counting=lambda account: counting_warehouses(bookmarks, account),
            ),
            shipments=SqlShipments(self.database),
            gate=SqlGate(self.database, clock=self.clock),
            bookmarks=bookmarks,
            audit=SqlAudit(self.database),
            bulk=SqlBulkActs(self.database),
            privacy=SqlPrivacy(
                self.database, SqlGate(self.database, clock=self.clock).installation
            ),
            wake_up=self.wake_up,
            mailer=self.mailer,
            alarm=self.alarm,
            open_causes=SqlOpenCauses(self.database),
            clock=self.clock,
            accounts={
                "main": Account(
                    policy=self.policy.account,
                    limiter=self.limiter,
                    connect=self.picqer.connect,
                    verify=lambda _delivery: True,
                    hints=lambda _delivery: [],
                )
            },
            shops={},
        )
        self.set_policy(self.policy)
        self.runner = Runner(
            self.services, FLOWS, chance=lambda: 0.5, stopping=lambda: self.stopping
        )
        self.services.gate.birth()
        bookmarks.set("picqer/main", "counting_warehouses", [WAREHOUSE])
        self.services.gate.first_sight("main", "nl")
        self.clock.advance(60)

    def set_policy(self, policy: ShopPolicy) -> None:
        """Let the shop be set up like this."""
        self.policy = policy
        shops = {
            policy.name: Shop(
                policy=policy,
                connector="fake",
                connect=self.shop.connect,
                verify=lambda _delivery: True,
                hints=lambda _delivery: [],
            )
        }
        self.services = replace(self.services, shops=shops)
        self.runner = Runner(
            self.services, FLOWS, chance=lambda: 0.5, stopping=lambda: self.stopping
        )

    # --- saying what happens -----------------------------------------------------------------

    def hint(self, flow: Flow, subject: str, *, shop: str = "nl") -> Job:
        """Something happened that this flow ought to look at."""
        return self.services.jobs.hint(Identity(flow, shop, subject), "main", webhook=True)

    def run(self, flow: Flow, subject: str, *, shop: str = "nl") -> Outcome:
        """Hint and run once."""
        outcome = self.runner.run(self.hint(flow, subject, shop=shop).id)
        assert outcome is not None, f"{flow} {subject} could not be claimed"
        return outcome

    def run_again(self, job: Job) -> Outcome:
        """Let the time pass that the job waits for, and run it."""
        wait = (job.due_at - self.clock.now()).total_seconds()
        self.clock.advance(max(0.0, wait))
        outcome = self.runner.run(job.id)
        assert outcome is not None, f"{job.identity} could not be claimed"
        return outcome

    def run_order(self, order_id: str = "1042") -> Outcome:
        """Run create_order for this order."""
        return self.run(Flow.CREATE_ORDER, order_id)

    def entry(self, order_id: str = "1042") -> LedgerEntry | None:
        """The ledger's line of this order."""
        return self.services.ledger.find(LedgerKey("main", "order", "nl", order_id))

    def settle_all(self, limit: int = 50) -> None:
        """Run whatever is due until nothing is."""
        for _ in range(limit):
            self.clock.advance(1)  # What was nudged just now counts as sent until a while later.
            due = [
                message
                for queue in {flow.queue for flow in Flow}
                for message in self.services.jobs.due(queue, 100, resend_after=0.0)
            ]
            if not due:
                return
            for message in due:
                self.runner.run(message.job_id)
        raise AssertionError("the jobs never come to rest")

    # --- things that exist ---------------------------------------------------------------------

    def order(self, order_id: str = "1042", **changes: object) -> Order:
        """A paid order of a guest that is in the shop, placed just now."""
        now = self.clock.now()
        order = Order(
            id=order_id,
            number=order_id,
            payment_status=PaymentStatus.PAID,
            release=True,
            fulfillment_status=FulfillmentStatus.UNFULFILLED,
            holds_stock=True,
            cancelled=False,
            test=False,
            placed_at=now,
            paid_at=now,
            updated_at=now,
            currency="EUR",
            customer=Customer(email="a@example.org", name="A. Jansen"),
            billing_address=DUTCH,
            shipping_address=DUTCH,
            lines=(line(),),
        )
        order = replace(order, **changes)  # type: ignore[arg-type]  # tests name any field
        self.shop.books.orders[order_id] = order
        return order

    def product(self, sku: str | None = "MUG-BLUE", **changes: object) -> Product:
        """A product that is in the shop."""
        product = Product(
            id="9",
            sku=sku,
            name="Blue mug",
            price_net=Decimal("8.22"),
            tax_rate=Decimal(21),
            currency="EUR",
            updated_at=NOON,
        )
        product = replace(product, **changes)  # type: ignore[arg-type]  # tests name any field
        self.shop.books.products[product.id] = product
        return product

    def minutes_ago(self, minutes: float) -> object:
        """An instant before now."""
        return self.clock.now() - timedelta(minutes=minutes)


def statuses(world: World, reference: str = "1042") -> list[PicqerStatus]:
    """The statuses of the live orders at Picqer with this reference."""
    return [order.status for order in world.picqer.books.live_orders(reference)]


def line(sku: str | None = "MUG-BLUE", quantity: int = 2, **changes: object) -> OrderLine:
    """An order line of two blue mugs."""
    row = OrderLine(
        id="1",
        sku=sku,
        name="Blue mug",
        quantity=quantity,
        unit_price_net=Decimal("8.22"),
        tax_rate=Decimal(21),
        product_id="9",
    )
    return replace(row, **changes)  # type: ignore[arg-type]  # tests name any field

"""An installation with a morning of trade behind it: for the tests of the console's pages."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import select, update

from integration import operate
from integration.domain import FreeStock, OrderLine, Parcel
from integration.errors import Refused, Unavailable
from integration.jobs import Delivery, Done, Flow, Identity, Job
from integration.policy import AccountPolicy, ShopPolicy
from integration.ports import (
    LaneCounts,
    LimitView,
    ShownStock,
)
from integration.services import Services, Shop
from integration.store.database import Database
from integration.store.schema import job_events, metadata
from integration.testing.clock import HandClock
from integration.testing.open_doors import OpenLimiter
from integration.web.console.access import Access, Login, Person, Role
from tests.flows.world import ALL_FLOWS, World, line

OPERATOR = Person("ann", Role.OPERATOR)
VIEWER = Person("vic", Role.VIEWER)
OPERATORS_PASSWORD = "an-operators-password"
VIEWERS_PASSWORD = "a-viewers-password"
ACCESS = Access(
    (
        Login(OPERATOR, SecretStr(OPERATORS_PASSWORD)),
        Login(VIEWER, SecretStr(VIEWERS_PASSWORD)),
    )
)
CANARIES = ("Canary-Jansen", "canary@example.org", "Canarystreet 7", "0612345678")
"""Personal data of a delivery: on no page before somebody asks for it."""


class BusyLimiter(OpenLimiter):
    """A limit of which a part is used."""

    def view(self) -> LimitView:
        """A good third is used, some of it by others."""
        return LimitView(
            self.account,
            self.limit,
            in_use=162,
            in_flight=3,
            foreign_use=24,
            paused_seconds=0.0,
            waiting={"orders": 2, "bulk": 5},
            lanes={"orders": LaneCounts(permits=1204, waits=31, put_off=2, refused=0)},
        )


@dataclass
class Seeded:
    """The installation, and what tests ask for by name."""

    world: World
    parked: Job
    delivery_id: int
    ended_at: datetime

    @property
    def services(self) -> Services:
        return self.world.services


def seed(database: Database, clock: HandClock) -> Seeded:
    """Play a morning."""
    policy = ShopPolicy("nl", AccountPolicy("main"), ALL_FLOWS)
    world = World(database, clock, policy, limiter=BusyLimiter())
    _second_shop(world)
    _processes(world)
    for productcode, pieces in (("MUG-BLUE", 40), ("MUG-RED", 12), ("TEAPOT-XL", 3)):
        world.picqer.books.add_product(productcode, pieces)
    for number in range(1042, 1049):
        _order(world, str(number))
        clock.advance(210)
    delivery_id = _delivered(world)
    parked = _park_some(world)
    _ship(world)
    _wait_some(world)
    _stock(world)
    _people(world, parked)
    _watch(world)
    _took_time(database)
    clock.advance(12)
    _processes(world)
    return Seeded(world, parked, delivery_id, clock.now())


def _second_shop(world: World) -> None:
    policy = replace(world.policy, name="de")
    nl = world.services.shops["nl"]
    de = Shop(policy, "fake", nl.connect, nl.verify, nl.hints)
    world.services = replace(world.services, shops={"nl": nl, "de": de})


def _processes(world: World) -> None:
    gate = world.services.gate
    for kind in ("beat", "bulk", "mover", "web", "worker"):
        name = f"{kind}@shop-1:{len(kind)}{int(world.clock.monotonic())}"
        gate.beat(name, 0)
    for queue in ("orders", "events", "bulk", "mover"):
        world.services.bookmarks.set("taken", queue, True)


def _order(world: World, number: str, *lines: OrderLine, **changes: object) -> Job:
    world.order(number, lines=lines or (line(),), **changes)
    _told(world, number)
    world.clock.advance(1)
    return world.run_order(number).job


def _told(world: World, number: str) -> None:
    """The shop's webhook about an order came in."""
    services = world.services
    body = json.dumps({"type": "order.paid", "data": {"id": number}}).encode()
    delivery = Delivery("shops/nl", {"webhook-id": f"msg_{number}"}, body)
    with services.store.transaction():
        delivery_id, _ = services.inbox.add(delivery, "routed", None)
        job = world.hint(Flow.CREATE_ORDER, number)
        services.inbox.raised(delivery_id, job.id, job.revision)


def _park_some(world: World) -> Job:
    parked = _order(world, "1049", line(sku=None))
    _order(world, "1050", line(sku=None))
    _order(world, "1051", line(), currency="USD")
    world.picqer.fail("create_order", Refused("Picqer refused the order: idtemplate 12 is unknown"))
    _order(world, "1052")
    return parked


def _delivered(world: World) -> int:
    """The delivery that told of order 1049, with a customer in it."""
    name, email, street, phone = CANARIES
    body = {
        "type": "order.paid",
        "timestamp": "2026-11-23T12:20:00Z",
        "data": {
            "id": "1049",
            "number": "1049",
            "payment_status": "paid",
            "customer": {"id": "77", "name": name, "email": email, "phone": phone},
            "shipping_address": {"name": name, "street": street, "number": 7, "city": "Arnhem"},
            "lines": [{"id": "1", "sku": None, "name": "Blue mug", "quantity": 2}],
            "customer_note": f"for {name}",
            "totals": {"gross": "24.84"},
        },
    }
    headers = {"content-type": "application/json", "webhook-id": "msg_1049"}
    services = world.services
    delivery = Delivery("shops/nl", headers, json.dumps(body).encode())
    with services.store.transaction():
        delivery_id, _ = services.inbox.add(delivery, "routed", None)
        job = world.hint(Flow.CREATE_ORDER, "1049")
        services.inbox.raised(delivery_id, job.id, job.revision)
    services.inbox.add(
        Delivery("picqer/main", {}, b'{"event": "comments.created"}'),
        "ignored",
        "no flow uses comments.created",
    )
    return delivery_id


def _ship(world: World) -> None:
    """Order 1042 is picked, shipped and completed."""
    entry = world.entry("1042")
    assert entry is not None
    assert entry.picqer_id is not None
    books = world.picqer.books
    picklist = books.make_picklist(entry.picqer_id)
    books.ship(picklist.idpicklist, Parcel("3SABC000000001", "https://example.com/t", "PostNL"))
    books.pick(picklist.idpicklist)
    world.clock.advance(20)
    world.services.shipments.record("main", world.picqer.picklist(picklist.idpicklist))
    world.run(Flow.COMPLETE_ORDER, "1042")


def _wait_some(world: World) -> None:
    """Two that failed and are tried again, and three that nobody took yet."""
    for number in ("1053", "1054"):
        world.picqer.fail("create_order", Unavailable("Picqer answered 503"))
        _order(world, number)
    for number in ("1055", "1056", "1057"):
        world.order(number)
        world.hint(Flow.CREATE_ORDER, number)
        world.clock.advance(4)


def _stock(world: World) -> None:
    stock, policy = world.services.stock, world.policy
    stamp = world.picqer.books.stamp()
    for productcode, free, shown in (("MUG-BLUE", 26, 26), ("MUG-RED", 12, 9), ("TEAPOT-XL", 0, 3)):
        stock.observe("main", FreeStock(productcode, {18: free}, stamp))
        stock.shows("nl", [ShownStock(productcode, shown, productcode)])
    stock.mark(policy, ["MUG-RED", "TEAPOT-XL"])


def _people(world: World, parked: Job) -> None:
    services, who = world.services, OPERATOR.who
    operate.note(services, parked.id, who, "asked the shop for the SKU")
    operate.pause(services, Flow.CREATE_PRODUCT, "de", who, "new catalogue on Monday")
    job = services.jobs.find_identity(Identity(Flow.CREATE_ORDER, "nl", "1044"))
    assert job is not None
    operate.retry(services, [job.id], "bob (command line)")
    world.runner.run(job.id)


def _watch(world: World) -> None:
    job = world.services.jobs.hint(Identity(Flow.RECONCILE, "", "hooks:main"), "main")
    claimed = world.services.jobs.claim(job.id, "token")
    assert claimed is not None
    world.services.jobs.end(claimed, Done("all hooks are as they ought to be"))


def _took_time(database: Database) -> None:
    """Requests that took as long as real ones do."""
    with database.begin() as connection:
        calls = connection.execute(select(job_events).where(job_events.c.kind == "call")).all()
        for call in calls:
            data = {**call.data, "milliseconds": 38 + call.id * 37 % 140}
            connection.execute(
                update(job_events).where(job_events.c.id == call.id).values(data=data)
            )


class Morning:
    """A morning that is played once, in a file in this folder; tests begin with a copy of it."""

    def __init__(self, folder: Path) -> None:
        clock = HandClock()
        self._database = Database(f"sqlite:///{folder / 'bridge.db'}", clock=clock)
        metadata.create_all(self._database.engine)
        self._seeded = seed(self._database, clock)
        self._copy = sqlite3.connect(":memory:", check_same_thread=False)
        with self._driver() as connection:
            connection.backup(self._copy)

    def begin(self) -> Seeded:
        """As it was when it had been played, whatever happened since."""
        with self._driver() as connection:
            self._copy.backup(connection)
        self._seeded.world.clock.instant = self._seeded.ended_at
        return self._seeded

    def close(self) -> None:
        self._copy.close()
        self._database.dispose()

    @contextmanager
    def _driver(self) -> Iterator[sqlite3.Connection]:
        with self._database.engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            yield driver

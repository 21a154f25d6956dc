"""Services over an in-memory store, for what the processes do with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from integration.jobs import Lane
from integration.mail import NoMailer
from integration.policy import AccountPolicy, ShopPolicy
from integration.ports import LaneCounts, LimitView, Permit
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
from integration.testing.clock import HandClock
from integration.testing.wake_up import RecordedWakeUp

FLOWS = frozenset({"create_product", "create_order", "complete_order", "push_stock"})


@dataclass
class FakeMeter:
    """A limiter that allows ``permits`` and remembers which horizons were published."""

    permits: int = 8
    horizons: list[tuple[Lane, float | None]] = field(default_factory=list)
    started_with: list[datetime | None] = field(default_factory=list)
    away: Exception | None = None

    def start(self, last_call_at: datetime | None) -> None:
        self._fail()
        self.started_with.append(last_call_at)

    def budget(self, seconds: float, lane: Lane = Lane.ORDERS) -> int:
        self._fail()
        return self.permits

    def publish_horizon(self, lane: Lane, born: float | None, seconds: float) -> None:
        self.horizons.append((lane, born))

    def take(self, lane: Lane, *, patience: float, born: float | None = None) -> Permit:
        raise NotImplementedError

    def answered(self, permit: Permit, limit: int | None, remaining: int | None) -> None:
        raise NotImplementedError

    def refused(self, permit: Permit, retry_after: float | None) -> float:
        raise NotImplementedError

    def unanswered(self, permit: Permit) -> None:
        raise NotImplementedError

    def give_back(self, permit: Permit) -> None:
        raise NotImplementedError

    def view(self) -> LimitView:
        self._fail()
        return LimitView(
            "main",
            limit=500,
            in_use=12,
            in_flight=2,
            foreign_use=1,
            paused_seconds=0,
            waiting={"orders": 3},
            lanes={"orders": LaneCounts(permits=120, waits=7, put_off=2, refused=1)},
        )

    def _fail(self) -> None:
        if self.away:
            raise self.away


@pytest.fixture
def wake_up() -> RecordedWakeUp:
    return RecordedWakeUp()


@pytest.fixture
def meter() -> FakeMeter:
    return FakeMeter()


@pytest.fixture
def services(
    memory_database: Database, clock: HandClock, wake_up: RecordedWakeUp, meter: FakeMeter
) -> Services:
    """One account ``main`` with one shop ``nl``."""
    return make_services(memory_database, clock, wake_up, meter, {"nl": FLOWS})


@pytest.fixture
def services_of(
    memory_database: Database, clock: HandClock, wake_up: RecordedWakeUp, meter: FakeMeter
) -> Callable[[Mapping[str, frozenset[str]]], Services]:
    """Makes services whose shops use these flows."""
    return lambda shops: make_services(memory_database, clock, wake_up, meter, shops)


def make_services(
    database: Database,
    clock: HandClock,
    wake_up: RecordedWakeUp,
    meter: FakeMeter,
    shops: Mapping[str, frozenset[str]],
) -> Services:
    policy = AccountPolicy("main")
    account = Account(policy, meter, _unused, _unused, _unused)
    bookmarks = SqlBookmarks(database)
    return Services(
        store=database,
        inbox=SqlInbox(database),
        jobs=SqlJobs(database, wake_up),
        ledger=SqlLedger(database),
        stock=SqlStockBook(database, shops=lambda _: list(shops), counting=lambda _: None),
        shipments=SqlShipments(database),
        gate=SqlGate(database, clock=clock),
        bookmarks=bookmarks,
        audit=SqlAudit(database),
        bulk=SqlBulkActs(database),
        privacy=SqlPrivacy(database, SqlGate(database, clock=clock).installation),
        wake_up=wake_up,
        mailer=NoMailer(),
        alarm=FakeAlarm(),
        open_causes=SqlOpenCauses(database),
        clock=clock,
        accounts={"main": account},
        shops={
            name: Shop(ShopPolicy(name, policy, flows), "custom", _unused, _unused, _unused)
            for name, flows in shops.items()
        },
    )


def _unused(*_: object) -> object:
    raise AssertionError("nobody calls outside in these tests")

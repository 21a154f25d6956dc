"""Clocks that jump: Picqer's, the shop's and our own by ten minutes; the hour that comes twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from integration.sandbox.picqer import Fault
from integration.sandbox.shop.faults import Fault as ShopFault
from tests.acceptance.installation import PROCESSES, SHOP, Installation, until
from tests.faults.own_clock import OwnClock, build, needs_compiler
from tests.faults.scenario import LIMIT, WARES, Scenario, fault
from tests.faults.stored import attempts, move_into_the_past, reopen_appointments

pytestmark = pytest.mark.process

TEN_MINUTES = 600.0
BEFORE_THE_HOUR_REPEATS = datetime(2026, 10, 25, 0, 59, 15, tzinfo=UTC)
"""At 01:00 UTC Amsterdam goes from 02:59:59 summer time to 02:00:00 winter time."""


def set_clocks(bridge: Installation, ahead: float) -> None:
    """Let Picqer and the shop think that it is so many seconds later than it is."""
    bridge.picqer.books.clock = lambda: time.time() + ahead
    bridge.shop.books.clock = lambda: datetime.now(UTC) + timedelta(seconds=ahead)


def trade(scenario: Scenario, first: int) -> None:
    """Orders, and figures that change."""
    scenario.buy(5)
    for ware in WARES[first : first + 5]:
        scenario.bridge.picqer.set_stock(ware.sku, amount=500 + first)


@fault("F18 clocks of Picqer and the shop jump ten minutes ahead and back")
def test_clocks_of_others_that_jump_lose_and_double_nothing(scenario: Scenario) -> None:
    bridge = scenario.prepare()
    set_clocks(bridge, -TEN_MINUTES)
    scenario.start()
    for ahead in (-TEN_MINUTES, 0.0, TEN_MINUTES):
        set_clocks(bridge, ahead)
        trade(scenario, 20)
        scenario.until_at_picqer(within=60)
    scenario.judge_all_but_the_rate()

    set_clocks(bridge, 0.0)
    scenario.buy(5)
    scenario.until_at_picqer(within=60)
    bridge.wait_until_at_rest()
    assert [*bridge.oracle.orders(), *bridge.oracle.next_steps()] == []
    assert bridge.oracle.parked() == {}
    scenario.tell("clocks 10 minutes behind, right, ahead, and right again")


@fault("F18 the hour that comes twice in autumn")
def test_stock_of_the_hour_that_comes_twice_is_right(scenario: Scenario) -> None:
    bridge = scenario.prepare()
    ahead = BEFORE_THE_HOUR_REPEATS.timestamp() - time.time()
    bridge.picqer.books.clock = lambda: time.time() + ahead
    scenario.start()
    left = BEFORE_THE_HOUR_REPEATS.timestamp() + 50.0 - bridge.picqer.books.clock()
    trade(scenario, 20)
    time.sleep(max(0.0, left))
    trade(scenario, 20)
    trade(scenario, 25)

    scenario.until_at_picqer(within=60)
    scenario.measure("stock agrees", lambda: not bridge.oracle.stock(), within=120)
    scenario.judge()
    stamp = bridge.picqer.books.stamp()
    scenario.tell(f"Picqer's clock ended at {stamp}")
    assert stamp.startswith("2026-10-25 02:0")


Clocks = dict[str, OwnClock]


@pytest.fixture
def clocks(scenario: Scenario, tmp_path: Path) -> Clocks:
    """A clock of its own for every process of a prepared installation."""
    bridge, library = scenario.prepare(), build(tmp_path)
    made = {name: OwnClock(library, tmp_path / f"{name}.clock") for name in PROCESSES}
    bridge.own_environment |= {name: clock.environment for name, clock in made.items()}
    return made


def set_all(clocks: Clocks, names: Sequence[str], ahead: float) -> None:
    """The clocks of these processes jump to so many seconds ahead of the right time."""
    for name in names:
        clocks[name].set(ahead)


def buy(scenario: Scenario, orders: int) -> None:
    """Orders, after which it is the shop's turn to be polled.

    A door whose clock is ten minutes off refuses what the shop signs.
    """
    scenario.buy(orders)
    reopen_appointments(scenario.bridge.database_url, f"{SHOP} orders")


def jump_in_the_middle_of_an_order(scenario: Scenario, jump: Callable[[], None]) -> None:
    """Clocks are set while a worker waits for Picqer; the next orders come after that."""
    bridge = scenario.bridge
    before = len(bridge.picqer.books.orders)
    bridge.picqer.add_fault(Fault("late", "POST", "/orders", seconds=1.0))
    buy(scenario, 1)
    until(lambda: len(bridge.picqer.books.orders) > before, 60, "an order is being made")
    jump()
    buy(scenario, 2)
    scenario.until_at_picqer(within=60)


@fault("F18 clocks of our own processes jump ten minutes, one after the other and all at once")
@needs_compiler
@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_our_own_clocks_may_jump_because_the_store_and_redis_tell_the_time(
    scenario: Scenario, clocks: Clocks
) -> None:
    scenario.start()
    for names in (["worker"], ["mover"], ["beat"], ["web"], PROCESSES):
        for ahead in (TEN_MINUTES, -TEN_MINUTES):
            jump_in_the_middle_of_an_order(scenario, partial(set_all, clocks, names, ahead))
        set_all(clocks, names, 0.0)
    scenario.judge()


@fault("F18 the clock of a machine with a SQLite store is set ten minutes back")
@needs_compiler
def test_work_goes_on_when_the_clock_of_the_machine_is_set_back(
    scenario: Scenario, clocks: Clocks
) -> None:
    bridge = scenario.start()
    move_into_the_past(bridge.database_url, timedelta(hours=1), heartbeat=False)
    busy = ShopFault(kind="status", method="GET", path="/orders/*", status=503, count=2)
    bridge.shop.faults.add(busy)
    scenario.buy(1)
    until(lambda: attempts(bridge.database_url) == 2, 60, "an order waits for its next attempt")
    bridge.shop.webhooks.switch("off")  # The door would refuse them for as long as this lasts.
    set_all(clocks, PROCESSES, -TEN_MINUTES)
    buy(scenario, 2)
    scenario.until_at_picqer(within=60)
    bridge.wait_until_at_rest()
    bridge.wait_until_stock_agrees()
    oracle = bridge.oracle  # What is due and when is not asked: this process has the right time.
    complaints = [*oracle.orders(), *oracle.deliveries(), *oracle.rate(LIMIT), *oracle.stock()]
    assert [*complaints, *scenario.leaks(), *scenario.damage()] == []
    assert oracle.parked() == {}
    assert "store.clock_set_back" in bridge.logs()["mover"]

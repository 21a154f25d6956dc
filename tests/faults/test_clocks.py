"""Clocks that jump: Picqer's and the shop's by ten minutes, and the hour that comes twice."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.acceptance.installation import Installation
from tests.faults.scenario import WARES, Scenario, fault

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

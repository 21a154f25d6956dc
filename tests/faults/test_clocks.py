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

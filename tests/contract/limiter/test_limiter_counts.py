"""What is counted in each lane, for metrics and people."""

from __future__ import annotations

import pytest

from integration.errors import OverBudget
from integration.jobs import Lane
from integration.ports import LaneCounts
from tests.contract.limiter.conftest import NewLimiter
from tests.contract.limiter.simulation import VirtualTime


def test_what_happens_in_each_lane_is_counted(new_limiter: NewLimiter, time: VirtualTime) -> None:
    limiter = new_limiter()
    limiter.answered(limiter.take(Lane.ORDERS, patience=0.0), 2, 1)
    limiter.take(Lane.ORDERS, patience=1.0)
    with pytest.raises(OverBudget):
        limiter.take(Lane.ORDERS, patience=1.0)
    counts = limiter.view().lanes
    assert counts["orders"] == LaneCounts(permits=2, waits=0, put_off=1, refused=0)
    assert counts["bulk"] == LaneCounts()


def test_a_request_that_waits_in_place_is_counted_once(
    new_limiter: NewLimiter, time: VirtualTime
) -> None:
    limiter = new_limiter()
    for _ in range(2):
        limiter.answered(limiter.take(Lane.STOCK, patience=70.0), 2, None)
    limiter.take(Lane.STOCK, patience=70.0)
    assert limiter.view().lanes["stock"] == LaneCounts(permits=3, waits=1)


def test_a_429_is_counted_in_the_lane_that_met_it(
    new_limiter: NewLimiter, time: VirtualTime
) -> None:
    limiter = new_limiter()
    limiter.refused(limiter.take(Lane.BULK, patience=0.0), None)
    assert limiter.view().lanes["bulk"] == LaneCounts(permits=1, refused=1)

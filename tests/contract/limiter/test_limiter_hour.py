"""An hour of orders and bulk: a small limit each time, Picqer's usual one with `make limit`."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import pytest

from integration.jobs import Lane
from integration.sandbox.picqer.rate_windows import WindowKind
from tests.contract.limiter.simulation import Simulation, fullest_minute

Simulate = Callable[..., Simulation]
HOUR = 3600.0


def an_hour_of_orders_and_bulk(
    simulate: Simulate, window: WindowKind, *, limit: int, round_trip: float
) -> Simulation:
    """Endless bulk, and orders of two calls by chance that need a sixth of the limit."""
    run = simulate(window=window, limit=limit, round_trip=round_trip, processes=4)
    run.crowd(Lane.BULK, 6, patience=1.0)
    run.begin(run.orders(per_minute=0.08 * limit))
    run.run(HOUR)
    assert run.seen.refusals == []
    assert fullest_minute(run.seen.arrivals) <= limit
    assert run.seen.accepted_between(60, HOUR) >= 0.99 * 59 * limit
    return run


def test_an_hour_on_the_strictest_server_uses_the_limit_in_full_without_a_429(
    simulate: Simulate,
) -> None:
    an_hour_of_orders_and_bulk(simulate, "sliding_counting_rejections", limit=120, round_trip=0.2)


@pytest.mark.long
@pytest.mark.parametrize("round_trip", [0.03, 0.2, 0.4])
@pytest.mark.parametrize("window", get_args(WindowKind))
def test_an_hour_of_orders_and_bulk_uses_the_limit_in_full_without_a_429(
    simulate: Simulate, window: WindowKind, round_trip: float
) -> None:
    run = an_hour_of_orders_and_bulk(simulate, window, limit=500, round_trip=round_trip)
    # Orders of two calls: a second at 200 ms, and as much more as the way is longer.
    assert run.seen.percentile(0.99) <= max(1.0, 4 * round_trip)


@pytest.mark.long
@pytest.mark.parametrize("by_chance", [False, True])
@pytest.mark.parametrize("window", get_args(WindowKind))
def test_an_hour_with_others_at_half_of_the_key_costs_at_most_one_429_per_minute(
    simulate: Simulate, window: WindowKind, by_chance: bool
) -> None:
    run = simulate(window=window, limit=500, round_trip=0.2, processes=4)
    run.crowd(Lane.ORDERS, 12)
    run.begin(run.foreign(per_minute=250, by_chance=by_chance))
    run.run(HOUR)
    assert fullest_minute(run.seen.refusals) <= 1
    assert run.seen.foreign >= 0.85 * 60 * 250

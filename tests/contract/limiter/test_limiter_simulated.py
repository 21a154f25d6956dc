"""Simulated minutes against servers that count in five ways: as fast as allowed, and no 429."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import get_args

import pytest
import redis

from integration.jobs import Lane
from integration.sandbox.picqer.rate_windows import WindowKind
from tests.contract.limiter.simulation import Simulation, fullest_minute

Simulate = Callable[..., Simulation]
WINDOWS = get_args(WindowKind)


@pytest.mark.parametrize("round_trip", [0.03, 0.2, 0.4])
@pytest.mark.parametrize("window", WINDOWS)
def test_a_saturated_key_is_used_in_full_without_a_429(
    simulate: Simulate, window: WindowKind, round_trip: float
) -> None:
    run = simulate(window=window, limit=100, round_trip=round_trip, processes=3)
    run.crowd(Lane.ORDERS, 8)
    run.crowd(Lane.BULK, 3)
    run.run(300.0)
    assert run.seen.refusals == []
    assert fullest_minute(run.seen.arrivals) <= 100
    assert run.seen.accepted_between(0, 300) >= 0.99 * 500


def test_orders_stay_quick_while_an_endless_bulk_job_runs(simulate: Simulate) -> None:
    run = simulate(limit=500, round_trip=0.2)
    run.crowd(Lane.BULK, 6, patience=2.0)
    run.begin(run.orders(per_minute=40))
    run.run(300.0)
    assert run.seen.refusals == []
    assert run.seen.percentile(0.99) <= 1.0
    assert run.seen.accepted_between(60, 300) >= 0.97 * 4 * 500


def test_bulk_alone_runs_at_ninety_five_percent_evenly(simulate: Simulate) -> None:
    run = simulate(limit=300, round_trip=0.1)
    run.crowd(Lane.BULK, 4)
    run.run(240.0)
    granted = run.seen.granted[Lane.BULK]
    assert run.seen.accepted_between(60, 240) == pytest.approx(0.95 * 3 * 300, rel=0.02)
    assert max(b - a for a, b in pairwise(granted[50:])) < 1.0


def test_bulk_is_not_starved_for_a_minute_while_orders_leave_any_room(simulate: Simulate) -> None:
    run = simulate(limit=120, round_trip=0.2)
    run.crowd(Lane.BULK, 2, patience=0.0)
    run.begin(run.orders(per_minute=98, calls=1))
    run.run(420.0)
    granted = [0.0, *run.seen.granted[Lane.BULK], 420.0]
    assert max(b - a for a, b in pairwise(granted)) < 60.0
    assert run.seen.refusals == []


@pytest.mark.parametrize("window", WINDOWS)
def test_a_limit_that_falls_costs_at_most_one_429_per_request_in_flight(
    simulate: Simulate, window: WindowKind
) -> None:
    run = simulate(window=window, limit=400, processes=2)
    run.crowd(Lane.ORDERS, 12)
    run.at(100.0, lambda: setattr(run.server, "limit", 100))
    run.run(340.0)
    assert len(run.seen.refusals) <= 10
    assert run.seen.accepted_between(220, 340) >= 0.97 * 2 * 100


def test_a_limit_that_rises_is_used_within_a_minute(simulate: Simulate) -> None:
    run = simulate(limit=100, processes=2)
    run.crowd(Lane.ORDERS, 12)
    run.at(100.0, lambda: setattr(run.server, "limit", 300))
    run.run(280.0)
    assert run.seen.refusals == []
    assert run.seen.accepted_between(160, 280) >= 0.97 * 2 * 300


@pytest.mark.parametrize("window", ["fixed", "sliding"])
def test_half_a_key_used_by_others_is_left_to_them(simulate: Simulate, window: WindowKind) -> None:
    run = simulate(window=window, limit=200, processes=2)
    run.crowd(Lane.BULK, 4)
    run.begin(run.foreign(per_minute=100))
    run.run(360.0)
    assert len(run.seen.refusals) <= 2
    # Only the first minute, in which their use is not known yet, costs them anything.
    assert run.seen.foreign >= 600 - 40
    assert run.seen.accepted_between(60, 360) >= 0.9 * 5 * 100


def test_an_emptied_redis_under_load_costs_no_429(
    simulate: Simulate, limiter_client: redis.Redis
) -> None:
    run = simulate(window="sliding", limit=200, processes=4)
    run.crowd(Lane.ORDERS, 12)
    for second in (37.0, 95.0, 131.5):
        run.at(second, lambda: limiter_client.flushdb() and None)
    run.run(240.0)
    assert run.seen.refusals == []
    assert fullest_minute(run.seen.arrivals) <= 200


def test_a_clock_that_steps_under_load_costs_no_429(simulate: Simulate) -> None:
    run = simulate(window="sliding", limit=200, processes=3)
    run.crowd(Lane.ORDERS, 12)
    for second, offset in ((40.0, 3600.0), (90.0, -3600.0), (150.0, 0.0)):
        run.at(second, lambda offset=offset: setattr(run.time, "redis_offset", offset))
    run.run(240.0)
    assert run.seen.refusals == []
    assert fullest_minute(run.seen.arrivals) <= 200


def test_a_storm_of_refusals_is_probed_gently_and_work_goes_on_after_it(
    simulate: Simulate,
) -> None:
    run = simulate(window="sliding_counting_rejections", limit=200, processes=2)
    run.crowd(Lane.ORDERS, 10)
    run.at(70.0, lambda: setattr(run.server, "limit", 0))
    run.at(310.0, lambda: setattr(run.server, "limit", 200))
    run.run(560.0)
    assert len(run.seen.refusals) <= 16
    assert run.seen.accepted_between(440, 560) >= 0.95 * 2 * 200


def test_a_burst_drains_in_the_time_that_the_limit_dictates(simulate: Simulate) -> None:
    run = simulate(limit=100, round_trip=0.2, processes=2)
    run.crowd(Lane.ORDERS, 10)
    run.run(320.0)
    last = sorted(run.seen.arrivals)[599] - run.seen.arrivals[0]
    assert last <= 1.02 * 5 * 60.0


def test_the_same_seed_gives_the_same_run(simulate: Simulate) -> None:
    def arrivals() -> list[float]:
        run = simulate(limit=60, seed=7)
        run.crowd(Lane.STOCK, 3)
        run.run(70.0)
        return run.seen.arrivals

    assert arrivals() == arrivals()

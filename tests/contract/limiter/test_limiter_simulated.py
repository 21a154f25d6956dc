"""Simulated minutes against servers that count in five ways: as fast as allowed, and no 429."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import get_args

import pytest
import redis

from integration.jobs import Lane
from integration.sandbox.picqer.rate_windows import WindowKind
from tests.contract.limiter.backlog import Backlog
from tests.contract.limiter.simulation import Simulation, fullest_minute

Simulate = Callable[..., Simulation]
WINDOWS = get_args(WindowKind)
ROUND_TRIPS = [0.03, 0.2, 0.4]


@pytest.mark.parametrize("round_trip", ROUND_TRIPS)
@pytest.mark.parametrize("window", WINDOWS)
def test_a_key_that_orders_saturate_is_used_in_full_without_a_429(
    simulate: Simulate, window: WindowKind, round_trip: float
) -> None:
    run = simulate(window=window, limit=100, round_trip=round_trip, processes=3)
    run.crowd(Lane.ORDERS, 8)
    run.crowd(Lane.BULK, 3)
    run.run(240.0)
    assert run.seen.refusals == []
    assert fullest_minute(run.seen.arrivals) <= 100
    assert run.seen.accepted_between(0, 240) >= 0.99 * 4 * 100


@pytest.mark.parametrize("round_trip", ROUND_TRIPS)
@pytest.mark.parametrize("window", WINDOWS)
def test_a_key_that_orders_and_bulk_saturate_is_used_in_full_without_a_429(
    simulate: Simulate, window: WindowKind, round_trip: float
) -> None:
    run = simulate(window=window, limit=300, round_trip=round_trip, processes=3)
    run.crowd(Lane.BULK, 6, patience=1.0)
    run.begin(run.orders(per_minute=30))
    run.run(150.0)
    assert run.seen.refusals == []
    assert fullest_minute(run.seen.arrivals) <= 300
    assert run.seen.accepted_between(60, 150) >= 0.99 * 1.5 * 300


@pytest.mark.parametrize("share", [0.04, 0.1, 0.3, 0.4])
def test_orders_of_two_calls_take_a_second_at_most_while_an_endless_bulk_job_runs(
    simulate: Simulate, share: float
) -> None:
    run = _orders_beside_bulk(simulate, share)
    assert run.seen.percentile(0.99) <= 1.0
    # Bulk alone leaves a twentieth of the limit; orders of less than that leave the rest unused.
    assert run.seen.accepted_between(60, 300) >= min(0.99, 0.945 + share) * 4 * 500


def test_orders_that_need_most_of_the_limit_wait_for_each_other_only(simulate: Simulate) -> None:
    """At 60 % they come in faster than permits are freed often enough: one in a hundred waits.

    What is freed serves 4.2 orders a second and 2.5 come in by chance, so that by the arithmetic
    of queues the hundredth one waits 1.2 s for those before it, less what is kept free for them.
    """
    run = _orders_beside_bulk(simulate, 0.6)
    assert run.seen.percentile(0.5) <= 0.5
    assert run.seen.percentile(0.99) <= 0.4 + 1.2
    assert run.seen.accepted_between(60, 300) >= 0.99 * 4 * 500


def _orders_beside_bulk(simulate: Simulate, share: float) -> Simulation:
    """Five minutes at 200 ms; orders of two calls come in by chance and need that share."""
    run = simulate(limit=500, round_trip=0.2, processes=4)
    run.crowd(Lane.BULK, 6, patience=1.0)
    run.begin(run.orders(per_minute=share * 500 / 2))
    run.run(300.0)
    assert run.seen.refusals == []
    return run


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


@pytest.mark.parametrize(
    ("window", "round_trip"),
    [
        *((window, 0.2) for window in WINDOWS),
        ("sliding_counting_rejections", 0.03),
        ("sliding_counting_rejections", 0.4),
    ],
)
def test_a_limit_that_falls_costs_at_most_one_429_per_request_in_flight(
    simulate: Simulate, window: WindowKind, round_trip: float
) -> None:
    run = simulate(window=window, limit=500, round_trip=round_trip, processes=2)
    run.crowd(Lane.ORDERS, 12)
    run.at(64.0, lambda: setattr(run.server, "limit", 100))
    run.run(200.0)
    assert len(run.seen.refusals) <= 10
    assert run.seen.accepted_between(140, 200) >= 0.97 * 100


@pytest.mark.parametrize("window", WINDOWS)
def test_a_limit_that_rises_is_used_within_a_minute(simulate: Simulate, window: WindowKind) -> None:
    run = simulate(window=window, limit=100, processes=2)
    run.crowd(Lane.ORDERS, 12)
    run.at(100.0, lambda: setattr(run.server, "limit", 300))
    run.run(280.0)
    assert run.seen.refusals == []
    assert run.seen.accepted_between(160, 280) >= 0.97 * 2 * 300


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


@pytest.mark.parametrize(("lane", "calls_each"), [(Lane.SHIPMENTS, 1), (Lane.ORDERS, 2)])
def test_a_burst_of_5000_jobs_drains_in_the_time_that_the_limit_dictates_and_in_order(
    simulate: Simulate, lane: Lane, calls_each: int
) -> None:
    run = simulate(limit=500, round_trip=0.2, processes=2)
    burst = Backlog(run, 5000, lane=lane, workers=16, calls_each=calls_each)
    run.run(1.02 * 10 * 60.0)
    assert len(burst.done) == 5000
    assert run.seen.refusals == []
    assert burst.most_overtaken() <= 16, "no more than the calls that the workers make at once"


def test_accounts_side_by_side_each_use_their_own_limit_in_full(simulate: Simulate) -> None:
    one, other = simulate(limit=60, seed=3), simulate(limit=150, seed=4)
    for run in (one, other):
        run.crowd(Lane.ORDERS, 6)
    for second in range(1, 181):
        one.run(second)
        other.run(second)
    for run, limit in ((one, 60), (other, 150)):
        assert run.seen.refusals == []
        assert run.seen.accepted_between(0, 180) >= 0.99 * 3 * limit


def test_bulk_gets_what_orders_leave(simulate: Simulate) -> None:
    run = simulate(limit=300, round_trip=0.1)
    run.crowd(Lane.BULK, 4, patience=1.0)
    run.begin(run.orders(per_minute=75))
    run.run(240.0)
    orders, bulk = (len(run.seen.granted[lane]) for lane in (Lane.ORDERS, Lane.BULK))
    assert orders + bulk >= 0.98 * 4 * 300
    assert bulk <= 4 * 300 - orders


def test_the_same_seed_gives_the_same_run(simulate: Simulate) -> None:
    def arrivals() -> list[float]:
        run = simulate(limit=60, seed=7)
        run.crowd(Lane.STOCK, 3)
        run.run(70.0)
        return run.seen.arrivals

    assert arrivals() == arrivals()

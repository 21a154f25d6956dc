"""Others use the same key: they are left their part, and it costs a 429 a minute at the most."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import pytest

from integration.jobs import Lane
from integration.picqer.limiter import Delay
from integration.sandbox.picqer.rate_windows import RateLimit, WindowKind
from tests.contract.limiter.conftest import NewLimiter
from tests.contract.limiter.simulation import Simulation, VirtualTime, fullest_minute

Simulate = Callable[..., Simulation]
WINDOWS = get_args(WindowKind)
ROUND_TRIPS = [0.03, 0.2, 0.4]
LIMIT = 200


@pytest.mark.parametrize("round_trip", ROUND_TRIPS)
@pytest.mark.parametrize("window", WINDOWS)
def test_others_that_use_half_of_the_key_cost_at_most_one_429_per_minute(
    simulate: Simulate, window: WindowKind, round_trip: float
) -> None:
    run = simulate(window=window, limit=LIMIT, round_trip=round_trip, processes=2)
    run.crowd(Lane.ORDERS, 12)
    run.begin(run.foreign(per_minute=LIMIT / 2))
    run.run(300.0)
    assert fullest_minute(run.seen.refusals) <= 1
    # Our first burst comes before anything is known of others; later they get what they ask for.
    assert run.seen.foreign >= 0.75 * 5 * LIMIT / 2
    assert run.seen.accepted_between(60, 300) >= 0.9 * 4 * LIMIT / 2


@pytest.mark.parametrize("window", WINDOWS)
def test_bulk_leaves_others_their_half_and_costs_no_429(
    simulate: Simulate, window: WindowKind
) -> None:
    run = simulate(window=window, limit=LIMIT, processes=2)
    run.crowd(Lane.BULK, 4)
    run.begin(run.foreign(per_minute=LIMIT / 2))
    run.run(360.0)
    assert len(run.seen.refusals) <= 1
    # Only the first minute, in which their use is not known yet, costs them anything.
    assert run.seen.foreign >= 600 - 40
    assert run.seen.accepted_between(120, 360) >= 0.85 * 4 * LIMIT / 2


EVERY_SERVER = [
    pytest.param(window, round_trip, limit, marks=[] if quick else pytest.mark.long)
    for window in WINDOWS
    for round_trip, limit, quick in (
        (0.03, LIMIT, False),
        (0.2, LIMIT, True),
        (0.4, LIMIT, False),
        (0.2, 500, False),
    )
]


@pytest.mark.parametrize(("window", "round_trip", "limit"), EVERY_SERVER)
def test_others_that_come_by_chance_cost_at_most_one_429_per_minute(
    simulate: Simulate, window: WindowKind, round_trip: float, limit: int
) -> None:
    run = simulate(window=window, limit=limit, round_trip=round_trip, processes=2)
    run.crowd(Lane.ORDERS, 12)
    run.begin(run.foreign(per_minute=limit / 2, by_chance=True))
    run.run(300.0)
    assert fullest_minute(run.seen.refusals) <= 1
    # Chance moves a minute's count by its root, which is more of a small limit than of a large one.
    least = 0.75 if limit == 500 else 0.7
    assert run.seen.accepted_between(60, 300) >= least * 4 * limit / 2


@pytest.mark.parametrize(("window", "round_trip", "limit"), EVERY_SERVER)
def test_only_the_first_burst_of_others_costs_more_than_one_429_per_minute(
    simulate: Simulate, window: WindowKind, round_trip: float, limit: int
) -> None:
    run = simulate(window=window, limit=limit, round_trip=round_trip, processes=2)
    run.crowd(Lane.ORDERS, 12)
    run.begin(run.foreign_bursts(calls=limit * 12 // 100, every=14.4))
    run.run(300.0)
    # Nobody can know of a burst before it came: what was in flight meets it.
    first = [at for at in run.seen.refusals if at < run.seen.refusals[0] + 2.0]
    assert len(first) <= 10
    assert fullest_minute(run.seen.refusals[max(0, len(first) - 1) :]) <= 1
    assert run.seen.accepted_between(60, 300) >= 0.5 * 4 * limit / 2


@pytest.mark.parametrize(("burst", "refused"), [(8, 0), (9, 1), (12, 4), (18, 10), (200, 10)])
def test_a_burst_that_nobody_could_foresee_refuses_of_what_is_in_flight_what_it_takes_too_much(
    new_limiter: NewLimiter, time: VirtualTime, burst: int, refused: int
) -> None:
    """With 18 requests left and ten of ours on their way there is room for eight of others."""
    limiter, server = new_limiter(), RateLimit(LIMIT, "sliding")

    def use(count: int) -> None:
        for permit in [limiter.take(Lane.ORDERS, patience=0.0) for _ in range(count)]:
            verdict = server.admit(time.at)
            limiter.answered(permit, verdict.limit, verdict.remaining)

    for _ in range(LIMIT - 18):
        use(1)
    flying = [limiter.take(Lane.ORDERS, patience=0.0) for _ in range(10)]
    assert isinstance(limiter.ask(Lane.ORDERS, patience=0.0), Delay), "no more are sent at once"
    for _ in range(burst):
        server.admit(time.at)
    verdicts = [server.admit(time.at).allowed for _ in flying]
    assert verdicts.count(False) == refused


def test_when_others_are_gone_the_whole_limit_is_used_again(simulate: Simulate) -> None:
    run = simulate(limit=LIMIT, processes=2)
    run.crowd(Lane.ORDERS, 12)
    run.begin(run.foreign(per_minute=LIMIT / 2, until=120.0))
    run.run(660.0)
    assert run.seen.accepted_between(240, 420) >= 0.97 * 3 * LIMIT
    assert run.seen.accepted_between(540, 660) >= 0.99 * 2 * LIMIT


def test_orders_stay_quick_while_others_and_bulk_share_the_key(simulate: Simulate) -> None:
    run = simulate(limit=500, round_trip=0.2)
    run.crowd(Lane.BULK, 6, patience=1.0)
    run.begin(run.orders(per_minute=40))
    run.begin(run.foreign(per_minute=50))
    run.run(300.0)
    assert run.seen.refusals == []
    assert run.seen.foreign >= 245
    assert run.seen.percentile(0.99) <= 1.5

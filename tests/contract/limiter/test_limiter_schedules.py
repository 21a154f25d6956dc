"""Whatever happens, and in whatever order: no minute at the server sees more than the limit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import get_args

import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integration.jobs import Lane
from integration.sandbox.picqer.rate_windows import WindowKind
from tests.contract.limiter.simulation import START, Simulation, fullest_minute

DETERMINISTIC = settings(
    derandomize=True,
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
SECONDS = 130.0
MOST_IN_FLIGHT = 10


@dataclass(frozen=True)
class Case:
    """A server, the way to it, and who calls."""

    window: WindowKind
    limit: int
    round_trip: float
    seed: int
    callers: dict[Lane, int]


cases = st.builds(
    Case,
    window=st.sampled_from(get_args(WindowKind)),
    limit=st.integers(3, 120),
    round_trip=st.sampled_from([0.03, 0.2, 0.4, 2.0]),
    seed=st.integers(0, 2**16),
    callers=st.dictionaries(st.sampled_from(Lane), st.integers(1, 8), min_size=1),
)
busy_cases = st.builds(replace, cases, limit=st.integers(60, 120))
moments = st.floats(1.0, SECONDS - 10.0)


def begun(client: redis.Redis, case: Case) -> Simulation:
    run = Simulation(
        client,
        window=case.window,
        limit=case.limit,
        round_trip=case.round_trip,
        seed=case.seed,
        processes=3,
    )
    for lane, count in sorted(case.callers.items()):
        run.crowd(lane, count)
    return run


@DETERMINISTIC
@given(
    case=cases,
    flushes=st.lists(moments, max_size=3),
    steps=st.lists(st.tuples(moments, st.sampled_from([-7200.0, -30.0, 30.0, 7200.0])), max_size=3),
)
def test_at_a_constant_limit_there_is_no_429_whatever_befalls_redis_and_its_clock(
    limiter_client: redis.Redis, case: Case, flushes: list[float], steps: list[tuple[float, float]]
) -> None:
    run = begun(limiter_client, case)
    for moment in flushes:
        run.at(moment, lambda: limiter_client.flushdb() and None)
    for moment, offset in steps:
        run.at(moment, lambda offset=offset: setattr(run.time, "redis_offset", offset))
    run.run(SECONDS)
    assert run.seen.refusals == []
    assert fullest_minute(run.seen.arrivals) <= case.limit


@DETERMINISTIC
@given(case=cases, limits=st.lists(st.tuples(moments, st.integers(3, 120)), max_size=3))
def test_a_limit_that_changes_costs_at_most_the_requests_in_flight_and_the_probes_each_time(
    limiter_client: redis.Redis, case: Case, limits: list[tuple[float, int]]
) -> None:
    run = begun(limiter_client, case)
    for moment, limit in limits:
        run.at(moment, lambda limit=limit: setattr(run.server, "limit", limit))
    run.run(SECONDS)
    probes = 6
    assert len(run.seen.refusals) <= len(limits) * (MOST_IN_FLIGHT + probes)
    settled = max((moment for moment, _ in limits), default=0.0) + 75.0
    assert [at for at in run.seen.refusals if at - START > settled] == []
    assert fullest_minute(run.seen.arrivals) <= max(case.limit, *(limit for _, limit in limits), 0)


@DETERMINISTIC
@given(case=cases, share=st.floats(0.05, 0.6), by_chance=st.booleans())
def test_with_others_at_the_key_429s_stay_rare_and_work_goes_on(
    limiter_client: redis.Redis, case: Case, share: float, by_chance: bool
) -> None:
    run = begun(limiter_client, case)
    run.begin(run.foreign(case.limit * share, by_chance=by_chance))
    run.run(SECONDS)
    assert fullest_minute(run.seen.refusals) <= 4
    assert run.seen.accepted_between(75.0, SECONDS) >= 1


@settings(DETERMINISTIC, max_examples=20)
@given(case=busy_cases, share=st.floats(0.05, 0.5))
def test_others_that_use_half_of_the_key_evenly_cost_one_429_a_minute_once_they_were_seen(
    limiter_client: redis.Redis, case: Case, share: float
) -> None:
    run = begun(limiter_client, case)
    run.begin(run.foreign(case.limit * share))
    run.run(SECONDS)
    at_first_sight = [at for at in run.seen.refusals if at < run.seen.refusals[0] + 2.0]
    assert len(at_first_sight) <= MOST_IN_FLIGHT
    assert fullest_minute(run.seen.refusals[max(0, len(at_first_sight) - 1) :]) <= 1

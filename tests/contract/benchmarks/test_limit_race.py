"""The table of the limit in `make bench`: our row is the real limiter, and the judge bites."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis

from integration.picqer.limit_state import connect
from tests.benchmarks import limit_overhead
from tests.benchmarks.limit_race import Course, Race, Row
from tests.benchmarks.limit_ways import CeleryRateLimit, OurLimiter, PhpClient, SlidingLog, all_ways

COURSE = Course(minutes=3, limit=200, orders_per_minute=16)


@pytest.fixture(scope="module")
def broker(valkey_url: str) -> Iterator[redis.Redis]:
    with connect(valkey_url) as client:
        yield client


@pytest.fixture(scope="module")
def rows(broker: redis.Redis) -> dict[str, Row]:
    names = [OurLimiter, PhpClient, CeleryRateLimit, SlidingLog]
    raced = [Race(COURSE, way).run() for way in all_ways(broker)]
    return {way.__name__: row for way, row in zip(names, raced, strict=True)}


def test_our_limiter_uses_the_limit_without_a_429_and_without_a_pause(
    rows: dict[str, Row],
) -> None:
    ours = rows["OurLimiter"]
    assert ours.refused == 0
    assert ours.use > 0.98
    assert ours.pause < 3.0
    assert ours.p99 < 3.0


def test_the_php_client_runs_into_the_limit_and_stands_still(rows: dict[str, Row]) -> None:
    php = rows["PhpClient"]
    assert php.refused > 10
    assert php.pause > 10.0
    assert php.p99 > 20.0


def test_orders_wait_behind_bulk_in_celerys_own_limit(rows: dict[str, Row]) -> None:
    assert rows["CeleryRateLimit"].p50 > 2 * rows["OurLimiter"].p50


def test_a_log_timed_on_sending_meets_a_429_and_spends_its_minute_at_once(
    rows: dict[str, Row],
) -> None:
    log = rows["SlidingLog"]
    assert log.refused > 0
    assert log.pause > 30.0


def test_the_same_course_gives_the_same_row(broker: redis.Redis) -> None:
    first, *_ = all_ways(broker)
    course = Course(minutes=2, limit=100, orders_per_minute=8)
    assert Race(course, first).run() == Race(course, first).run()


def test_the_overhead_is_a_multiple_of_a_round_trip(broker: redis.Redis) -> None:
    ping, take, answered, both = limit_overhead.measure(broker, calls=50)
    assert ping.ratio_p50 == 1.0
    assert both.p50 > max(take.p50, answered.p50) > ping.p50
    assert both.target == limit_overhead.TARGET

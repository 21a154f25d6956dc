"""What our limiter costs each call on the loopback, beside a bare round trip to the same server."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import redis

from integration.jobs import Lane
from integration.picqer.limiter import RedisLimiter
from integration.testing.clock import HandClock
from tests.benchmarks.limit_race import percentile

_Result = TypeVar("_Result")
LIMIT = 500
CALLS_PER_MINUTE = 490
"""Just under the limit, so that nobody waits and the log is as full as it gets."""
CALLS = 2_000
PER_CALL = "per call (take + answered)"
TARGET = 0.3
"""Milliseconds per call."""
TARGET_RATIO = 6.0
"""The same in bare round trips, of a machine whose round trip takes 0.05 ms: a slower machine, or
a slow moment of this one, is no fault of the limiter's."""


@dataclass(frozen=True, slots=True)
class Overhead:
    """Milliseconds on the loopback; ``ratio`` is of the same share of bare round trips."""

    what: str
    p50: float
    p99: float
    ratio_p50: float
    ratio_p99: float
    target: float | None = None

    @property
    def met(self) -> bool:
        """Whether the median keeps to the target, in milliseconds or in bare round trips.

        The p99 is as much the machine's.
        """
        return self.target is None or self.p50 < self.target or self.ratio_p50 < TARGET_RATIO


class _Stopwatch:
    """Times of one thing, in milliseconds."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def run(self, what: Callable[[], _Result]) -> _Result:
        began = time.perf_counter()
        result = what()
        self.times.append((time.perf_counter() - began) * 1000)
        return result


def measure(client: redis.Redis, calls: int = CALLS) -> list[Overhead]:
    """PING, take and answered in turn, after a minute that fills the log and is not measured.

    The server, its socket and the script are real. Only the clock is moved on after each call, so
    that the log holds a full minute and is freed as fast as it fills.
    """
    clock = HandClock()
    limiter = RedisLimiter(
        client,
        "bench",
        f"bench-{secrets.token_hex(8)}",
        clock=clock,
        default_limit=LIMIT,
        redis_time=clock.monotonic,
    )
    ping, take, answered = _Stopwatch(), _Stopwatch(), _Stopwatch()
    for number in range(CALLS_PER_MINUTE + calls):
        remaining = LIMIT - 1 - min(number, CALLS_PER_MINUTE)
        client.ping()  # Redis may still be at the last answer, which nobody waits for
        ping.run(lambda: bool(client.ping()))
        permit = take.run(lambda: limiter.take(Lane.ORDERS, patience=0.0))
        answered.run(partial(limiter.answered, permit, LIMIT, remaining))
        clock.advance(60.0 / CALLS_PER_MINUTE)
    return _rows(*(one.times[CALLS_PER_MINUTE:] for one in (ping, take, answered)))


def _rows(ping: list[float], take: list[float], answered: list[float]) -> list[Overhead]:
    both = [first + second for first, second in zip(take, answered, strict=True)]
    times = {
        "bare round trip (PING)": ping,
        "take": take,
        "answered": answered,
        PER_CALL: both,
    }
    bare_p50, bare_p99 = percentile(ping, 0.5), percentile(ping, 0.99)
    return [
        Overhead(
            what=what,
            p50=(p50 := percentile(values, 0.5)),
            p99=(p99 := percentile(values, 0.99)),
            ratio_p50=p50 / bare_p50,
            ratio_p99=p99 / bare_p99,
            target=TARGET if what == PER_CALL else None,
        )
        for what, values in times.items()
    ]

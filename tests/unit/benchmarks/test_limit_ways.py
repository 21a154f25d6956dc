"""The ways that `make bench` compares ours with do what they are said to do."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from random import Random

import kombu.utils.limits
import pytest

from integration.jobs import Lane
from integration.sandbox.picqer.rate_windows import Permit as Verdict
from integration.testing.clock import HandClock
from tests.benchmarks.limit_race import Course, Send, Steps
from tests.benchmarks.limit_ways import CeleryRateLimit, PhpClient, SlidingLog


class Server:
    """Answers at once, as it is told to; afterwards everything is accepted."""

    def __init__(self, clock: HandClock, *answers: bool) -> None:
        self._clock = clock
        self._began = clock.monotonic()
        self._answers = deque(answers)
        self.asked_at: list[float] = []

    def send(self) -> Steps[Verdict]:
        self.asked_at.append(round(self._clock.monotonic() - self._began, 3))
        yield 0.0
        allowed = self._answers.popleft() if self._answers else True
        return Verdict(allowed, 500, 0)


class Crowd:
    """Steps of several callers on one clock, in the order of their moments."""

    def __init__(self, clock: HandClock) -> None:
        self._clock = clock
        self._due: list[tuple[float, int, Steps[None]]] = []
        self._count = 0

    def begin(self, steps: Steps[None], after: float = 0.0) -> None:
        self._count += 1
        self._due.append((self._clock.monotonic() + after, self._count, steps))

    def run(self) -> None:
        while self._due:
            self._due.sort(key=lambda due: due[:2])
            at, _, steps = self._due.pop(0)
            self._clock.advance(max(0.0, at - self._clock.monotonic()))
            pause = next(steps, None)
            if pause is not None:
                self.begin(steps, pause)


@pytest.fixture
def crowd(clock: HandClock) -> Crowd:
    return Crowd(clock)


def marked(server: Server, mark: str, marks: list[str]) -> Send:
    """A sending that also writes down whose it was."""

    def send() -> Steps[Verdict]:
        marks.append(mark)
        return (yield from server.send())

    return send


def test_the_php_client_sleeps_twenty_seconds_at_a_429_and_sends_again_as_often_as_it_takes(
    clock: HandClock, crowd: Crowd
) -> None:
    server = Server(clock, False, False, True)
    crowd.begin(PhpClient(Course(), clock).call(0, Lane.ORDERS, server.send))
    crowd.run()
    assert server.asked_at == [0.0, 20.0, 40.0]


def test_a_php_process_does_not_learn_from_the_429_of_another(
    clock: HandClock, crowd: Crowd
) -> None:
    server = Server(clock, False, False)
    way = PhpClient(Course(), clock)
    crowd.begin(way.call(0, Lane.BULK, server.send))
    crowd.begin(way.call(1, Lane.BULK, server.send), after=1.0)
    crowd.run()
    assert server.asked_at == [0.0, 1.0, 20.0, 21.0]


def test_a_celery_worker_sends_a_quarter_of_the_limit_evenly_and_orders_wait_their_turn(
    clock: HandClock, crowd: Crowd
) -> None:
    way, server = CeleryRateLimit(Course(limit=240, workers=4), clock), Server(clock)
    marks: list[str] = []
    for lane in (Lane.BULK, Lane.BULK, Lane.ORDERS):
        crowd.begin(way.call(0, lane, marked(server, lane.value, marks)))
    crowd.begin(way.call(1, Lane.BULK, marked(server, "another worker", marks)))
    crowd.run()
    assert server.asked_at == [0.0, 0.0, 1.0, 2.0]
    assert marks == ["bulk", "another worker", "bulk", "orders"]


def test_a_celery_task_that_met_a_429_stands_in_line_again_after_a_growing_pause(
    clock: HandClock, crowd: Crowd
) -> None:
    server = Server(clock, *[False] * 6)
    course = Course(limit=60_000)
    crowd.begin(CeleryRateLimit(course, clock).call(0, Lane.ORDERS, server.send))
    crowd.run()
    random = Random(course.seed)
    expected = [0]
    for retries in range(6):
        expected.append(expected[-1] + random.randrange(2**retries + 1))
    assert server.asked_at == pytest.approx(expected, abs=0.05)
    assert expected[-1] > 6


def test_the_celery_bucket_lets_go_at_the_same_moments_as_celery_does(
    clock: HandClock, crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = Random(3)
    arrivals = [random.uniform(0, 60) for _ in range(100)]
    way, server = CeleryRateLimit(Course(limit=480, workers=4), clock), Server(clock)
    celerys = celery_moments(arrivals, per_second=2.0, set_clock=_kombu_clock(monkeypatch))
    for at in arrivals:
        crowd.begin(way.call(0, Lane.BULK, server.send), after=at)
    crowd.run()
    assert server.asked_at == pytest.approx(celerys, abs=0.01)


def _kombu_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    moment = [0.0]
    monkeypatch.setattr(kombu.utils.limits, "monotonic", lambda: moment[0])
    return lambda at: moment.__setitem__(0, at)


def celery_moments(
    arrivals: list[float], *, per_second: float, set_clock: Callable[[float], None]
) -> list[float]:
    """When Celery's worker lets each task go: its own bucket, asked as its consumer asks it."""
    set_clock(0.0)
    bucket = kombu.utils.limits.TokenBucket(per_second, capacity=1)
    moments: list[float] = []
    now = 0.0
    for arrival in sorted(arrivals):
        now = max(now, arrival)
        set_clock(now)
        while not bucket.can_consume(1):
            now += max(bucket.expected_time(1), 1e-6)
            set_clock(now)
        moments.append(now)
    return moments


def test_the_sliding_log_spends_the_limit_at_once_and_then_waits_a_minute_from_sending(
    clock: HandClock, crowd: Crowd
) -> None:
    way, server = SlidingLog(Course(limit=3), clock), Server(clock)
    for number in range(5):
        crowd.begin(way.call(0, Lane.BULK, server.send), after=number * 0.5)
    crowd.run()
    assert server.asked_at == [0.0, 0.5, 1.0, 60.0, 60.5]


def test_orders_go_before_bulk_in_the_sliding_log(clock: HandClock, crowd: Crowd) -> None:
    way, server = SlidingLog(Course(limit=1), clock), Server(clock)
    marks: list[str] = []
    for mark, lane in (("first", Lane.BULK), ("bulk", Lane.BULK), ("order", Lane.ORDERS)):
        crowd.begin(way.call(0, lane, marked(server, mark, marks)))
    crowd.run()
    assert marks == ["first", "order", "bulk"]


def test_a_call_of_the_sliding_log_that_met_a_429_stands_in_line_again(
    clock: HandClock, crowd: Crowd
) -> None:
    way, server = SlidingLog(Course(limit=1), clock), Server(clock, False)
    crowd.begin(way.call(0, Lane.ORDERS, server.send))
    crowd.run()
    assert server.asked_at == [0.0, 60.0]


def test_every_way_meets_the_same_orders() -> None:
    course = Course(minutes=60)
    arrivals = course.arrivals()
    assert arrivals == Course(minutes=60).arrivals()
    assert arrivals != Course(minutes=60, seed=2).arrivals()
    assert len(arrivals) == pytest.approx(60 * course.orders_per_minute, rel=0.05)
    assert arrivals == sorted(arrivals)
    assert arrivals[-1] < course.seconds

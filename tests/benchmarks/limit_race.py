"""Ways to keep to a rate limit, one after another in front of the same server, in virtual time.

Every way meets the same orders at the same moments beside the same endless bulk job, with the same
seed for the line. The sandbox's own windows judge; a minute passes as fast as the machine thinks.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from random import Random
from typing import Protocol, TypeVar

from integration.jobs import Lane
from integration.sandbox.picqer.rate_windows import Permit as Verdict
from integration.sandbox.picqer.rate_windows import RateLimit, WindowKind
from integration.testing.clock import HandClock

_Result = TypeVar("_Result")
Steps = Generator[float, None, _Result]
"""What somebody does in virtual time: each value is the seconds until they go on."""
Send = Callable[[], Steps[Verdict]]

START = datetime(2026, 11, 23, 12, 0, 17, 250_000, tzinfo=UTC)
"""In the middle of a minute of the clock, as real work begins."""
FIRST_MINUTE = 60.0
"""Nothing binds before it is over, so it is not measured; its 429s count."""
LAST_SECONDS = 900.0
"""How long the last orders may take after no more come in."""


class Way(Protocol):
    """A way to keep to the limit. Workers are separate processes."""

    @property
    def name(self) -> str:
        """What the table calls it."""
        ...

    def call(self, worker: int, lane: Lane, send: Send) -> Steps[None]:
        """One API call, from the wish to the answer that is no 429; ``send`` sends it once."""
        ...


@dataclass(frozen=True, slots=True)
class Course:
    """What every way meets; seconds, and counts per minute.

    ``round_trip`` is the mean: each half of it takes between 0.3 and 1.7 of its share.
    """

    window: WindowKind = "sliding"
    limit: int = 500
    minutes: int = 10
    workers: int = 4
    bulk_per_worker: int = 2
    orders_per_minute: float = 40.0
    calls_per_order: int = 2
    round_trip: float = 0.2
    seed: int = 1

    @property
    def seconds(self) -> float:
        """How long orders come in."""
        return 60.0 * self.minutes

    def arrivals(self) -> list[float]:
        """The seconds at which orders come in, by chance and the same for every way."""
        random, at, moments = Random(self.seed), 0.0, []
        while (at := at + random.expovariate(self.orders_per_minute / 60.0)) < self.seconds:
            moments.append(at)
        return moments


@dataclass(frozen=True, slots=True)
class Row:
    """What a way made of the course.

    ``use``: accepted calls as a share of what the limit allows, after the first minute.
    ``pause``: the longest time in which the server accepted nothing. ``p50`` and ``p99``: seconds
    from an order's arrival to the answer to its last call.
    """

    way: str
    window: WindowKind
    use: float
    refused: int
    pause: float
    orders: int
    p50: float
    p99: float

    @property
    def met(self) -> bool:
        """What a good limiter reaches: no 429, 99 % of the limit, and orders within a second."""
        return self.refused == 0 and self.use >= 0.99 and self.p99 <= 1.0


class Race:
    """One way on one course."""

    def __init__(self, course: Course, new_way: Callable[[Course, HandClock], Way]) -> None:
        """Put the way at the start; ``new_way`` is handed the clock that it is to live by."""
        self.clock = HandClock(START)
        self.course = course
        self.way = new_way(course, self.clock)
        self._server = RateLimit(course.limit, course.window)
        self._line = Random(course.seed)
        self._start = self._now = self.clock.monotonic()
        self._events: list[tuple[float, int, Steps[None]]] = []
        self._begun = 0
        self._accepted: list[float] = []
        self._refused = 0
        self._taken: list[float] = []
        self._unfinished = 0

    def run(self) -> Row:
        """Let everything happen, until the last order is through."""
        for worker in range(self.course.workers):
            for _ in range(self.course.bulk_per_worker):
                self._begin(self._bulk(worker), 0.01 * len(self._events))
        for number, at in enumerate(self.course.arrivals()):
            self._begin(self._order(number % self.course.workers, measured=at >= FIRST_MINUTE), at)
            self._unfinished += 1
        latest = self._start + self.course.seconds + LAST_SECONDS
        while self._unfinished or self._now < self._start + self.course.seconds:
            if self._now > latest:
                raise TimeoutError(f"{self.way.name}: {self._unfinished} orders are not through.")
            self._step()
        return self._row()

    def _begin(self, steps: Steps[None], after: float) -> None:
        self._begun += 1
        heapq.heappush(self._events, (self._now + after, self._begun, steps))

    def _step(self) -> None:
        self._now, _, steps = heapq.heappop(self._events)
        self.clock.instant = datetime.fromtimestamp(self._now, UTC)
        pause = next(steps, None)
        if pause is not None:
            self._begin(steps, pause)

    def _bulk(self, worker: int) -> Steps[None]:
        while True:
            yield from self.way.call(worker, Lane.BULK, self._send)

    def _order(self, worker: int, *, measured: bool) -> Steps[None]:
        began = self._now
        for _ in range(self.course.calls_per_order):
            yield from self.way.call(worker, Lane.ORDERS, self._send)
        self._unfinished -= 1
        if measured:
            self._taken.append(self._now - began)

    def _send(self) -> Steps[Verdict]:
        half = self.course.round_trip / 2
        yield half * self._line.uniform(0.3, 1.7)
        verdict = self._server.admit(self._now)
        if verdict.allowed:
            self._accepted.append(self._now - self._start)
        elif self._now - self._start < self.course.seconds:
            self._refused += 1
        yield half * self._line.uniform(0.3, 1.7)
        return verdict

    def _row(self) -> Row:
        end = self.course.seconds
        accepted = [at for at in self._accepted if at < end]
        measured = sum(at >= FIRST_MINUTE for at in accepted)
        return Row(
            way=self.way.name,
            window=self.course.window,
            use=measured / (self.course.limit * (end - FIRST_MINUTE) / 60.0),
            refused=self._refused,
            pause=max(later - sooner for sooner, later in pairwise([0.0, *accepted, end])),
            orders=len(self._taken),
            p50=percentile(self._taken, 0.5),
            p99=percentile(self._taken, 0.99),
        )


def percentile(values: list[float], share: float) -> float:
    """The smallest value that this share of them does not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]

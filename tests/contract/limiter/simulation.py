"""Many clients of one Picqer key on a virtual clock, against a server that counts in its own way.

The limiter and its Redis are real; only time is not. Events happen in the order of their instant,
so an hour passes as fast as the machine can think.
"""

from __future__ import annotations

import heapq
import math
import random
import secrets
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import redis

from integration.jobs import Lane
from integration.picqer.limiter import Delay, RedisLimiter
from integration.ports import Permit
from integration.sandbox.picqer.rate_windows import RateLimit, WindowKind

START = 1_795_435_217.25
"""Epoch seconds at which simulations begin: in the middle of a minute of the clock."""


class VirtualTime:
    """A clock that the simulation sets; ``redis_offset`` lets Redis' own clock step."""

    def __init__(self) -> None:
        self.at = START
        self.redis_offset = 0.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)

    def monotonic(self) -> float:
        return self.at - START + 1000.0

    def sleep(self, seconds: float) -> None:
        self.at += seconds

    def redis(self) -> float:
        return self.at + self.redis_offset


@dataclass
class Traffic:
    """What the server saw and what callers felt."""

    arrivals: list[float] = field(default_factory=list)
    refusals: list[float] = field(default_factory=list)
    foreign: int = 0
    granted: dict[Lane, list[float]] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)

    def accepted_between(self, start: float, end: float) -> int:
        return sum(1 for at in self.arrivals if start <= at - START < end)

    def percentile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class Simulation:
    """One Picqer account, ``processes`` processes, and callers that are generators.

    A caller yields the seconds it sleeps; ``request`` is the sub-generator of one API call.
    """

    def __init__(
        self,
        client: redis.Redis,
        *,
        window: WindowKind = "sliding",
        limit: int = 500,
        round_trip: float = 0.2,
        seed: int = 1,
        processes: int = 2,
        headers: bool = True,
        **options: float,
    ) -> None:
        self.time = VirtualTime()
        self.server = RateLimit(limit, window)
        self.round_trip = round_trip
        self.headers = headers
        self.random = random.Random(seed)
        self.seen = Traffic()
        self.client = client
        self.digest = secrets.token_hex(8)
        self.options = options
        self.limiters = [self.new_process() for _ in range(processes)]
        self._events: list[tuple[float, int, Iterator[float]]] = []
        self._count = 0

    def new_process(self) -> RedisLimiter:
        return RedisLimiter(
            self.client,
            "main",
            self.digest,
            clock=self.time,
            redis_time=self.time.redis,
            recent_calls=self.counted,
            **self.options,
        )

    def counted(self) -> int:
        """What the store says of the last window: requests of processes that are asleep, too."""
        since = self.time.at - START - 61.0
        return sum(1 for granted in self.seen.granted.values() for at in granted if at > since)

    def begin(self, caller: Iterator[float], *, after: float = 0.0) -> None:
        self._count += 1
        heapq.heappush(self._events, (self.time.at + after, self._count, caller))

    def at(self, second: float, action: Callable[[], None]) -> None:
        def caller() -> Iterator[float]:
            action()
            yield from ()

        self.begin(caller(), after=START + second - self.time.at)

    def run(self, until: float) -> None:
        """Let everything happen before that second from the start."""
        end = START + until
        while self._events and self._events[0][0] < end:
            at, _, caller = heapq.heappop(self._events)
            self.time.at = max(self.time.at, at)
            pause = next(caller, None)
            if pause is not None:
                self._count += 1
                heapq.heappush(self._events, (self.time.at + pause, self._count, caller))
        self.time.at = max(self.time.at, end)

    def request(self, limiter: RedisLimiter, lane: Lane, patience: float = 3.0) -> Iterator[float]:
        """One API call: wait for a permit as long as it takes, send, hear the answer."""
        ticket: str | None = None
        while True:
            answer = limiter.ask(lane, patience=patience, ticket=ticket)
            if isinstance(answer, Permit):
                break
            ticket = answer.ticket
            yield self._pause(answer)
        yield from self.send(limiter, answer)

    def send(self, limiter: RedisLimiter, permit: Permit) -> Iterator[float]:
        """Use a permit: the way there, the server's verdict, the way back."""
        self.seen.granted.setdefault(permit.lane, []).append(self.time.at - START)
        there = self.random.uniform(0.2, 0.8) * self.round_trip
        yield there * self.random.uniform(0.5, 1.5)
        verdict = self.server.admit(self.time.at)
        (self.seen.arrivals if verdict.allowed else self.seen.refusals).append(self.time.at)
        yield (self.round_trip - there) * self.random.uniform(0.5, 1.5)
        limit = verdict.limit if self.headers else None
        if verdict.allowed:
            limiter.answered(permit, limit, verdict.remaining if self.headers else None)
        else:
            limiter.refused(permit, None, limit)

    def _pause(self, delay: Delay) -> float:
        """As take() sleeps, and as a job that was deferred comes back."""
        return delay.poll if delay.ticket else max(delay.wait, 0.05)

    def endless(self, lane: Lane, process: int = 0, patience: float = 3.0) -> Iterator[float]:
        limiter = self.limiters[process % len(self.limiters)]
        while True:
            yield from self.request(limiter, lane, patience)

    def crowd(self, lane: Lane, count: int, patience: float = 3.0) -> None:
        """That many endless callers, spread over the processes."""
        for number in range(count):
            self.begin(self.endless(lane, number, patience), after=number * 0.003)

    def orders(self, per_minute: float, calls: int = 2) -> Iterator[float]:
        """Orders that come in by chance, of so many calls each; notes how long each takes."""
        number = 0
        while True:
            yield self.random.expovariate(per_minute / 60.0)
            number += 1
            self.begin(self._order(self.limiters[number % len(self.limiters)], calls))

    def _order(self, limiter: RedisLimiter, calls: int) -> Iterator[float]:
        began = self.time.at
        for _ in range(calls):
            yield from self.request(limiter, Lane.ORDERS)
        self.seen.latencies.append(self.time.at - began)

    def foreign(
        self, per_minute: float, *, by_chance: bool = False, until: float = math.inf
    ) -> Iterator[float]:
        """Somebody else who uses the same key, evenly or not, and does not care about 429."""
        while self.time.at - START < until:
            rate = per_minute / 60.0
            yield self.random.expovariate(rate) if by_chance else 1.0 / rate
            if self.server.admit(self.time.at).allowed:
                self.seen.foreign += 1

    def foreign_bursts(self, calls: int, every: float) -> Iterator[float]:
        """Somebody else who sends so many calls at one moment, again and again."""
        while True:
            yield every
            self.seen.foreign += sum(self.server.admit(self.time.at).allowed for _ in range(calls))


def fullest_minute(arrivals: list[float]) -> int:
    """The most of these moments in any 60 seconds."""
    recent: deque[float] = deque()
    most = 0
    for at in arrivals:
        recent.append(at)
        while at - recent[0] >= 60.0:
            recent.popleft()
        most = max(most, len(recent))
    return most

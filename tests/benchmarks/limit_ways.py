"""Four ways to keep to a rate limit: ours, and three that are in use elsewhere.

Where such a way leaves a choice open, the one that serves it best was taken, so that the table
shows the way and not its neglect; each class says which.
"""

from __future__ import annotations

import secrets
from bisect import insort
from collections import deque
from collections.abc import Callable
from itertools import count
from random import Random

import redis

from integration.jobs import Lane
from integration.picqer.access import PATIENCE_SECONDS
from integration.picqer.limiter import RedisLimiter
from integration.ports import Permit
from integration.sandbox.picqer.rate_windows import WINDOW_SECONDS
from integration.testing.clock import HandClock
from tests.benchmarks.limit_race import Course, Send, Steps, Way

LEAST_WAIT = 0.001
"""Seconds; nobody looks twice at the same instant."""


class OurLimiter:
    """This project's limiter: the real one, on a real Redis whose clock alone is virtual."""

    name = "picqer-bridge"

    def __init__(self, course: Course, clock: HandClock, client: redis.Redis) -> None:
        """Make a limiter per worker; they share one state."""
        self._clock = clock
        digest = f"bench-{secrets.token_hex(8)}"
        self._limiters = [
            RedisLimiter(
                client,
                "bench",
                digest,
                clock=clock,
                default_limit=course.limit,
                redis_time=clock.monotonic,
            )
            for _ in range(course.workers)
        ]

    def call(self, worker: int, lane: Lane, send: Send) -> Steps[None]:
        """Take a permit, send, tell what came of it."""
        limiter = self._limiters[worker]
        while True:
            permit = yield from self._take(limiter, lane)
            verdict = yield from send()
            if verdict.allowed:
                limiter.answered(permit, verdict.limit, verdict.remaining)
                return
            limiter.refused(permit, None, verdict.limit)

    def _take(self, limiter: RedisLimiter, lane: Lane) -> Steps[Permit]:
        """Wait in place as ``take`` does, and come back as a job that was put off does."""
        ticket, until = None, self._clock.monotonic() + PATIENCE_SECONDS[lane]
        while True:
            left = max(0.0, until - self._clock.monotonic())
            answer = limiter.ask(lane, patience=left, ticket=ticket)
            if isinstance(answer, Permit):
                return answer
            ticket = answer.ticket
            yield max(LEAST_WAIT, answer.poll if ticket else answer.wait)
            if ticket is None:
                until = self._clock.monotonic() + PATIENCE_SECONDS[lane]


class PhpClient:
    """The official PHP client with ``enableRetryOnRateLimitHit`` (picqer-php 0.23, Client.php).

    It runs into a 429, sleeps 20 seconds and sends the same request again, as often as it takes.
    Each of its processes finds out by itself. Generous: without that setting the 429 is an error.
    """

    name = "official PHP client"
    sleep = 20.0

    def __init__(self, course: Course, clock: HandClock) -> None:
        """Know nothing: it keeps no count."""

    def call(self, worker: int, lane: Lane, send: Send) -> Steps[None]:
        """Send until it is no 429."""
        while not (yield from send()).allowed:
            yield self.sleep


class CeleryRateLimit:
    """Celery's own ``rate_limit``: a token bucket of one token in each worker, first come first.

    The limit is per worker and Celery divides nothing, so that each of the workers is given its
    share by hand. Generous: every API call is a task of its own (Celery counts tasks, not calls),
    all of one name (each name has its own bucket), a worker holds no more bulk than its callers,
    and a task that met a 429 goes by ``retry_backoff`` with jitter and never gives up.
    """

    longest_backoff = 600

    def __init__(self, course: Course, clock: HandClock) -> None:
        """Divide the limit among the workers."""
        self.name = f"Celery rate_limit {course.workers}x{course.limit / course.workers:g}"
        self.gap = WINDOW_SECONDS * course.workers / course.limit
        self._clock = clock
        self._free_at = [clock.monotonic()] * course.workers
        self._random = Random(course.seed)

    def call(self, worker: int, lane: Lane, send: Send) -> Steps[None]:
        """Wait for this worker's next token, in the order of arrival, and send."""
        for retries in count():
            now = self._clock.monotonic()
            turn = max(now, self._free_at[worker])
            self._free_at[worker] = turn + self.gap
            yield turn - now
            if (yield from send()).allowed:
                return
            most = min(self.longest_backoff, 2**retries)
            yield float(self._random.randrange(most + 1))


class SlidingLog:
    """One log for all workers of what was sent in the last minute, timed on sending.

    Generous: the log is shared without a delay, orders always go before bulk, and a call that met
    a 429 stands in line again at once.
    """

    name = "sliding log on sending"

    def __init__(self, course: Course, clock: HandClock) -> None:
        """Begin with an empty log."""
        self._limit = course.limit
        self._clock = clock
        self._sent: deque[float] = deque()
        self._waiting: list[tuple[bool, int]] = []
        self._numbers = count()

    def call(self, worker: int, lane: Lane, send: Send) -> Steps[None]:
        """Wait until the log has room for everybody ahead and this call, and send."""
        while True:
            place = (lane is Lane.BULK, next(self._numbers))
            insort(self._waiting, place)
            while wait := self._wait(place):
                yield wait
            self._waiting.remove(place)
            self._sent.append(self._clock.monotonic())
            if (yield from send()).allowed:
                return

    def _wait(self, place: tuple[bool, int]) -> float:
        now = self._clock.monotonic()
        while self._sent and now - self._sent[0] >= WINDOW_SECONDS:
            self._sent.popleft()
        over = len(self._sent) + self._waiting.index(place) + 1 - self._limit
        if over <= 0:
            return 0.0
        if over > len(self._sent):
            return WINDOW_SECONDS
        return max(LEAST_WAIT, self._sent[over - 1] + WINDOW_SECONDS - now)


def all_ways(client: redis.Redis) -> list[Callable[[Course, HandClock], Way]]:
    """The rows of the table, ours first; ``client`` is for ours and decodes responses."""

    def ours(course: Course, clock: HandClock) -> Way:
        return OurLimiter(course, clock, client)

    return [ours, PhpClient, CeleryRateLimit, SlidingLog]

"""The rate limit that all workers share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from integration.jobs import Lane


@dataclass(frozen=True, slots=True)
class Permit:
    """The right to send one request; ``number`` is its place in the order of grants."""

    token: str
    number: int
    account: str
    lane: Lane


@dataclass(frozen=True, slots=True)
class LaneCounts:
    """What happened in one lane since the limit's state began; a new Redis begins anew.

    ``permits`` were given; ``waits`` are requests that waited in place for one, ``put_off`` those
    that were told to come back later; ``refused`` met a 429.
    """

    permits: int = 0
    waits: int = 0
    put_off: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class LimitView:
    """The rate limit of one account as it stands. Counts are requests in the last 60 seconds,
    ``lanes`` those since the limit's state began.
    """

    account: str
    limit: int
    in_use: int
    in_flight: int
    foreign_use: int
    paused_seconds: float
    waiting: Mapping[str, int] = field(default_factory=dict)
    refused: int = 0
    lanes: Mapping[str, LaneCounts] = field(default_factory=dict)


class Limiter(Protocol):
    """The semaphore that all workers share for one Picqer API key."""

    def take(self, lane: Lane, *, patience: float, born: float | None = None) -> Permit:
        """Take a permit, waiting in place at most ``patience`` seconds.

        ``born`` is the epoch second the job was created at: while a backlog is metered, younger
        jobs do not overtake older ones. Raises OverBudget with the seconds until there is room,
        RateLimited while the account pauses after a 429, NoLimiter when Redis is away.
        """

    def answered(self, permit: Permit, limit: int | None, remaining: int | None) -> None:
        """The response came now: free the permit 60 s from now and apply the headers."""

    def refused(self, permit: Permit, retry_after: float | None, limit: int | None = None) -> float:
        """A 429 came: pause the whole account; returns for how many seconds.

        ``limit`` is the refusal's own X-RateLimit-Limit.
        """

    def unanswered(self, permit: Permit) -> None:
        """No response will come: free the permit 60 s after the request's deadline."""

    def give_back(self, permit: Permit) -> None:
        """The permit was not used: free it at once."""

    def view(self) -> LimitView:
        """How things stand, for people and metrics; never blocks. Raises NoLimiter."""

    def start(self, last_call_at: datetime | None) -> None:
        """A process starts whose store shows a call at that moment. Raises NoLimiter."""

    def budget(self, seconds: float, lane: Lane = Lane.ORDERS) -> int:
        """How many permits can be granted within that time. Raises NoLimiter."""

    def publish_horizon(self, lane: Lane, born: float | None, seconds: float) -> None:
        """For that time give permits only to jobs created up to ``born`` (epoch seconds).

        None ends it. Raises NoLimiter.
        """

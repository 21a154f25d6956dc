"""A backlog of jobs as the store, the mover and its workers treat it, on the simulation's clock.

A job is one call. Refused, it is due again at the moment that the limiter names; of the jobs that
were refused, the mover releases at every tick those that are old enough for the budget.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

from integration.jobs import Lane
from integration.picqer.limiter import Delay, RedisLimiter
from tests.contract.limiter.simulation import START, Simulation
from workers.mover import HORIZON_SECONDS, METER_SECONDS, MOST_OUT, TICK_SECONDS

PATIENCE = 3.0


@dataclass
class Job:
    """One call that is to be made; ``born`` and ``due_at`` are epoch seconds."""

    born: float
    due_at: float
    refused: bool = False
    out: bool = False


class Backlog:
    """So many jobs of one lane that are there from the start, one created after the other.

    ``calls_each`` is the number of calls that the mover supposes a job of the lane to make.
    """

    def __init__(
        self, run: Simulation, jobs: int, *, lane: Lane, workers: int, calls_each: int
    ) -> None:
        self.run = run
        self.lane = lane
        self.calls_each = calls_each
        self.jobs = [Job(START - 60.0 + number / jobs, START) for number in range(jobs)]
        self.queue: deque[Job] = deque()
        self.done: list[Job] = []
        run.begin(self._mover())
        for number in range(workers):
            run.begin(self._worker(run.limiters[number % len(run.limiters)]))

    def _mover(self) -> Iterator[float]:
        limiter = self.run.limiters[0]
        while True:
            until = self._release(limiter)
            due = [job for job in self.jobs if self._wanted(job, until)]
            for job in due[: max(0, MOST_OUT - len(self.queue))]:
                job.out = True
                self.queue.append(job)
            yield TICK_SECONDS

    def _wanted(self, job: Job, until: float | None) -> bool:
        if job.out:
            return False
        if job.refused and until is not None:
            return job.born <= until and job.due_at <= self.run.time.at + METER_SECONDS
        return job.due_at <= self.run.time.at

    def _release(self, limiter: RedisLimiter) -> float | None:
        waiting = sorted((job for job in self.jobs if job.refused), key=attrgetter("born"))
        served = max(1, limiter.budget(METER_SECONDS, self.lane) // self.calls_each)
        until = waiting[served - 1].born if served < len(waiting) else None
        limiter.publish_horizon(self.lane, until, HORIZON_SECONDS)
        return until

    def _worker(self, limiter: RedisLimiter) -> Iterator[float]:
        while True:
            if not self.queue:
                yield 0.05
                continue
            yield from self._attempt(limiter, self.queue.popleft())

    def _attempt(self, limiter: RedisLimiter, job: Job) -> Iterator[float]:
        """Wait in place for a permit as ``take`` does, or be refused until the moment it names."""
        job.refused = False
        until = self.run.time.at + PATIENCE
        ticket: str | None = None
        while True:
            left = max(0.0, until - self.run.time.at)
            answer = limiter.ask(self.lane, patience=left, born=job.born, ticket=ticket)
            if not isinstance(answer, Delay):
                break
            if answer.ticket is None:
                job.refused, job.out, job.due_at = True, False, self.run.time.at + answer.wait
                return
            ticket = answer.ticket
            yield answer.poll
        yield from self.run.send(limiter, answer)
        self.jobs.remove(job)
        self.done.append(job)

    def most_overtaken(self) -> int:
        """By how many younger jobs, at the most, one was overtaken."""
        return most_overtaken([job.born for job in self.done])


def most_overtaken(ages: Sequence[float]) -> int:
    """Of jobs as they ended, by when they were born: how many younger ones went before one."""
    before: list[float] = []
    most = 0
    for born in ages:
        most = max(most, len(before) - bisect_right(before, born))
        insort(before, born)
    return most

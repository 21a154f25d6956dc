"""A backlog drains in the order of payment: the real store, mover and limiter, in virtual time."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence

import pytest
import redis

from integration.jobs import Done, Flow, Identity, Job, Lane, Queue, Wait
from integration.picqer.limit_state import connect
from integration.picqer.limiter import RedisLimiter
from integration.ports import Message, Permit
from integration.services import Services
from integration.testing.wake_up import RecordedWakeUp
from tests.conftest import SharedMemory
from tests.contract.limiter.backlog import PATIENCE, most_overtaken
from tests.contract.limiter.simulation import Simulation
from tests.contract.workers.conftest import FLOWS, make_services
from workers.mover import CALLS, METER_SECONDS, TICK_SECONDS, Mover

LIMIT = 120
ORDERS = 300
WORKERS = 8
NO_BUDGET = "OverBudget"


class SameBroker:
    """A broker that loses nothing."""

    def is_new(self) -> bool:
        return False


class Crew:
    """A mover and workers that do what those of the service do, at the moments of the simulation.

    An order is one call. ``done`` are their ids as they ended, ``released_too_many`` what the mover
    released of those that wait for budget, where that was more than the budget.
    """

    def __init__(self, run: Simulation, services: Services, wake_up: RecordedWakeUp) -> None:
        self.run = run
        self.jobs = services.jobs
        self.wake_up = wake_up
        self.done: list[int] = []
        self.released_too_many: list[tuple[int, int]] = []
        self._mover = Mover(services, SameBroker())
        run.begin(self._tick())
        for number in range(WORKERS):
            run.begin(self._work(run.limiters[number % len(run.limiters)]), after=0.01)

    def _tick(self) -> Iterator[float]:
        while True:
            may = max(1, self.run.limiters[0].budget(METER_SECONDS) // CALLS[Queue.ORDERS])
            before = len(self.wake_up.messages)
            self._mover.tick()
            self._check(may, self.wake_up.messages[before:])
            yield TICK_SECONDS

    def _check(self, may: int, sent: Sequence[Message]) -> None:
        """Note when more were released than there is budget for; new ones were not put off yet."""
        jobs = [self.jobs.job(message.job_id) for message in sent]
        released = sum(1 for job in jobs if job and job.code == NO_BUDGET)
        if released > may:
            self.released_too_many.append((released, may))

    def _work(self, limiter: RedisLimiter) -> Iterator[float]:
        while True:
            yield 0.05
            if self.wake_up.messages:
                message = self.wake_up.messages.pop(0)
                job = self.jobs.claim(message.job_id, secrets.token_hex(4))
                if job:
                    yield from self._attempt(limiter, job)

    def _attempt(self, limiter: RedisLimiter, job: Job) -> Iterator[float]:
        until, ticket = self.run.time.at + PATIENCE, None
        born = job.created_at.timestamp()
        while True:
            left = max(0.0, until - self.run.time.at)
            answer = limiter.ask(Lane.ORDERS, patience=left, born=born, ticket=ticket)
            if isinstance(answer, Permit):
                break
            if answer.ticket is None:
                self.jobs.end(job, Wait(answer.wait, "no budget", NO_BUDGET, celery=False))
                return
            ticket = answer.ticket
            yield answer.poll
        yield from self.run.send(limiter, answer)
        self.jobs.end(job, Done())
        self.done.append(job.id)


@pytest.fixture
def limiter_client(valkey_url: str) -> Iterator[redis.Redis]:
    with connect(valkey_url) as client:
        yield client


def test_orders_that_wait_for_budget_go_in_the_order_in_which_they_were_paid(
    limiter_client: redis.Redis, shared_memory: SharedMemory, wake_up: RecordedWakeUp
) -> None:
    run = Simulation(limiter_client, limit=LIMIT, round_trip=0.2)
    database = shared_memory.emptied(run.time)
    services = make_services(database, run.time, wake_up, run.limiters[0], {"nl": FLOWS})
    for number in range(ORDERS):
        services.jobs.hint(Identity(Flow.CREATE_ORDER, "nl", str(number)), "main")
        run.time.sleep(0.01)
    wake_up.messages.clear()
    crew = Crew(run, services, wake_up)
    run.run(1.02 * 60.0 * ORDERS / LIMIT)
    assert len(crew.done) == ORDERS
    assert run.seen.refusals == []
    assert crew.released_too_many == []
    assert most_overtaken(crew.done) <= WORKERS

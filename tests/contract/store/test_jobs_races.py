"""Threads that do the same at the same moment, each on a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import Insert, insert

from integration.errors import LeaseHeld
from integration.jobs import Done, Flow, Identity, Job, Park, Queue, State
from integration.store.database import Database
from integration.store.jobs import SqlJobs
from integration.store.schema import ledger
from integration.testing.clock import HandClock
from integration.testing.wake_up import RecordedWakeUp

THREADS = 8
Answer = TypeVar("Answer")


def _together(work: Callable[[int], Answer], threads: int = THREADS) -> list[Answer]:
    """Start all threads at one moment and give back what each found."""
    start = threading.Barrier(threads)

    def begin(number: int) -> Answer:
        start.wait(timeout=10)
        return work(number)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(begin, range(threads)))


def _order(number: int) -> Identity:
    return Identity(Flow.CREATE_ORDER, "nl", str(number))


def test_of_eight_claims_exactly_one_wins(jobs: SqlJobs, order: Identity) -> None:
    for round_number in range(5):
        job = jobs.hint(order, "main")

        def claim(number: int, job_id: int = job.id) -> Job | None:
            return jobs.claim(job_id, f"worker-{number}")

        claims = _together(claim)

        [won] = [claim for claim in claims if claim is not None]
        assert jobs.job(job.id) == won
        assert won.revision == round_number + 1
        jobs.end(won, Done())


def test_of_eight_that_take_a_dead_owners_job_over_exactly_one_wins(
    jobs: SqlJobs, claimed: Callable[..., Job], clock: HandClock
) -> None:
    dead = claimed()
    clock.advance(21)

    claims = _together(lambda number: jobs.claim(dead.id, f"taker-{number}"))

    [won] = [claim for claim in claims if claim is not None]
    assert won.crashes == 2


def test_an_ending_and_a_take_over_never_both_succeed(
    jobs: SqlJobs, order: Identity, clock: HandClock
) -> None:
    for _ in range(5):
        job = jobs.claim(jobs.hint(order, "main").id, "slow")
        assert job is not None
        clock.advance(21)

        def act(number: int, job: Job = job) -> str | None:
            if number:
                return "taken" if jobs.claim(job.id, "taker") else None
            try:
                jobs.end(job, Done())
            except LeaseHeld:
                return None
            return "ended"

        happened = [answer for answer in _together(act, threads=2) if answer]
        assert len(happened) == 1
        taken = jobs.job(job.id)
        assert taken is not None
        if happened == ["taken"]:
            jobs.end(taken, Done())


def test_a_storm_of_hints_is_one_job_with_every_hint_counted(
    jobs: SqlJobs, wake_up: RecordedWakeUp, order: Identity
) -> None:
    each = 10

    def storm(_number: int) -> None:
        for _ in range(each):
            jobs.hint(order, "main", webhook=True)

    _together(storm)

    job = jobs.find_identity(order)
    assert job is not None
    assert job.revision == THREADS * each
    assert sum(jobs.counts().values()) == 1
    assert len(wake_up.messages) == 1


def test_no_hint_is_lost_between_runs(jobs: SqlJobs, order: Identity) -> None:
    """Whoever hints after a run began sees to one more run: nothing is done at an old revision."""
    job_id = jobs.hint(order, "main").id
    ran_at: list[int] = []

    def work(number: int) -> None:
        for _ in range(10):
            if number % 2:
                jobs.hint(order, "main")
            elif claim := jobs.claim(job_id, f"worker-{number}"):
                ran_at.append(claim.revision)
                jobs.end(claim, Done())

    _together(work)
    while claim := jobs.claim(job_id, "last"):
        ran_at.append(claim.revision)
        jobs.end(claim, Done())

    job = jobs.job(job_id)
    assert job is not None
    assert (job.state, job.revision) == (State.DONE, 1 + THREADS // 2 * 10)
    assert ran_at[-1] == job.revision
    assert ran_at == sorted(set(ran_at))


def test_two_movers_share_what_is_due_and_send_nothing_twice(
    jobs: SqlJobs, clock: HandClock
) -> None:
    for number in range(60):
        jobs.hint(_order(number), "main", delay=1)
    clock.advance(2)

    def move(_number: int) -> list[int]:
        sent: list[int] = []
        for _ in range(10):
            sent += [message.job_id for message in jobs.due(Queue.ORDERS, 10, resend_after=15)]
        return sent

    sent = [job_id for mover in _together(move, threads=2) for job_id in mover]

    assert len(sent) == 60
    assert len(set(sent)) == 60


def test_transactions_that_hint_the_same_jobs_in_order_do_not_block_each_other_for_ever(
    database: Database, jobs: SqlJobs
) -> None:
    identities = sorted(_order(number) for number in range(10))

    def door(_number: int) -> None:
        for _ in range(3):
            with database.transaction():
                for identity in identities:
                    jobs.hint(identity, "main", webhook=True)

    _together(door)

    assert [jobs.hint(identity, "main").revision for identity in identities] == [25] * 10


def test_a_product_made_while_an_order_parks_for_it_always_opens_the_order(
    database: Database, jobs: SqlJobs, clock: HandClock
) -> None:
    at = clock.now().timestamp()
    for number in range(10):
        code = f"MUG-{number}"
        job = jobs.claim(jobs.hint(_order(number), "main").id, "worker")
        assert job is not None
        row = {"account": "main", "kind": "product", "shop": "", "subject": code}
        settled = insert(ledger).values(
            **row, state="settled", picqer_id=number, details={}, created_at=at, updated_at=at
        )

        def act(who: int, job: Job = job, code: str = code, settled: Insert = settled) -> None:
            if who:
                jobs.end(job, Park(f"no product {code}", "Unmappable", blocked_on=code))
                return
            with database.begin() as connection:
                connection.execute(settled)
                jobs.release_blocked("main", code)

        _together(act, threads=2)
        after = jobs.job(job.id)
        assert after is not None
        assert after.state is State.OPEN

"""What the mover asks to meter a backlog, and what people see of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from integration.jobs import Flow, Identity, Job, JobEvent, Queue, Wait
from integration.store.jobs import SqlJobs
from integration.testing.clock import NOON, HandClock

Claimed = Callable[..., Job]
NO_BUDGET = Wait(4.0, "no budget", "OverBudget", celery=False)


def _order(number: int) -> Identity:
    return Identity(Flow.CREATE_ORDER, "nl", str(number))


@pytest.fixture
def backlog(jobs: SqlJobs, claimed: Claimed, clock: HandClock) -> list[Job]:
    """Three orders that wait for budget, a second apart, all due."""
    waiting = []
    for number in range(3):
        job = claimed(_order(number), token=f"worker-{number}")
        waiting.append(jobs.end(job, NO_BUDGET))
        clock.advance(1)
    clock.advance(10)
    return waiting


def _sent(jobs: SqlJobs, **options: object) -> list[str]:
    messages = jobs.due(Queue.ORDERS, 100, resend_after=15, **options)  # type: ignore[arg-type]
    return [message.subject for message in messages]


def test_of_a_metered_backlog_only_what_is_old_enough_is_sent(
    jobs: SqlJobs, backlog: list[Job]
) -> None:
    assert _sent(jobs, metered={"main": backlog[1].created_at}) == ["0", "1"]
    assert _sent(jobs) == ["2"]


def test_jobs_that_wait_for_nothing_are_not_metered(
    jobs: SqlJobs, backlog: list[Job], clock: HandClock
) -> None:
    jobs.hint(_order(9), "main", delay=1)
    clock.advance(2)
    assert _sent(jobs, metered={"main": backlog[0].created_at}) == ["0", "9"]


def test_an_older_order_whose_moment_is_a_little_later_goes_before_younger_ones(
    jobs: SqlJobs, claimed: Claimed, clock: HandClock
) -> None:
    """What was refused last was told the latest moment, and may still be the oldest."""
    for number, wait in enumerate((20.0, 2.0, 30.0)):
        jobs.end(claimed(_order(number), token="worker"), replace(NO_BUDGET, seconds=wait))
        clock.advance(1)
    clock.advance(12)
    until = {"main": clock.now()}

    assert _sent(jobs, metered=until, ahead=4.0) == ["1"], "the others' moments are too far away"
    clock.advance(1)
    assert _sent(jobs, metered=until) == []
    assert _sent(jobs, metered=until, ahead=4.0) == ["0"]


def test_what_is_sent_before_its_moment_can_be_claimed(
    jobs: SqlJobs, backlog: list[Job], claimed: Claimed, clock: HandClock
) -> None:
    job = jobs.end(claimed(_order(0), token="again"), NO_BUDGET)
    assert _sent(jobs) == ["1", "2"]

    assert _sent(jobs, metered={"main": job.created_at}, ahead=4.0) == ["0"]
    assert jobs.claim(job.id, "at-once") is not None


def test_another_accounts_backlog_is_not_metered(jobs: SqlJobs, backlog: list[Job]) -> None:
    assert _sent(jobs, metered={"other": backlog[0].created_at}) == ["0", "1", "2"]


def test_a_backlog_can_be_asked_for_one_queue(jobs: SqlJobs, backlog: list[Job]) -> None:
    ids = [job.id for job in backlog]
    assert [found for found, _ in jobs.backlog("main", "OverBudget", queue=Queue.ORDERS)] == ids
    assert jobs.backlog("main", "OverBudget", queue=Queue.BULK) == []


def test_the_job_that_is_due_longest_counts_per_queue(jobs: SqlJobs, clock: HandClock) -> None:
    assert jobs.overdue() == {}
    jobs.hint(_order(1), "main")
    clock.advance(5)
    jobs.hint(_order(2), "main")
    jobs.hint(Identity(Flow.PUSH_STOCK, "nl", "stock"), "main", delay=60)
    clock.advance(2)
    assert jobs.overdue() == {Queue.ORDERS: pytest.approx(7.0, abs=0.01)}


def test_a_store_without_requests_knows_of_no_last_call(
    jobs: SqlJobs, ended: Callable[..., Job], clock: HandClock
) -> None:
    ended(NO_BUDGET)
    assert jobs.last_call_at() is None


def test_the_last_call_is_when_the_run_that_made_it_ended(
    jobs: SqlJobs, claimed: Claimed, clock: HandClock
) -> None:
    job = claimed()
    clock.advance(3)
    jobs.end(job, NO_BUDGET, [JobEvent("call", "picqer/main: GET /orders -> 200")])
    clock.advance(20)
    assert jobs.last_call_at() == NOON + timedelta(seconds=3)


def test_a_run_that_is_under_way_may_be_calling(
    jobs: SqlJobs, claimed: Claimed, clock: HandClock
) -> None:
    clock.advance(7)
    claimed()
    clock.advance(1)
    assert jobs.last_call_at() == NOON + timedelta(seconds=7)

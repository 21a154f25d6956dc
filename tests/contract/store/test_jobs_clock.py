"""The store's clock was set: what waited then waits as if it had not been."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from integration.errors import Ambiguous, InDoubt
from integration.jobs import Done, Ending, Flow, Identity, Job, Queue, Retry, State, Wait
from integration.ports import LedgerKey, Made
from integration.store.database import Database
from integration.store.gate import SqlGate
from integration.store.jobs import SqlJobs
from integration.store.ledger import SqlLedger
from integration.testing.clock import HandClock

TEN_MINUTES = timedelta(minutes=10)
KEY = LedgerKey("main", "order", "nl", "1042")
OTHER = Identity(Flow.CREATE_ORDER, "nl", "1043")


def seconds_until_due(jobs: SqlJobs, job: Job, clock: HandClock) -> float:
    found = jobs.job(job.id)
    assert found is not None
    return (found.due_at - clock.now()).total_seconds()


def sent(jobs: SqlJobs) -> list[int]:
    return [one.job_id for one in jobs.due(Queue.ORDERS, 10, resend_after=15.0)]


def test_what_was_due_is_due_again_and_is_sent_at_once(
    jobs: SqlJobs, clock: HandClock, order: Identity
) -> None:
    job = jobs.hint(order, "main")
    clock.set_to(clock.now() - TEN_MINUTES)
    assert jobs.claim(job.id, "worker-1") is None, "it would wait ten minutes"

    assert jobs.mend_after_set_back() == 1

    assert sent(jobs) == [job.id]
    assert jobs.claim(job.id, "worker-1") is not None


@pytest.mark.parametrize(
    "ending",
    [Wait(60.0, "in doubt", "InDoubt", celery=False), Retry(60.0, "no answer", "Unavailable")],
)
def test_what_waits_waits_no_longer_and_no_shorter_than_it_was_to(
    jobs: SqlJobs, clock: HandClock, ended: Callable[..., Job], ending: Ending
) -> None:
    job = ended(ending)
    clock.set_to(clock.now() - TEN_MINUTES)

    jobs.mend_after_set_back()

    assert seconds_until_due(jobs, job, clock) == 60.0
    assert jobs.mend_after_set_back() == 0, "once"


def test_a_lease_of_before_ends_after_its_twenty_seconds(
    jobs: SqlJobs, clock: HandClock, claimed: Callable[..., Job]
) -> None:
    job = claimed()
    clock.advance(15)
    assert jobs.renew(job)
    clock.set_to(clock.now() - TEN_MINUTES)

    jobs.mend_after_set_back()

    clock.advance(19)
    assert jobs.claim(job.id, "worker-2") is None, "its owner may live"
    clock.advance(2)
    assert jobs.claim(job.id, "worker-2") is not None


def test_the_owner_of_a_job_ends_it_as_ever(
    jobs: SqlJobs, clock: HandClock, claimed: Callable[..., Job]
) -> None:
    job = claimed()
    clock.set_to(clock.now() - TEN_MINUTES)

    jobs.mend_after_set_back()

    assert jobs.end(job, Done("made")).state is State.DONE


Make = Callable[[Job], Made]


@pytest.fixture
def make(database: Database) -> Make:
    """Make the order; Picqer does not answer, and has it when it is looked up."""
    ledger = SqlLedger(database)

    def no_answer() -> Made:
        raise Ambiguous("no answer")

    def once(owner: Job) -> Made:
        return ledger.once(
            KEY,
            owner=owner,
            reference="1042",
            look_first=False,
            find=lambda: Made(301, {}),
            create=no_answer,
        )

    return once


@pytest.fixture
def doubted(jobs: SqlJobs, claimed: Callable[..., Job], make: Make) -> Job:
    """The job of an order that may be at Picqer."""
    job = claimed()
    with pytest.raises(Ambiguous):
        make(job)
    return jobs.end(job, Wait(60.0, "in doubt", "InDoubt", celery=False))


def test_an_order_in_doubt_is_looked_up_a_minute_after_that(
    jobs: SqlJobs, clock: HandClock, claimed: Callable[..., Job], make: Make, doubted: Job
) -> None:
    clock.set_to(clock.now() - TEN_MINUTES)
    jobs.mend_after_set_back()

    clock.advance(59)
    with pytest.raises(InDoubt):
        make(claimed(OTHER))
    clock.advance(2)
    again = jobs.claim(doubted.id, "worker-2")
    assert again is not None
    assert make(again).picqer_id == 301


def test_an_order_in_doubt_is_left_alone_for_a_minute_after_the_clock_was_set_ahead(
    jobs: SqlJobs, clock: HandClock, make: Make, doubted: Job
) -> None:
    clock.set_to(clock.now() + TEN_MINUTES)
    assert jobs.mend_after_set_ahead() == 1

    early = jobs.claim(doubted.id, "worker-2")
    assert early is not None
    with pytest.raises(InDoubt) as waits:
        make(early)
    assert waits.value.seconds == 60.0

    jobs.end(early, Wait(60.0, "in doubt", "InDoubt", celery=False))
    clock.advance(61)
    later = jobs.claim(doubted.id, "worker-3")
    assert later is not None
    assert make(later).picqer_id == 301


def test_nothing_is_touched_while_the_clock_is_right(
    jobs: SqlJobs, clock: HandClock, ended: Callable[..., Job]
) -> None:
    job = ended(Wait(60.0, "in doubt", "InDoubt", celery=False))
    clock.advance(3)

    assert jobs.mend_after_set_back() == 0
    assert seconds_until_due(jobs, job, clock) == 57.0


def test_orders_from_now_on_are_not_taken_for_older_than_the_shops_first_sight(
    database: Database, jobs: SqlJobs, clock: HandClock, order: Identity
) -> None:
    gate = SqlGate(database, clock=clock)
    gate.birth()
    gate.first_sight("main", "nl")
    clock.advance(60)
    jobs.hint(order, "main")
    clock.set_to(clock.now() - TEN_MINUTES)

    jobs.mend_after_set_back()

    assert gate.first_sight("main", "nl") == clock.now()
    assert gate.birth() == clock.now()
    clock.advance(60)
    jobs.mend_after_set_back()
    assert gate.first_sight("main", "nl") < clock.now(), "it stays where it is"

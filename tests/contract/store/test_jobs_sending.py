"""The mover: what is due is sent once, what got lost is sent again, and movers may share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import insert

from integration.jobs import Done, Flow, Identity, Job, Park, Queue, State, Wait
from integration.store.database import Database
from integration.store.jobs import SqlJobs
from integration.store.schema import ledger
from integration.testing.clock import NOON, HandClock
from integration.testing.wake_up import RecordedWakeUp

Claimed = Callable[..., Job]
Ended = Callable[..., Job]


def _due(jobs: SqlJobs, queue: Queue = Queue.ORDERS, limit: int = 100) -> list[str]:
    return [message.subject for message in jobs.due(queue, limit, resend_after=15)]


def _order(number: int) -> Identity:
    return Identity(Flow.CREATE_ORDER, "nl", str(number))


def _settle_product(database: Database, productcode: str) -> None:
    at = database.now().timestamp()
    row = {"account": "main", "kind": "product", "shop": "", "subject": productcode}
    with database.begin() as connection:
        statement = insert(ledger).values(
            **row, state="settled", picqer_id=9, details={}, created_at=at, updated_at=at
        )
        connection.execute(statement)


def test_what_is_due_is_sent_once_oldest_first(jobs: SqlJobs, clock: HandClock) -> None:
    for number in [3, 1, 2]:
        jobs.hint(_order(number), "main", delay=5)
        clock.advance(1)
    assert _due(jobs) == []

    clock.advance(10)
    assert _due(jobs, limit=2) == ["3", "1"]
    assert _due(jobs) == ["2"]
    assert _due(jobs) == []


def test_a_message_says_for_which_job_and_what_about(jobs: SqlJobs, clock: HandClock) -> None:
    job = jobs.hint(Identity(Flow.PUSH_STOCK, "nl", "stock"), "main", delay=1)
    clock.advance(1)

    [message] = jobs.due(Queue.EVENTS, 10, resend_after=15)

    assert (message.job_id, message.flow, message.queue) == (job.id, Flow.PUSH_STOCK, Queue.EVENTS)
    assert (message.shop, message.subject) == ("nl", "stock")


def test_every_queue_is_asked_for_by_itself(jobs: SqlJobs, clock: HandClock) -> None:
    jobs.hint(_order(1), "main", delay=1)
    jobs.hint(Identity(Flow.RECONCILE, "", "orders:main"), "main", delay=1)
    clock.advance(2)

    assert _due(jobs, Queue.BULK) == ["orders:main"]
    assert _due(jobs, Queue.EVENTS) == []
    assert _due(jobs, Queue.ORDERS) == ["1"]


def test_a_nudged_job_that_nobody_claims_is_sent_again_after_a_while(
    jobs: SqlJobs, clock: HandClock
) -> None:
    jobs.hint(_order(1), "main")
    clock.advance(15)
    assert _due(jobs) == []

    clock.advance(0.1)
    assert _due(jobs) == ["1"]
    assert _due(jobs) == []


def test_what_celery_holds_back_is_sent_only_when_celery_lost_it(
    jobs: SqlJobs, ended: Ended, clock: HandClock
) -> None:
    ended(Wait(20, "no parcel yet", "NotYet"))
    clock.advance(34)
    assert _due(jobs) == []

    clock.advance(2)
    assert _due(jobs) == ["1042"]


def test_a_dead_owners_job_is_sent_when_its_lease_ran_out(
    jobs: SqlJobs, claimed: Claimed, clock: HandClock
) -> None:
    claimed()
    clock.advance(19)
    assert _due(jobs) == []

    clock.advance(2)
    assert _due(jobs) == ["1042"]
    assert _due(jobs) == []


@pytest.mark.parametrize("ending", [Done(), Park("look at it", "Refused")])
def test_nothing_is_sent_for_what_is_done_or_parked(
    jobs: SqlJobs, ended: Ended, clock: HandClock, ending: Done | Park
) -> None:
    ended(ending)
    clock.advance(3600)

    assert _due(jobs) == []


def test_the_backlog_lists_what_waits_for_one_cause_oldest_first(
    jobs: SqlJobs, ended: Ended, clock: HandClock
) -> None:
    budget = Wait(60, "the budget is used up", "OverBudget", celery=False)
    first = ended(budget, _order(2))
    clock.advance(1)
    second = ended(budget, _order(1))
    ended(Wait(60, "no parcel yet", "NotYet"), _order(3))
    ended(Done(), _order(4))

    expected = [(first.id, NOON), (second.id, NOON + timedelta(seconds=1))]
    assert jobs.backlog("main", "OverBudget") == expected
    assert jobs.backlog("other", "OverBudget") == []


def test_a_new_product_opens_exactly_the_jobs_that_wait_for_it(
    jobs: SqlJobs, wake_up: RecordedWakeUp, parked: Job, ended: Ended
) -> None:
    other = ended(Park("no product", "Unmappable", blocked_on="CUP-RED"), _order(7))
    wake_up.messages.clear()

    assert jobs.release_blocked("other", "MUG-BLUE") == 0
    assert jobs.release_blocked("main", "MUG-BLUE") == 1

    freed = jobs.job(parked.id)
    assert freed is not None
    assert (freed.state, freed.look_first, freed.blocked_on) == (State.OPEN, True, None)
    assert (freed.due_at, freed.sent_at) == (NOON, NOON)
    assert [message.job_id for message in wake_up.messages] == [parked.id]
    assert jobs.job(other.id) == other
    assert jobs.release_blocked("main", "MUG-BLUE") == 0


def test_a_product_made_during_the_run_that_parks_for_it_opens_the_job_at_once(
    database: Database, jobs: SqlJobs, claimed: Claimed, clock: HandClock
) -> None:
    job = claimed()
    clock.advance(1)
    _settle_product(database, "MUG-BLUE")

    after = jobs.end(job, Park("no product", "Unmappable", blocked_on="MUG-BLUE"))

    assert (after.state, after.look_first) == (State.OPEN, True)


def test_a_product_known_before_the_run_does_not_keep_the_job_from_parking(
    database: Database, jobs: SqlJobs, claimed: Claimed, clock: HandClock
) -> None:
    _settle_product(database, "MUG-BLUE")
    clock.advance(1)
    job = claimed()

    after = jobs.end(job, Park("no product", "Unmappable", blocked_on="MUG-BLUE"))

    assert after.state is State.PARKED

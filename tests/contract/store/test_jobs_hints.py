"""A hint raises the revision of exactly one job, and opens and nudges it when that is due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from integration.jobs import Done, Flow, Identity, Job, Queue, Retry, State, Wait
from integration.store.database import Database
from integration.store.jobs import SqlJobs
from integration.testing.clock import NOON, HandClock
from integration.testing.wake_up import RecordedWakeUp

Ended = Callable[..., Job]


def test_the_first_hint_makes_an_open_job_and_sends_one_message(
    jobs: SqlJobs, wake_up: RecordedWakeUp, order: Identity
) -> None:
    job = jobs.hint(order, "main", why="order.paid")

    assert (job.state, job.revision, job.due_at, job.sent_at) == (State.OPEN, 1, NOON, NOON)
    assert (job.account, job.queue, job.identity) == ("main", Queue.ORDERS, order)
    assert [message.job_id for message in wake_up.messages] == [job.id]
    assert [(event.kind, event.text) for event in jobs.events(job.id)] == [("hinted", "order.paid")]


def test_a_second_hint_raises_the_revision_of_the_same_job_without_a_second_message(
    jobs: SqlJobs, wake_up: RecordedWakeUp, order: Identity
) -> None:
    first = jobs.hint(order, "main")
    second = jobs.hint(order, "main")

    assert (second.id, second.revision) == (first.id, 2)
    assert len(wake_up.messages) == 1


def test_the_same_subject_in_another_shop_or_flow_is_another_job(
    jobs: SqlJobs, order: Identity
) -> None:
    others = [
        Identity(Flow.CREATE_ORDER, "be", "1042"),
        Identity(Flow.COMPLETE_ORDER, "nl", "1042"),
    ]
    ids = {jobs.hint(identity, "main").id for identity in [order, *others]}

    assert len(ids) == 3


def test_a_delayed_hint_is_not_sent_and_an_urgent_one_brings_it_forward(
    jobs: SqlJobs, wake_up: RecordedWakeUp, order: Identity
) -> None:
    later = jobs.hint(order, "main", delay=60)
    assert (later.due_at, wake_up.messages) == (NOON + timedelta(seconds=60), [])

    now = jobs.hint(order, "main")
    assert (now.due_at, len(wake_up.messages)) == (NOON, 1)


def test_a_later_hint_never_puts_off_a_job_that_is_due_earlier(
    jobs: SqlJobs, order: Identity
) -> None:
    jobs.hint(order, "main", delay=10)

    assert jobs.hint(order, "main", delay=60).due_at == NOON + timedelta(seconds=10)


def test_a_hint_without_haste_leaves_the_moment_of_an_open_job(
    jobs: SqlJobs, wake_up: RecordedWakeUp, order: Identity
) -> None:
    jobs.hint(order, "main", delay=60)

    job = jobs.hint(order, "main", urgent=False)

    assert (job.revision, job.due_at) == (2, NOON + timedelta(seconds=60))
    assert wake_up.messages == []


@pytest.mark.parametrize(
    "ending",
    [Retry(20, "Picqer was away", "Unavailable"), Wait(60, "in doubt", "InDoubt", hold=True)],
)
def test_a_hint_does_not_shorten_a_back_off_or_a_doubt(
    jobs: SqlJobs, wake_up: RecordedWakeUp, ended: Ended, ending: Retry | Wait, order: Identity
) -> None:
    before = ended(ending)
    wake_up.messages.clear()

    job = jobs.hint(order, "main", webhook=True)

    assert (job.due_at, job.revision, wake_up.messages) == (before.due_at, 2, [])


@pytest.mark.parametrize("celery", [True, False])
def test_a_hint_shortens_any_other_wait_also_one_that_celery_holds(
    jobs: SqlJobs, wake_up: RecordedWakeUp, ended: Ended, celery: bool, order: Identity
) -> None:
    ended(Wait(20, "no parcel yet", "NotYet", celery=celery))
    wake_up.messages.clear()

    job = jobs.hint(order, "main")

    assert (job.due_at, job.sent_at, len(wake_up.messages)) == (NOON, NOON, 1)


def test_a_hint_during_a_run_only_raises_the_revision(
    jobs: SqlJobs, wake_up: RecordedWakeUp, claimed: Callable[..., Job], order: Identity
) -> None:
    claimed()
    wake_up.messages.clear()

    job = jobs.hint(order, "main", webhook=True)

    assert (job.state, job.revision, job.claimed_revision) == (State.RUNNING, 2, 1)
    assert wake_up.messages == []


def test_a_hint_opens_a_done_job_afresh(
    jobs: SqlJobs, wake_up: RecordedWakeUp, ended: Ended, order: Identity
) -> None:
    ended(Done("idorder 55"))
    wake_up.messages.clear()

    job = jobs.hint(order, "main")

    assert (job.state, job.reason, job.attempts, job.look_first) == (State.OPEN, None, 0, False)
    assert len(wake_up.messages) == 1


def test_a_webhook_opens_a_parked_job_for_a_run_that_looks_first(
    jobs: SqlJobs, wake_up: RecordedWakeUp, parked: Job, order: Identity
) -> None:
    wake_up.messages.clear()

    job = jobs.hint(order, "main", webhook=True)

    assert (job.state, job.look_first, job.attempts) == (State.OPEN, True, 0)
    assert (job.reason, job.code, job.blocked_on) == (None, None, None)
    assert [message.job_id for message in wake_up.messages] == [parked.id]


def test_reconcile_does_not_open_a_parked_job(
    jobs: SqlJobs, wake_up: RecordedWakeUp, parked: Job, order: Identity
) -> None:
    wake_up.messages.clear()

    job = jobs.hint(order, "main", webhook=False)

    assert (job.state, job.revision, job.reason) == (State.PARKED, 2, parked.reason)
    assert (job.blocked_on, wake_up.messages) == ("MUG-BLUE", [])


def test_a_dismissed_job_stays_dismissed(
    jobs: SqlJobs, wake_up: RecordedWakeUp, parked: Job, order: Identity
) -> None:
    jobs.dismiss(parked.id, "ann")
    wake_up.messages.clear()

    job = jobs.hint(order, "main", webhook=True)

    assert (job.state, job.revision, wake_up.messages) == (State.DISMISSED, 2, [])


def test_no_message_goes_out_before_the_commit_and_none_without_it(
    database: Database, jobs: SqlJobs, wake_up: RecordedWakeUp, order: Identity
) -> None:
    with pytest.raises(RuntimeError), database.transaction():
        jobs.hint(order, "main")
        raise RuntimeError
    assert (wake_up.messages, jobs.find_identity(order)) == ([], None)

    with database.transaction():
        jobs.hint(order, "main")
        assert wake_up.messages == []
    assert len(wake_up.messages) == 1


def test_the_timeline_says_a_repeated_reason_once(jobs: SqlJobs, order: Identity) -> None:
    for why in ["order.created", "order.paid", "order.paid", "order.created"]:
        job = jobs.hint(order, "main", why=why)

    said = [event.text for event in jobs.events(job.id)]
    assert said == ["order.created", "order.paid", "order.created"]


def test_a_reason_with_bytes_that_a_database_refuses_is_cleaned(
    jobs: SqlJobs, order: Identity
) -> None:
    job = jobs.hint(order, "main", why="odd\x00 \ud800 text")

    assert jobs.events(job.id)[0].text == "odd ? text"


def test_a_hint_tells_when_the_job_was_last_changed(
    jobs: SqlJobs, clock: HandClock, order: Identity
) -> None:
    jobs.hint(order, "main")
    clock.advance(5)

    job = jobs.hint(order, "main")

    assert (job.created_at, job.updated_at) == (NOON, NOON + timedelta(seconds=5))

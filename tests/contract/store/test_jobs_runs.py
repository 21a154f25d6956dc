"""A job is run by one worker at a time, and its lease is the only proof of that."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from integration.errors import LeaseHeld
from integration.jobs import Done, Flow, Identity, Job, JobEvent, Park, State, Wait
from integration.store.jobs import SqlJobs
from integration.testing.clock import NOON, HandClock

Claimed = Callable[..., Job]


def test_a_claim_makes_a_due_job_ours_for_twenty_seconds(jobs: SqlJobs, order: Identity) -> None:
    job = jobs.claim(jobs.hint(order, "main").id, "worker-1")

    assert job is not None
    assert (job.state, job.lease_token) == (State.RUNNING, "worker-1")
    assert job.lease_until == NOON + timedelta(seconds=20)
    assert (job.claimed_revision, job.crashes, job.sent_at) == (1, 1, None)


def test_a_claimed_job_cannot_be_claimed_again(jobs: SqlJobs, claimed: Claimed) -> None:
    job = claimed()

    assert jobs.claim(job.id, "worker-2") is None


@pytest.mark.parametrize("job_id", [0, 999])
def test_what_does_not_exist_cannot_be_claimed(jobs: SqlJobs, job_id: int) -> None:
    assert jobs.claim(job_id, "worker-1") is None


def test_a_job_cannot_be_claimed_before_it_is_due(
    jobs: SqlJobs, clock: HandClock, order: Identity
) -> None:
    job = jobs.hint(order, "main", delay=10)
    clock.advance(9)
    assert jobs.claim(job.id, "worker-1") is None

    clock.advance(0.96)
    assert jobs.claim(job.id, "worker-1") is not None


@pytest.mark.parametrize("ending", [Done(), Park("look at it", "Refused")])
def test_a_done_or_parked_job_cannot_be_claimed(
    jobs: SqlJobs, claimed: Claimed, ending: Done | Park
) -> None:
    job = jobs.end(claimed(), ending)

    assert jobs.claim(job.id, "worker-2") is None


def test_a_dead_owners_job_is_taken_over_after_its_lease_and_the_crash_is_counted(
    jobs: SqlJobs, claimed: Claimed, clock: HandClock
) -> None:
    job = claimed()
    clock.advance(20)
    assert jobs.claim(job.id, "worker-2") is None

    clock.advance(0.1)
    taken = jobs.claim(job.id, "worker-2")

    assert taken is not None
    assert (taken.crashes, taken.lease_token, taken.attempts) == (2, "worker-2", 0)
    assert [event.kind for event in jobs.events(job.id)] == ["hinted", "claimed"]


def test_a_renewed_lease_is_not_taken_over(
    jobs: SqlJobs, claimed: Claimed, clock: HandClock
) -> None:
    job = claimed()
    clock.advance(15)
    assert jobs.renew(job)

    clock.advance(15)
    assert jobs.claim(job.id, "worker-2") is None


def test_who_lost_the_lease_can_neither_renew_nor_write_anything(
    jobs: SqlJobs, claimed: Claimed, clock: HandClock
) -> None:
    lost = claimed()
    clock.advance(21)
    present = jobs.claim(lost.id, "worker-2")

    assert not jobs.renew(lost)
    with pytest.raises(LeaseHeld, match="create_order nl 1042"):
        jobs.save_progress(lost, {"page": 2})
    with pytest.raises(LeaseHeld):
        jobs.end(lost, Done("mine"), [JobEvent("call", "POST /orders")])

    assert jobs.job(lost.id) == present
    assert "call" not in [event.kind for event in jobs.events(lost.id)]


def test_an_owner_whose_lease_ran_out_unnoticed_is_still_the_owner(
    jobs: SqlJobs, claimed: Claimed, clock: HandClock
) -> None:
    job = claimed()
    clock.advance(60)

    assert jobs.renew(job)
    assert jobs.end(job, Done()).state is State.DONE


def test_a_lease_cannot_be_used_after_the_ending(jobs: SqlJobs, claimed: Claimed) -> None:
    job = claimed()
    jobs.end(job, Done())

    assert not jobs.renew(job)
    with pytest.raises(LeaseHeld):
        jobs.end(job, Done())


def test_progress_is_kept_over_a_crash_and_forgotten_when_done(
    jobs: SqlJobs, clock: HandClock
) -> None:
    identity = Identity(Flow.RECONCILE, "", "orders:main")
    job = jobs.claim(jobs.hint(identity, "main").id, "worker-1")
    assert job is not None
    jobs.save_progress(job, {"page": 7})
    clock.advance(21)

    again = jobs.claim(job.id, "worker-2")
    assert again is not None
    assert again.progress == {"page": 7}
    assert jobs.end(again, Done()).progress == {}


def test_progress_outlives_a_wait(jobs: SqlJobs, claimed: Claimed) -> None:
    job = claimed()
    jobs.save_progress(job, {"page": 7})

    assert jobs.end(job, Wait(5, "not yet", "NotYet")).progress == {"page": 7}


def test_a_run_writes_its_own_lines_before_its_ending(
    jobs: SqlJobs, claimed: Claimed, clock: HandClock
) -> None:
    job = claimed()
    moment = clock.now()
    clock.advance(2)
    lines = [
        JobEvent("call", "POST /orders 201", at=moment, data={"status": 201}),
        JobEvent("note", "settled"),
    ]

    jobs.end(job, Done("idorder 55"), lines)

    hinted, call, note, done = jobs.events(job.id)
    assert hinted.kind == "hinted"
    assert call == JobEvent("call", "POST /orders 201", moment, {"status": 201})
    assert (note.text, note.at) == ("settled", clock.now())
    assert (done.kind, done.text) == ("done", "idorder 55")

"""How a run may end, and what the job is afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from integration.jobs import Done, Ending, Identity, Job, Park, Retry, State, Wait, go_on
from integration.store.jobs import SqlJobs
from integration.testing.clock import NOON, HandClock
from integration.testing.wake_up import RecordedWakeUp

Claimed = Callable[..., Job]
Ended = Callable[..., Job]


def _in(seconds: float) -> object:
    return NOON + timedelta(seconds=seconds)


def _rerun(jobs: SqlJobs, clock: HandClock, job: Job) -> Job:
    """Claim the job at the moment it is due."""
    clock.instant = max(clock.instant, job.due_at)
    again = jobs.claim(job.id, "again")
    assert again is not None
    return again


def test_done_finishes_the_job_until_the_next_hint(wake_up: RecordedWakeUp, ended: Ended) -> None:
    job = ended(Done("order 1042 is idorder 55"))

    assert (job.state, job.reason, job.code) == (State.DONE, "order 1042 is idorder 55", None)
    assert (job.lease_until, job.lease_token, job.sent_at) == (None, None, None)
    assert (job.attempts, job.waits, job.crashes) == (0, 0, 0)
    assert len(wake_up.messages) == 1


def test_a_job_that_was_hinted_while_it_ran_goes_round_once_more(
    jobs: SqlJobs, wake_up: RecordedWakeUp, claimed: Claimed, order: Identity
) -> None:
    job = claimed()
    jobs.hint(order, "main")

    after = jobs.end(job, Done())

    assert (after.state, after.due_at, after.sent_at) == (State.OPEN, NOON, NOON)
    assert [message.job_id for message in wake_up.messages] == [job.id, job.id]
    again = jobs.claim(job.id, "worker-1")
    assert again is not None
    assert jobs.end(again, Done()).state is State.DONE


def test_a_short_wait_is_left_to_celery_and_a_long_one_to_the_mover(ended: Ended) -> None:
    short = ended(Wait(30, "no parcel yet", "NotYet"))
    assert (short.state, short.due_at, short.sent_at) == (State.OPEN, _in(30), _in(30))
    assert (short.reason, short.code, short.waits) == ("no parcel yet", "NotYet", 1)


def test_a_long_wait_has_no_message_out(ended: Ended) -> None:
    job = ended(Wait(30.5, "no parcel yet", "NotYet"))

    assert (job.due_at, job.sent_at) == (_in(30.5), None)


def test_a_wait_for_our_own_budget_is_never_held_by_celery(ended: Ended) -> None:
    job = ended(Wait(5, "the budget is used up", "OverBudget", celery=False))

    assert (job.due_at, job.sent_at) == (_in(5), None)


def test_waiting_costs_no_attempt_and_counts_waits_for_one_cause_in_a_row(
    jobs: SqlJobs, ended: Ended, clock: HandClock
) -> None:
    limited = Wait(5, "429", "RateLimited")
    job = ended(limited)
    job = jobs.end(_rerun(jobs, clock, job), limited)
    assert (job.waits, job.attempts, job.crashes) == (2, 0, 0)

    job = jobs.end(_rerun(jobs, clock, job), Wait(5, "no parcel yet", "NotYet"))
    assert job.waits == 1


def test_waiting_again_for_the_same_thing_adds_no_line_to_the_timeline(
    jobs: SqlJobs, ended: Ended, clock: HandClock
) -> None:
    limited = Wait(5, "429", "RateLimited")
    job = jobs.end(_rerun(jobs, clock, ended(limited)), limited)

    assert [event.kind for event in jobs.events(job.id)] == ["hinted", "wait"]


def test_a_job_that_goes_on_is_sent_at_once_and_its_counters_start_anew(
    jobs: SqlJobs, wake_up: RecordedWakeUp, ended: Ended, clock: HandClock
) -> None:
    job = ended(Retry(2, "Picqer was away", "Unavailable"))
    wake_up.messages.clear()

    job = jobs.end(_rerun(jobs, clock, job), go_on())

    assert (job.state, job.due_at, job.sent_at) == (State.OPEN, clock.now(), clock.now())
    assert (job.waits, job.attempts, job.hold) == (0, 0, False)
    assert len(wake_up.messages) == 1


def test_a_stopping_worker_hands_its_job_on_at_once(wake_up: RecordedWakeUp, ended: Ended) -> None:
    job = ended(Wait(0, "this worker is stopping", "Stopping"))

    assert (job.due_at, job.sent_at, len(wake_up.messages)) == (NOON, NOON, 2)


def test_a_hint_during_a_run_shortens_the_wait_that_ends_it_unless_that_holds(
    jobs: SqlJobs, wake_up: RecordedWakeUp, claimed: Claimed, order: Identity
) -> None:
    job = claimed()
    jobs.hint(order, "main")
    wake_up.messages.clear()

    waiting = jobs.end(job, Wait(60, "no parcel yet", "NotYet"))
    assert (waiting.due_at, len(wake_up.messages)) == (NOON, 1)

    again = jobs.claim(job.id, "again")
    assert again is not None
    jobs.hint(order, "main")
    doubtful = jobs.end(again, Wait(60, "in doubt", "InDoubt", hold=True))
    assert (doubtful.due_at, doubtful.hold, len(wake_up.messages)) == (_in(60), True, 1)


def test_a_paused_job_is_looked_up_first_from_then_on(
    jobs: SqlJobs, ended: Ended, clock: HandClock
) -> None:
    job = ended(Wait(30, "paused", "Paused", look_first=True))
    assert job.look_first

    job = jobs.end(_rerun(jobs, clock, job), Wait(5, "429", "RateLimited"))
    assert job.look_first

    job = jobs.end(_rerun(jobs, clock, job), Done("not released yet"))
    assert job.look_first, "a person may have typed the order in while it was held back"


def test_retrying_costs_an_attempt_and_holds_against_hints(
    jobs: SqlJobs, ended: Ended, clock: HandClock
) -> None:
    job = ended(Retry(2, "Picqer was away", "Unavailable"))
    assert (job.state, job.attempts, job.hold) == (State.OPEN, 1, True)
    assert (job.due_at, job.sent_at) == (_in(2), _in(2))

    job = jobs.end(_rerun(jobs, clock, job), Retry(300, "Picqer was away", "Unavailable"))
    assert (job.attempts, job.sent_at, job.waits) == (2, None, 0)
    assert [event.data.get("attempt") for event in jobs.events(job.id)][1:] == [1, 2]


def test_parking_keeps_the_reason_and_the_missing_product(parked: Job) -> None:
    assert (parked.state, parked.code) == (State.PARKED, "Unmappable")
    assert (parked.reason, parked.blocked_on) == ("no product MUG-BLUE in Picqer", "MUG-BLUE")
    assert (parked.look_first, parked.sent_at, parked.lease_token) == (True, None, None)


def test_a_hint_during_the_run_gives_what_parks_one_more_run(
    jobs: SqlJobs, wake_up: RecordedWakeUp, claimed: Claimed, order: Identity
) -> None:
    job = claimed()
    jobs.hint(order, "main")
    wake_up.messages.clear()

    after = jobs.end(job, Park("no country XX", "Unmappable"))

    assert (after.state, after.look_first, after.due_at) == (State.OPEN, True, NOON)
    assert len(wake_up.messages) == 1


def test_a_bug_parks_whatever_was_hinted_meanwhile(
    jobs: SqlJobs, claimed: Claimed, order: Identity
) -> None:
    job = claimed()
    jobs.hint(order, "main")

    after = jobs.end(job, Park("a fault of ours", "Bug.KeyError", bug=True))

    assert after.state is State.PARKED


def test_every_ending_puts_the_crashes_back(
    jobs: SqlJobs, claimed: Claimed, clock: HandClock
) -> None:
    job = claimed()
    endings: list[Ending] = [Wait(1, "w", "NotYet"), Retry(1, "r", "Busy"), Park("p", "Refused")]
    for ending in endings:
        clock.advance(21)
        taken = jobs.claim(job.id, "worker-2")
        assert taken is not None
        assert taken.crashes >= 1
        assert jobs.end(taken, ending).crashes == 0

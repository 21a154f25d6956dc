"""Jobs as people see and move them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from integration.errors import Refused
from integration.jobs import Done, Flow, Identity, Job, Park, Retry, State, Wait
from integration.ports import JobFilter
from integration.store.jobs import SqlJobs
from integration.testing.clock import NOON, HandClock
from integration.testing.wake_up import RecordedWakeUp

Claimed = Callable[..., Job]
Ended = Callable[..., Job]
STOCK = Identity(Flow.PUSH_STOCK, "nl", "stock")


def _subjects(jobs: SqlJobs, which: JobFilter) -> list[str]:
    return [job.identity.subject for job in jobs.find(which)]


@pytest.fixture
def three(jobs: SqlJobs, ended: Ended, clock: HandClock) -> None:
    """A done order, then a parked product of another shop, then an open push of stock."""
    ended(Done("idorder 55"), Identity(Flow.CREATE_ORDER, "nl", "1042"))
    clock.advance(1)
    product = Identity(Flow.CREATE_PRODUCT, "be", "9")
    ended(Park("no VAT group of 100% here", "Unmappable"), product)
    clock.advance(1)
    jobs.hint(STOCK, "main")


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("which", "subjects"),
    [
        (JobFilter(), ["stock", "9", "1042"]),
        (JobFilter(limit=1), ["stock"]),
        (JobFilter(state=State.PARKED), ["9"]),
        (JobFilter(flow=Flow.CREATE_ORDER), ["1042"]),
        (JobFilter(shop="nl"), ["stock", "1042"]),
        (JobFilter(code="Unmappable"), ["9"]),
        (JobFilter(reason="unmappable"), ["9"]),
        (JobFilter(reason="IDORDER 5"), ["1042"]),
        (JobFilter(reason="104"), []),
        (JobFilter(text="IDORDER 5"), ["1042"]),
        (JobFilter(text="104"), ["1042"]),
        (JobFilter(text="100%"), ["9"]),
        (JobFilter(text="1%2"), []),
        (JobFilter(account="main"), ["stock", "9", "1042"]),
        (JobFilter(account="other"), []),
        (JobFilter(reasons=("no VAT group of 100% here", "another")), ["9"]),
        (JobFilter(reasons=("no VAT group of 100%",)), []),
        (JobFilter(reasons=()), []),
        (JobFilter(limit=1, offset=1), ["9"]),
        (JobFilter(changed_since=NOON + timedelta(seconds=1)), ["stock", "9"]),
        (JobFilter(changed_before=NOON + timedelta(seconds=1)), ["1042"]),
        (JobFilter(shop="nl", state=State.PARKED), []),
    ],
)
def test_jobs_are_found_by_what_is_asked_latest_change_first(
    jobs: SqlJobs, which: JobFilter, subjects: list[str]
) -> None:
    assert _subjects(jobs, which) == subjects


@pytest.mark.usefixtures("three")
def test_jobs_that_match_are_counted_whatever_the_page(jobs: SqlJobs) -> None:
    assert jobs.count(JobFilter(shop="nl", limit=1, offset=1)) == 2


def test_jobs_with_the_same_reason_are_one_group_the_largest_first(
    jobs: SqlJobs, ended: Ended, clock: HandClock
) -> None:
    ended(Done("in Picqer"), Identity(Flow.CREATE_ORDER, "nl", "1"))
    for number in ("2", "3"):
        clock.advance(1)
        last = ended(Park("no SKU", "Unmappable"), Identity(Flow.CREATE_ORDER, "nl", number))
    parked, done = jobs.groups(JobFilter())
    assert (parked.state, parked.code, parked.reason) == (State.PARKED, "Unmappable", "no SKU")
    assert (parked.count, parked.newest_id) == (2, last.id)
    assert parked.oldest_change == NOON + timedelta(seconds=1)
    assert (done.state, done.count) == (State.DONE, 1)


@pytest.mark.usefixtures("three")
def test_ids_come_in_parts_within_bounds(jobs: SqlJobs) -> None:
    everything = jobs.next_ids(JobFilter(), after=0, until=1000, limit=1000)
    assert everything == sorted(everything)
    first, second, third = everything
    assert jobs.next_ids(JobFilter(), after=0, until=1000, limit=2) == [first, second]
    assert jobs.next_ids(JobFilter(), after=second, until=1000, limit=2) == [third]
    assert jobs.next_ids(JobFilter(), after=0, until=second, limit=9) == [first, second]
    assert jobs.next_ids(JobFilter(state=State.PARKED), after=0, until=1000, limit=9) == [second]


@pytest.mark.usefixtures("three")
def test_jobs_are_counted_per_flow_and_state(jobs: SqlJobs) -> None:
    jobs.hint(Identity(Flow.PUSH_STOCK, "be", "stock"), "main")

    assert jobs.counts() == {
        (Flow.CREATE_ORDER, State.DONE): 1,
        (Flow.CREATE_PRODUCT, State.PARKED): 1,
        (Flow.PUSH_STOCK, State.OPEN): 2,
    }


def test_a_job_is_found_by_id_and_by_identity(jobs: SqlJobs, order: Identity) -> None:
    job = jobs.hint(order, "main")

    assert jobs.job(job.id) == jobs.find_identity(order) == job
    assert jobs.job(job.id + 1) is None
    assert jobs.find_identity(STOCK) is None


def test_retry_opens_a_parked_job_now_with_fresh_attempts(
    jobs: SqlJobs, wake_up: RecordedWakeUp, parked: Job
) -> None:
    wake_up.messages.clear()

    job = jobs.retry(parked.id, "ann")

    assert job is not None
    assert (job.state, job.attempts, job.blocked_on) == (State.OPEN, 0, None)
    assert (job.look_first, job.reason, job.sent_at) == (True, "retried by ann", job.due_at)
    assert [message.job_id for message in wake_up.messages] == [parked.id]
    assert jobs.events(job.id)[-1].text == "retried by ann"


def test_retry_ends_a_back_off(jobs: SqlJobs, ended: Ended, clock: HandClock) -> None:
    waiting = ended(Retry(600, "Picqer was away", "Unavailable"))

    job = jobs.retry(waiting.id, "ann")

    assert job is not None
    assert (job.due_at, job.attempts, job.hold) == (clock.now(), 0, False)
    assert jobs.claim(job.id, "worker-1") is not None


@pytest.mark.parametrize("ending", [Done(), Wait(60, "no parcel yet", "NotYet")])
def test_retry_opens_a_done_or_waiting_job_too(
    jobs: SqlJobs, ended: Ended, ending: Done | Wait
) -> None:
    job = jobs.retry(ended(ending).id, "ann")

    assert job is not None
    assert (job.state, job.look_first) == (State.OPEN, True)


def test_retry_of_a_running_job_lets_it_go_round_once_more(jobs: SqlJobs, claimed: Claimed) -> None:
    running = claimed()

    job = jobs.retry(running.id, "ann")

    assert job is not None
    assert (job.state, job.lease_token) == (State.RUNNING, running.lease_token)
    assert jobs.end(running, Done()).state is State.OPEN


def test_retry_and_dismiss_of_an_unknown_job_say_so(jobs: SqlJobs) -> None:
    assert jobs.retry(999, "ann") is None
    assert jobs.dismiss(999, "ann") is None


def test_a_dismissed_job_is_put_aside_until_a_person_retries_it(jobs: SqlJobs, parked: Job) -> None:
    job = jobs.dismiss(parked.id, "ann")
    assert job is not None
    assert (job.state, job.reason, job.blocked_on) == (State.DISMISSED, "dismissed by ann", None)
    assert jobs.claim(job.id, "worker-1") is None
    assert jobs.release_blocked("main", "MUG-BLUE") == 0

    revived = jobs.retry(job.id, "bob")
    assert revived is not None
    assert revived.state is State.OPEN


@pytest.mark.parametrize("identity", [STOCK, Identity(Flow.RECONCILE, "", "orders:main")])
def test_push_stock_and_reconcile_cannot_be_dismissed(jobs: SqlJobs, identity: Identity) -> None:
    job = jobs.hint(identity, "main")

    with pytest.raises(Refused, match="cannot be dismissed"):
        jobs.dismiss(job.id, "ann")
    assert jobs.job(job.id) == job


def test_a_running_job_cannot_be_dismissed(jobs: SqlJobs, claimed: Claimed) -> None:
    job = claimed()

    with pytest.raises(Refused, match="is running"):
        jobs.dismiss(job.id, "ann")
    assert jobs.end(job, Done()).state is State.DONE


def test_only_old_lines_of_finished_jobs_are_forgotten(
    jobs: SqlJobs, ended: Ended, clock: HandClock
) -> None:
    finished = ended(Done(), Identity(Flow.CREATE_ORDER, "nl", "1"))
    waiting = ended(Park("look at it", "Refused"), Identity(Flow.CREATE_ORDER, "nl", "2"))
    clock.advance(100)
    recent = ended(Done(), Identity(Flow.CREATE_ORDER, "nl", "3"))

    assert jobs.purge_events(clock.now() - timedelta(seconds=50)) == 2

    assert jobs.events(finished.id) == []
    assert len(jobs.events(waiting.id)) == 2
    assert len(jobs.events(recent.id)) == 2

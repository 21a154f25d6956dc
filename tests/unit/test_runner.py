"""Running one job: claiming it, its guard, its one ending."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from integration.errors import LeaseHeld, LockedOut, Stopping, Unavailable, Unreachable
from integration.guard import Lease, RunGuard
from integration.jobs import Done, Ending, Flow, Identity, Job, JobEvent, Park, State
from integration.ports import Call
from integration.runner import Runner, Solitude
from integration.services import Work
from integration.store.database import Database
from integration.testing.clock import HandClock
from tests.flows.world import World

READ = Call("GET", "/orders/1", writes=False)
WRITE = Call("POST", "/orders", writes=True)


@pytest.fixture
def world(memory_database: Database, clock: HandClock) -> World:
    return World(memory_database, clock)


def runner_of(world: World, flow: Callable[[Work], Ending], reports: list[Job]) -> Runner:
    return Runner(
        world.services,
        {Flow.CREATE_ORDER: flow},
        chance=lambda: 0.5,
        report=lambda job, _park, _error: reports.append(job),
    )


def test_a_job_that_another_worker_holds_is_left_alone_silently(world: World) -> None:
    job = world.hint(Flow.CREATE_ORDER, "1")
    world.services.jobs.claim(job.id, "other")

    assert runner_of(world, lambda _work: Done(), []).run(job.id) is None


def test_an_unknown_job_is_left_alone_silently(world: World) -> None:
    assert runner_of(world, lambda _work: Done(), []).run(4711) is None


def test_a_fault_of_ours_parks_the_job_and_is_reported(world: World) -> None:
    def broken(_work: Work) -> Ending:
        raise ZeroDivisionError

    reports: list[Job] = []
    job = world.hint(Flow.CREATE_ORDER, "1")

    outcome = runner_of(world, broken, reports).run(job.id)

    assert outcome is not None
    assert isinstance(outcome.ending, Park)
    assert outcome.ending.bug
    assert [reported.id for reported in reports] == [job.id]


def test_a_job_whose_revision_rose_while_it_ran_goes_round_once_more(world: World) -> None:
    def hinted_meanwhile(work: Work) -> Ending:
        if work.job.revision == 1:
            world.hint(Flow.CREATE_ORDER, "1")
        return Done()

    runner = runner_of(world, hinted_meanwhile, [])
    job = world.hint(Flow.CREATE_ORDER, "1")

    first = runner.run(job.id)
    second = runner.run(job.id)

    assert first is not None
    assert first.job.state is State.OPEN
    assert second is not None
    assert second.job.state is State.DONE


def test_a_run_that_was_overtaken_writes_nothing(world: World, clock: HandClock) -> None:
    def frozen(work: Work) -> Ending:
        clock.advance(30)
        assert world.services.jobs.claim(work.job.id, "thief") is not None
        return Done("too late")

    job = world.hint(Flow.CREATE_ORDER, "1")

    assert runner_of(world, frozen, []).run(job.id) is None
    after = world.services.jobs.job(job.id)
    assert after is not None
    assert after.lease_token == "thief"
    assert after.state is State.RUNNING


def test_a_job_that_killed_its_worker_three_times_parks_instead_of_running(
    world: World, clock: HandClock
) -> None:
    job = world.hint(Flow.CREATE_ORDER, "1")
    for number in range(3):
        assert world.services.jobs.claim(job.id, f"dies-{number}") is not None
        clock.advance(21)
    ran: list[int] = []

    def never(work: Work) -> Ending:
        ran.append(work.job.id)
        return Done()

    outcome = runner_of(world, never, []).run(job.id)

    assert ran == []
    assert outcome is not None
    assert isinstance(outcome.ending, Park)
    assert "died 3 times" in outcome.ending.reason


def test_a_job_that_crashed_twice_runs_while_nothing_else_does() -> None:
    solitude = Solitude()
    order: list[str] = []
    inside, release = threading.Event(), threading.Event()

    def together() -> None:
        with solitude.run(alone=False):
            inside.set()
            release.wait(10)
            order.append("together")

    def alone() -> None:
        with solitude.run(alone=True):
            order.append("alone")

    first = threading.Thread(target=together)
    first.start()
    assert inside.wait(10)
    second = threading.Thread(target=alone)
    second.start()
    release.set()
    first.join(10)
    second.join(10)

    assert order == ["together", "alone"]


def test_nothing_new_begins_while_a_job_waits_to_run_alone() -> None:
    solitude = Solitude()
    order: list[str] = []
    inside, release = threading.Event(), threading.Event()

    def first() -> None:
        with solitude.run(alone=False):
            inside.set()
            release.wait(10)
            order.append("first")

    def run(name: str, *, alone: bool) -> None:
        with solitude.run(alone=alone):
            order.append(name)

    threads = [threading.Thread(target=first)]
    threads[0].start()
    assert inside.wait(10)
    for name, alone in (("alone", True), ("later", False)):
        threads.append(threading.Thread(target=run, args=(name,), kwargs={"alone": alone}))
        threads[-1].start()
        threads[-1].join(0.2)
    release.set()
    for thread in threads:
        thread.join(10)

    assert order == ["first", "alone", "later"]


class Guarded:
    """A claimed job with its guard."""

    def __init__(self, world: World, clock: HandClock) -> None:
        job = world.hint(Flow.CREATE_ORDER, "1")
        claimed_at = clock.monotonic()
        claimed = world.services.jobs.claim(job.id, "token")
        assert claimed is not None
        self.job = claimed
        self.stopping = False
        self.timeline: list[JobEvent] = []
        self.guard = RunGuard(
            "picqer/main",
            lease=Lease(claimed, world.services.jobs, clock, claimed_at),
            gate=world.services.gate,
            stopping=lambda: self.stopping,
            timeline=self.timeline,
        )


@pytest.fixture
def guarded(world: World, clock: HandClock) -> Guarded:
    return Guarded(world, clock)


def test_nothing_is_sent_once_the_worker_stops(guarded: Guarded) -> None:
    guarded.stopping = True

    with pytest.raises(Stopping):
        guarded.guard.before(READ, 12.0)


@pytest.mark.parametrize("call", [READ, WRITE])
def test_the_lease_is_renewed_when_less_than_the_deadline_of_the_next_call_is_left(
    guarded: Guarded, world: World, clock: HandClock, call: Call
) -> None:
    clock.advance(10)

    guarded.guard.before(call, 12.0)

    job = world.services.jobs.job(guarded.job.id)
    assert job is not None
    assert job.lease_until is not None
    assert (job.lease_until - clock.now()).total_seconds() == pytest.approx(20)


@pytest.mark.parametrize("call", [READ, WRITE])
def test_nothing_is_sent_when_the_lease_was_lost(
    guarded: Guarded, world: World, clock: HandClock, call: Call
) -> None:
    clock.advance(21)
    assert world.services.jobs.claim(guarded.job.id, "thief") is not None

    with pytest.raises(LeaseHeld):
        guarded.guard.before(call, 12.0)


def test_five_silences_open_the_breaker_and_an_answer_closes_it(
    guarded: Guarded, clock: HandClock
) -> None:
    for _ in range(5):
        guarded.guard.after(READ, None, 12.0, None)
    clock.advance(2)

    with pytest.raises(Unreachable):
        guarded.guard.before(READ, 12.0)
    guarded.guard.after(READ, 200, 0.1, None)
    clock.advance(2)
    guarded.guard.before(READ, 12.0)


@pytest.mark.parametrize(("status", "error_code"), [(401, None), (400, 29)])
def test_a_refused_key_locks_the_account_out(
    guarded: Guarded, clock: HandClock, status: int, error_code: int | None
) -> None:
    guarded.guard.after(READ, status, 0.1, error_code)
    clock.advance(2)

    with pytest.raises(LockedOut):
        guarded.guard.before(READ, 12.0)


def test_a_refused_key_is_one_alarm_however_often_it_is_refused(guarded: Guarded) -> None:
    with capture_logs() as logs:
        for _ in range(3):
            guarded.guard.after(READ, 401, 0.1, None)

    (alarm,) = [line for line in logs if line["log_level"] == "error"]
    assert (alarm["event"], alarm["scope"]) == ("key.refused", "picqer/main")


def test_every_call_stands_in_the_timeline_with_status_and_milliseconds(
    world: World, clock: HandClock
) -> None:
    world.picqer.books.add_product("MUG-BLUE", 4)
    world.order()
    outcome = world.run_order()

    events = world.services.jobs.events(outcome.job.id)
    calls = [event.text for event in events if event.kind == "call"]
    assert any("picqer/main: POST" in text and "-> 2" in text for text in calls)
    assert events[-1].kind == "done"


def test_the_timeline_is_kept_when_the_run_fails(world: World) -> None:
    world.order()
    world.picqer.fail("create_order", Unavailable())

    outcome = world.run_order()

    kinds = [event.kind for event in world.services.jobs.events(outcome.job.id)]
    assert "call" in kinds
    assert kinds[-1] == "retry"


def test_a_job_of_a_shop_that_is_no_longer_configured_parks_with_the_way_out(world: World) -> None:
    job = world.services.jobs.hint(Identity(Flow.CREATE_ORDER, "gone", "1"), "main")

    outcome = world.runner.run(job.id)

    assert outcome is not None
    assert isinstance(outcome.ending, Park)
    assert "no longer configured" in outcome.ending.reason


def test_a_job_of_an_account_that_is_no_longer_configured_parks_with_the_way_out(
    world: World,
) -> None:
    world.order()
    world.services = replace(world.services, accounts={})
    world.set_policy(world.policy)

    outcome = world.run_order()

    assert isinstance(outcome.ending, Park)
    assert "no longer configured" in outcome.ending.reason

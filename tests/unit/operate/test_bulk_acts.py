"""Many jobs at once: planned, done in steps, gone on with, never twice."""

from __future__ import annotations

import pytest

from integration.errors import NotFound, StoreAway
from integration.jobs import Flow, Job, State
from integration.operate import begin_bulk, cancel_bulk, carry_out, plan, retry, step_bulk
from integration.ports import Act, AuditFilter, BulkState, JobFilter
from tests.flows.world import World

PARKED = JobFilter(state=State.PARKED, flow=Flow.CREATE_ORDER)


def states(world: World, jobs: list[Job]) -> list[State]:
    found = [world.services.jobs.job(job.id) for job in jobs]
    return [one.state for one in found if one is not None]


def retries(world: World) -> int:
    return len(world.services.audit.find(AuditFilter(act=Act.RETRY, limit=1000)))


def test_a_plan_says_how_many_of_what_and_what_it_costs(world: World, hundred: list[Job]) -> None:
    made = plan(world.services, Act.RETRY, PARKED)
    assert made.count == 120
    assert [(one.flow, one.code, one.count) for one in made.groups] == [
        (Flow.CREATE_ORDER, "Unmappable", 120)
    ]
    (share,) = made.accounts
    assert (share.account, share.calls, share.limit) == ("main", 360, 500)
    assert (made.calls, made.seconds) == (360, 0.0), "360 of 500 are free at once"
    assert states(world, hundred) == [State.PARKED] * 120


def test_a_plan_beyond_the_limit_takes_its_time(world: World, hundred: list[Job]) -> None:
    world.limiter.limit = 60
    made = plan(world.services, Act.RETRY, PARKED)
    assert made.seconds == pytest.approx(300.0), "300 calls more than are free, 60 a minute"


def test_dismissing_costs_no_call_and_leaves_stock_jobs_alone(
    world: World, hundred: list[Job]
) -> None:
    world.hint(Flow.PUSH_STOCK, "stock")
    made = plan(world.services, Act.DISMISS, JobFilter())
    assert (made.calls, made.seconds) == (0, None)
    assert (made.count, made.refused) == (121, 1)


def test_each_step_deals_with_its_part_and_says_how_far_it_is(
    world: World, hundred: list[Job]
) -> None:
    bulk = begin_bulk(world.services, Act.RETRY, PARKED, "ann", "fixed")
    seen = [(one.dealt_with, one.state) for one in carry_out(world.services, bulk.id)]
    running = BulkState.RUNNING
    assert seen == [(50, running), (100, running), (120, BulkState.DONE)]
    assert states(world, hundred) == [State.OPEN] * 120
    assert retries(world) == 120


def test_a_step_that_was_killed_did_nothing_and_is_done_again(
    world: World, hundred: list[Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    bulk = begin_bulk(world.services, Act.RETRY, PARKED, "ann")
    step_bulk(world.services, bulk.id)
    with monkeypatch.context() as patched:

        def broken(*_: object, **__: object) -> None:
            raise StoreAway

        patched.setattr(world.services.bulk, "advance", broken)
        with pytest.raises(StoreAway):
            step_bulk(world.services, bulk.id)
    assert retries(world) == 50
    *_, last = carry_out(world.services, bulk.id)
    assert (last.done, last.state) == (120, BulkState.DONE)
    assert retries(world) == 120


def test_a_job_that_another_person_retried_meanwhile_is_left_alone(
    world: World, hundred: list[Job]
) -> None:
    bulk = begin_bulk(world.services, Act.RETRY, PARKED, "ann")
    retry(world.services, [hundred[100].id], "bob")
    *_, last = carry_out(world.services, bulk.id)
    assert (last.done, last.dealt_with) == (119, 120)
    assert retries(world) == 120


def test_jobs_that_park_after_it_began_are_not_part_of_it(world: World, hundred: list[Job]) -> None:
    bulk = begin_bulk(world.services, Act.RETRY, PARKED, "ann")
    world.order("9999", lines=())
    late = world.hint(Flow.CREATE_ORDER, "9999")
    everything = JobFilter(flow=Flow.CREATE_ORDER)
    assert late.id not in world.services.jobs.next_ids(
        everything, after=0, until=bulk.newest_id, limit=1000
    )


def test_a_stopped_act_goes_no_further_and_says_who_stopped_it(
    world: World, hundred: list[Job]
) -> None:
    bulk = begin_bulk(world.services, Act.RETRY, PARKED, "ann")
    step_bulk(world.services, bulk.id)
    assert cancel_bulk(world.services, bulk.id, "bob").state is BulkState.CANCELLED
    assert cancel_bulk(world.services, bulk.id, "bob").state is BulkState.CANCELLED
    assert step_bulk(world.services, bulk.id).state is BulkState.CANCELLED
    assert states(world, hundred).count(State.OPEN) == 50
    (entry,) = world.services.audit.find(AuditFilter(who="bob"))
    assert entry.about == "retry of 120 jobs was stopped after 50"


def test_refused_jobs_are_counted(world: World) -> None:
    world.hint(Flow.PUSH_STOCK, "stock")
    bulk = begin_bulk(world.services, Act.DISMISS, JobFilter(), "ann")
    *_, last = carry_out(world.services, bulk.id)
    assert (last.done, last.refused, last.state) == (0, 1, BulkState.DONE)


def test_an_act_on_nothing_is_done_at_once(world: World) -> None:
    bulk = begin_bulk(world.services, Act.RETRY, PARKED, "ann")
    assert (bulk.total, bulk.state) == (0, BulkState.DONE)
    assert step_bulk(world.services, bulk.id) == bulk
    assert world.services.bulk.latest() == [bulk]


def test_what_is_no_act_on_many_jobs_is_refused(world: World) -> None:
    with pytest.raises(ValueError, match="pause is nothing"):
        begin_bulk(world.services, Act.PAUSE, PARKED, "ann")
    for act in (
        lambda: step_bulk(world.services, 99),
        lambda: cancel_bulk(world.services, 99, "a"),
    ):
        with pytest.raises(NotFound):
            act()

"""SIGKILL of each process: what it did not finish is finished by the next one."""

from __future__ import annotations

import time

import pytest

from integration.sandbox.picqer import Fault
from tests.acceptance.installation import until
from tests.faults.scenario import Scenario, fault, on_both_stores, representative

pytestmark = pytest.mark.process

WORKERS = ("worker", "second", "bulk")
RESUME_SECONDS = 30.0
"""After SIGKILL work goes on within this time."""
DOUBT_SECONDS = 90.0
"""An order in doubt takes longer: Picqer may still be committing it."""


@fault("F01 workers killed")
@representative
@on_both_stores
def test_killed_workers_leave_every_order_to_the_next(scenario: Scenario) -> None:
    bridge = scenario.start()
    doubtful = Fault("late", method="POST", path="/orders", seconds=10.0)
    bridge.picqer.add_fault(doubtful)
    (in_doubt,) = scenario.buy(1)
    until(lambda: bridge.oracle.live_orders(in_doubt), 30, "an order is made, and not answered")
    scenario.buy(11)

    killed_at = scenario.kill(*WORKERS)
    before = bridge.oracle.processed()
    scenario.start_again(*WORKERS)

    scenario.until_work_resumes(before, within=RESUME_SECONDS, since=killed_at)
    scenario.measure(
        "the order in doubt at Picqer",
        lambda: bridge.oracle.processed() == 12,
        within=DOUBT_SECONDS,
        since=killed_at,
    )
    scenario.judge()
    assert bridge.oracle.attempts_to_create(in_doubt) == 1


@fault("F01 web killed")
def test_a_killed_door_gets_the_events_that_it_did_not_accept(scenario: Scenario) -> None:
    bridge = scenario.start()
    webhooks = bridge.shop.webhooks
    sent = len(webhooks.sent)
    scenario.buy(6)
    until(lambda: len(webhooks.sent) > sent, RESUME_SECONDS, "an event is accepted")
    scenario.kill("web")
    scenario.buy(4)
    accepted = sum(one.status == 200 for one in webhooks.sent[sent:])
    scenario.until_processed(accepted)
    started_at = time.monotonic()
    scenario.start_again("web")

    scenario.until_at_picqer(within=RESUME_SECONDS, since=started_at)
    scenario.judge()


@fault("F01 mover killed")
def test_without_a_mover_events_still_work_and_lost_messages_wait_for_the_next(
    scenario: Scenario,
) -> None:
    _without(scenario, "mover")


@fault("F23 beat killed")
def test_without_a_beat_events_still_work_and_lost_messages_wait_for_the_next(
    scenario: Scenario,
) -> None:
    _without(scenario, "beat")


def _without(scenario: Scenario, name: str) -> None:
    """Both are what sends again, so a message that is lost meanwhile waits for them."""
    bridge = scenario.start()
    scenario.kill(name)
    scenario.buy(4)
    scenario.until_processed(4)
    bridge.broker.kill()
    scenario.buy(4)
    assert bridge.shop.webhooks.wait_until_quiet()
    bridge.broker.start()

    scenario.start_again(name)
    scenario.until_at_picqer(within=RESUME_SECONDS)
    scenario.judge()


@fault("F01 everything killed")
@on_both_stores
def test_everything_killed_at_once_goes_on_where_it_was(scenario: Scenario) -> None:
    bridge = scenario.start()
    everything = (*WORKERS, "web", "mover", "beat")
    scenario.buy(12)
    scenario.until_processed(1)

    bridge.broker.kill()
    killed_at = scenario.kill(*everything)
    scenario.buy(4)
    before = bridge.oracle.processed()
    bridge.broker.start()
    scenario.start_again(*everything)

    scenario.until_work_resumes(before, within=RESUME_SECONDS, since=killed_at)
    scenario.until_at_picqer(within=DOUBT_SECONDS, since=killed_at)
    scenario.judge()

"""A job that kills whoever runs it, and messages that nobody can read."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import pytest
from celery import Celery

from integration.jobs import Queue
from integration.sandbox.shop import Fault as ShopFault
from tests.acceptance.installation import SHOP, until
from tests.faults.scenario import Scenario, fault, representative
from workers.app import celery_settings

pytestmark = pytest.mark.process

WORKERS = ("worker", "second")
DEATHS = 3
PARK_SECONDS = 60.0


@fault("F21 a job that kills its worker")
def test_a_job_that_killed_three_workers_is_parked_while_the_others_go_on(
    scenario: Scenario,
) -> None:
    bridge = scenario.start()
    bridge.shop.webhooks.switch("paused")
    (poison,) = scenario.buy(1)
    path = f"/orders/{poison}"
    bridge.shop.faults.add(ShopFault(kind="late", path=path, seconds=10.0, count=DEATHS))
    bridge.shop.webhooks.switch("on")

    for death in range(DEATHS):
        victim = until(lambda: bridge.worker_of(poison), PARK_SECONDS, f"death {death + 1}")
        bridge.kill(victim)
        bridge.start(victim)
        scenario.buy(2)
    job = f"create_order {poison}"
    began = time.monotonic()
    until(lambda: job in bridge.oracle.parked(), PARK_SECONDS, "the poison is parked")
    scenario.tell(f"{DEATHS} deaths, parked {time.monotonic() - began:.0f} s after the last")

    scenario.until_processed(2 * DEATHS)
    assert "died 3 times" in bridge.oracle.parked()[job]
    again = bridge.command("jobs", "retry", str(bridge.oracle.job_id("create_order", SHOP, poison)))
    assert again.returncode == 0, again.stdout + again.stderr
    scenario.until_at_picqer(within=PARK_SECONDS)
    scenario.judge()


@fault("F26 messages of other versions")
@representative
def test_messages_of_another_version_are_handled_or_dropped_and_never_fatal(
    scenario: Scenario,
) -> None:
    bridge = scenario.start()
    bridge.kill("mover")
    bridge.broker.kill()
    (waiting,) = scenario.buy(1)
    until(lambda: "nudge.failed" in bridge.logs()["web"], PARK_SECONDS, "its message is lost")
    bridge.broker.start()
    job = bridge.oracle.job_id("create_order", SHOP, waiting)
    pids = {name: bridge.pid(name) for name in WORKERS}

    foreign = (
        Foreign("create_order_of_old", [job]),
        Foreign("create_order", []),
        Foreign("create_order", ["no number", "nl 1"]),
        Foreign("create_order", [job + 1000, "nl 1"]),
        Foreign("create_order", [job, "nl 1", "an argument of a later version"]),
        Foreign("create_order", [job], {"shop": "nl"}),
        Foreign("create_order", [job], serializer="pickle"),
    )
    for message in foreign:
        message.send(scenario)
    until(lambda: len(refusals(scenario)) >= 5, PARK_SECONDS, "what cannot run is refused")
    assert bridge.oracle.processed() == 0
    scenario.tell(f"{len(foreign)} messages of other versions")

    Foreign("create_order", [job]).send(scenario)
    scenario.until_at_picqer(within=PARK_SECONDS)
    bridge.start("mover")
    scenario.buy(4)
    scenario.until_at_picqer(within=PARK_SECONDS)
    scenario.judge()
    assert {name: bridge.pid(name) for name in WORKERS} == pids


@dataclass(frozen=True, slots=True)
class Foreign:
    """A message as another version of this service might have sent it."""

    task: str
    arguments: list[Any]
    named: dict[str, Any] = field(default_factory=dict)
    serializer: str = "json"

    def send(self, scenario: Scenario) -> None:
        """Put it into the queue of orders."""
        app = Celery("another version", set_as_current=False)
        app.conf.update(celery_settings(scenario.bridge.settings))
        with app.connection_for_write() as connection:
            app.send_task(
                self.task,
                self.arguments,
                self.named,
                queue=Queue.ORDERS.value,
                serializer=self.serializer,
                connection=connection,
            )


def refusals(scenario: Scenario) -> list[str]:
    """What the workers wrote about messages that they could not run."""
    logs = scenario.bridge.logs()
    lines = [line for name in WORKERS for line in logs[name].splitlines()]
    return [line for line in lines if '"level": "error"' in line]

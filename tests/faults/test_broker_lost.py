"""Redis is killed, comes back, and is emptied: that costs time, never an order."""

from __future__ import annotations

import time

import pytest

from tests.faults.scenario import Scenario, fault, on_both_stores, representative

pytestmark = pytest.mark.process

LONGEST_ANSWER_SECONDS = 2.0
RECOVERY_SECONDS = 25.0
"""A message that was lost is sent again after 15 seconds."""


@fault("F09 broker killed and restarted")
@representative
@on_both_stores
def test_the_door_answers_200_while_redis_is_dead_and_work_goes_on_when_it_is_back(
    scenario: Scenario,
) -> None:
    bridge = scenario.start()
    webhooks = bridge.shop.webhooks
    sent = len(webhooks.sent)
    bridge.broker.kill()

    asked_at = time.monotonic()
    scenario.buy(6)
    assert webhooks.wait_until_quiet()
    answered_after = time.monotonic() - asked_at
    answers = [attempt.status for attempt in webhooks.sent[sent:]]
    at_picqer = bridge.oracle.processed()
    bridge.broker.start()

    assert answers == [200] * 6
    assert answered_after < LONGEST_ANSWER_SECONDS
    assert at_picqer == 0
    scenario.measure(
        "all at Picqer", lambda: bridge.oracle.processed() == 6, within=RECOVERY_SECONDS
    )
    scenario.judge()


@fault("F09 broker emptied")
@representative
@on_both_stores
def test_an_emptied_redis_during_work_delays_it_but_loses_nothing(scenario: Scenario) -> None:
    bridge = scenario.start()
    scenario.buy(12)
    scenario.until_processed(1)
    assert scenario.leaks() == []

    bridge.flush_redis()

    scenario.measure(
        "all at Picqer", lambda: bridge.oracle.processed() == 12, within=RECOVERY_SECONDS
    )
    scenario.judge()
